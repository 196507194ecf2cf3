package ui

import (
	"context"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
	"mntscope/ui/screen"
)

// feed stands between a source, which must never wait, and the event loop, which
// must not be flooded: it keeps only the newest state and what happened until then, and
// the event loop asks for one at a time.
type feed struct {
	source  Source
	self    nsctl.NSNumber
	wake    chan struct{} // something is there to be taken
	restart chan struct{} // the source shall read everything again

	mu      sync.Mutex
	latest  *watch.Update // but for its events
	events  []nsctl.Event // that lead from the state that was taken last to the latest
	dropped int           // how many before these were too many to be kept
	ready   *nsctl.Event  // of kind ready, the newest
	taken   *nsctl.Snapshot
	ended   bool
	err     error
}

func newFeed(source Source, self nsctl.NSNumber) *feed {
	return &feed{source: source, self: self, wake: make(chan struct{}, 1), restart: make(chan struct{}, 1)}
}

// run follows the source until ctx ends, and from the beginning after each restart.
func (f *feed) run(ctx context.Context) {
	for {
		following, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- f.follow(following) }()
		select {
		case err := <-done:
			f.put(func() { f.ended, f.err = true, err })
			select {
			case <-f.restart:
			case <-ctx.Done():
			}
		case <-f.restart:
			stop()
			<-done // a source is used by one goroutine at a time
		case <-ctx.Done():
			stop()
			<-done
		}
		stop()
		if ctx.Err() != nil {
			return
		}
		f.put(func() { f.latest, f.ended, f.err = nil, false, nil })
	}
}

// follow turns a panic of the source, which would leave the terminal raw, into an
// error.
func (f *feed) follow(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading the host failed: %v", r)
		}
	}()
	return f.source.Follow(ctx, func(u watch.Update) {
		f.put(func() { f.keep(u) })
	})
}

// keep takes an update in place of the last one, with the events of both. Of more than
// the screen keeps, the oldest are counted only.
func (f *feed) keep(u watch.Update) {
	if len(u.Events) > 0 && u.Events[0].Kind == nsctl.EventReady {
		f.ready = &u.Events[0]
		if f.ready.Snapshot == nil && len(u.Events) == 1 {
			begun := *f.ready
			begun.Snapshot = u.Snapshot // what comes leads on from here
			u.Events, f.ready = []nsctl.Event{begun}, &begun
		}
	}
	f.events = append(f.events, u.Events...)
	if more := len(f.events) - screen.MaxEvents; more > 0 {
		f.events = f.events[more:]
		f.dropped += more
	}
	u.Events = nil
	f.latest = &u
}

func (f *feed) put(change func()) {
	f.mu.Lock()
	change()
	f.mu.Unlock()
	signal(f.wake)
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // the last signal was not heeded yet
	}
}

// SnapshotLoadedMsg says that another state of the host is ready to be shown, or
// that there will be no other.
type SnapshotLoadedMsg struct {
	Seq   int           // grows with each message
	Host  *screen.Host  // nil if none came since the last message
	Batch *screen.Batch // what happened since; nil if nothing did
	Ended bool
	Err   error
	Took  time.Duration // to prepare it
}

// The pace at which states are taken: not faster than a person can follow, and not
// so fast that preparing them takes more than a quarter of the time.
const (
	pace      = 100 * time.Millisecond
	paceShare = 3
)

// again asks for a new look at the host.
func (f *feed) again() {
	f.mu.Lock()
	ended := f.ended
	f.mu.Unlock()
	if source, ok := f.source.(Rescanner); ok && !ended {
		source.Rescan()
		return
	}
	signal(f.restart)
}

// next gives the command that waits for the next state and prepares it.
func (f *feed) next(ctx context.Context, seq int, took time.Duration) tea.Cmd {
	return func() tea.Msg {
		if seq > 1 {
			select {
			case <-time.After(max(pace, took*paceShare)):
			case <-ctx.Done():
				return nil
			}
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return nil
		}
		f.mu.Lock()
		u := f.latest
		msg := SnapshotLoadedMsg{Seq: seq, Ended: f.ended, Err: f.err}
		happened := screen.Happened{Before: f.taken, Events: f.events, Dropped: f.dropped, Ready: f.ready}
		if u != nil {
			f.latest, f.taken, f.events, f.dropped = nil, u.Snapshot, nil, 0
		}
		f.mu.Unlock()
		if u != nil {
			start := time.Now()
			msg.Host = screen.NewHost(u.Snapshot, f.self, u.Read, u.Total)
			happened.After = u.Snapshot
			msg.Batch = screen.NewBatch(happened)
			msg.Took = time.Since(start)
		}
		return msg
	}
}
