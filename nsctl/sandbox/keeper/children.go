package keeper

import (
	"sync"

	"mntscope/nsctl/internal/sys"
)

// children are the processes that the keeper started, and those that came to it when
// they lost their parent.
type children struct {
	// mu is held while a process is started and while one is reaped, so that a pid
	// stands for the same child as long as it is held.
	mu sync.Mutex
	// waiting has for each that was started who waits for its end.
	waiting map[int]chan sys.Ended
	started *sync.Cond
	ending  bool          // no more are started
	none    chan struct{} // closed when the last has ended, after ending
}

func (c *children) init() {
	c.waiting = make(map[int]chan sys.Ended)
	c.started = sync.NewCond(&c.mu)
	c.none = make(chan struct{})
}

// start starts a process. How it ended comes on the channel.
func (c *children) start(child sys.Child) (pid int, ended <-chan sys.Ended, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return 0, nil, &Failure{Text: "the sandbox is ending"}
	}
	pid, err = child.Start()
	if err != nil {
		return 0, nil, err
	}
	tell := make(chan sys.Ended, 1)
	c.waiting[pid] = tell
	c.started.Broadcast()
	return pid, tell, nil
}

// reap waits for the end of every child, as long as the process lives.
func (c *children) reap() {
	for {
		err := sys.WaitForChild()
		c.mu.Lock()
		if err == nil {
			c.reapOne()
		} else if c.ending {
			close(c.none)
			c.mu.Unlock()
			return
		} else if len(c.waiting) == 0 {
			c.started.Wait() // none at all: orphans come only of those that were started
		}
		c.mu.Unlock()
	}
}

func (c *children) reapOne() {
	pid, how, err := sys.Reap()
	if err != nil || pid == 0 { // a program that could not be started is reaped by who tried
		return
	}
	if tell := c.waiting[pid]; tell != nil {
		delete(c.waiting, pid)
		tell <- how
	}
}

// signal sends a signal to the process group of a child that may have ended.
func (c *children) signal(pid, signal int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[pid] != nil {
		_ = sys.Signal(-pid, signal) // a number that is no signal is none
	}
}
