package miniroot

import (
	"context"
	"sync"
)

// jobs knows what the shell is doing, for ctrl-c.
type jobs struct {
	mu      sync.Mutex
	current *job
}

// job is one statement, with what it left running in the background.
type job struct {
	cancel   context.CancelFunc
	children int
}

type jobKey struct{}

// next begins a statement. The one before is not cancelled: it may go on in the
// background.
func (j *jobs) next() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	next := &job{cancel: cancel}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.current = next
	return context.WithValue(ctx, jobKey{}, next)
}

// child counts a program of a statement, until done.
func (j *jobs) child(ctx context.Context) (done func()) {
	of, ok := ctx.Value(jobKey{}).(*job)
	if !ok {
		return func() {}
	}
	j.count(of, 1)
	return func() { j.count(of, -1) }
}

func (j *jobs) count(of *job, more int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of.children += more
}

// interrupt ends the statement that is being run. Where a program is part of it, which
// gets the signal as well, how that ends decides.
func (j *jobs) interrupt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.current != nil && j.current.children == 0 {
		j.current.cancel()
	}
}
