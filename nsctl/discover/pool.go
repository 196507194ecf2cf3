package discover

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// pool does many small pieces of work on all cores.
type pool struct{ workers int }

func newPool() *pool { return &pool{runtime.GOMAXPROCS(0)} }

// each calls do for 0 to n-1, on several threads at once, and returns when all
// calls have returned. When ctx ends it starts no more of them. do runs locked to its
// thread, so that it may measure itself with sys.ThreadCPU.
func (p *pool) each(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(p.workers, n) {
		wait.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}
