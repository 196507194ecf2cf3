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

// job is one line of statements, with what it left running in the background.
type job struct {
	ctx      context.Context
	cancel   context.CancelFunc
	children int
}

type jobKey struct{}

// next begins a line. The one before is not cancelled: it may go on in the background.
func (j *jobs) next() {
	ctx, cancel := context.WithCancel(context.Background())
	next := &job{cancel: cancel}
	next.ctx = context.WithValue(ctx, jobKey{}, next)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.current = next
}

// context is done when ctrl-c has ended the line.
func (j *jobs) context() context.Context {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.current.ctx
}

// child counts a program of a line, until done.
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

// interrupt ends the line that is being run. Where a program is part of it, which
// gets the signal as well, how that ends decides.
func (j *jobs) interrupt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.current != nil && j.current.children == 0 {
		j.current.cancel()
	}
}
