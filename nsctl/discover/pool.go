package discover

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mntscope/nsctl/internal/sys"
)

// pool does many small pieces of work on all cores, and measures what they cost.
type pool struct {
	workers int
	used    atomic.Int64 // processor time in nanoseconds
}

func newPool() *pool { return &pool{workers: runtime.GOMAXPROCS(0)} }

// each calls do for 0 to n-1, on several threads at once, and returns when all
// calls have returned. When ctx ends it starts no more of them.
func (p *pool) each(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(p.workers, n) {
		wait.Go(func() {
			p.measure(func() {
				for ctx.Err() == nil {
					i := int(next.Add(1)) - 1
					if i >= n {
						return
					}
					do(i)
				}
			})
		})
	}
	wait.Wait()
	return ctx.Err()
}

// measure adds the processor time that f takes to the pool's account. f runs
// locked to its thread, so it may measure parts of itself with sys.ThreadCPU.
func (p *pool) measure(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := sys.ThreadCPU()
	defer func() { p.used.Add(int64(sys.ThreadCPU() - start)) }()
	f()
}

// takeUsed gives the processor time used since the last call.
func (p *pool) takeUsed() time.Duration { return time.Duration(p.used.Swap(0)) }
