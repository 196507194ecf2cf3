package nstest

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mntscope/nsctl/internal/sys"
)

// A worker is a thread of an agent that does one job after the other. The thread
// may get a mount namespace of its own, so it is never given back to the runtime.
type worker struct {
	tid  int
	jobs chan func()
	done chan struct{}
}

func newWorker() *worker {
	w := &worker{jobs: make(chan func()), done: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		w.loop()
	}()
	w.do(func() { w.tid = sys.ThreadID() })
	return w
}

// newLeader makes a worker of the process's first thread, which gives the process
// its namespace in /proc/PID/ns. Goroutines cannot choose their thread, so it
// occupies one thread after the other until it has the first.
func newLeader() *worker {
	w := &worker{tid: os.Getpid(), jobs: make(chan func()), done: make(chan struct{})}
	found := make(chan struct{})
	var seek func()
	seek = func() {
		runtime.LockOSThread()
		if sys.ThreadID() == w.tid {
			close(found)
			w.loop()
			return
		}
		go seek()
		<-found
		runtime.UnlockOSThread() //nolint:forbidigo // it did nothing on this thread
	}
	go seek()
	<-found
	return w
}

func (w *worker) loop() {
	for job := range w.jobs {
		job()
		w.done <- struct{}{}
	}
}

// do runs a job on the worker's thread and waits for it.
func (w *worker) do(job func()) {
	w.jobs <- job
	<-w.done
}

// endThread ends the thread and waits until the kernel has let go of what it held.
// The runtime ends a thread whose goroutine ends locked to it, but keeps the first one,
// which therefore makes the system call itself.
func (w *worker) endThread() error {
	if w.tid == os.Getpid() {
		w.jobs <- func() { _, _, _ = syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0) }
	} else {
		close(w.jobs)
	}
	stat := fmt.Sprintf("/proc/self/task/%d/stat", w.tid)
	for range 10_000 { // ten seconds: the machine may be busy
		text, err := os.ReadFile(stat)
		if os.IsNotExist(err) || strings.HasPrefix(stateOf(text), "Z") {
			return nil
		}
		time.Sleep(time.Millisecond) //nolint:forbidigo // the end of a thread cannot be waited for
	}
	return fmt.Errorf("thread %s did not end", strconv.Itoa(w.tid))
}

// stateOf gives the text of /proc/PID/stat after the name, which may hold anything
// but ends at the last parenthesis.
func stateOf(stat []byte) string {
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return state
}
