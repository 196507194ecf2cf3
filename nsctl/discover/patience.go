package discover

import (
	"context"
	"sync/atomic"
	"time"
)

// askEach asks about 0 to n-1 on several goroutines, and hands each answer to got, which
// is called by one goroutine at a time. Unlike pool.each it goes on without those that do
// not answer: when for the time of patience nothing has been answered, all that is being
// asked then is given up, and its indexes are returned. Reading the memory map of a
// process, for one, waits as long as that process waits for a dead file server within
// execve(2).
//
// Each goroutine asks by a function of its own, which newAsker makes.
func askEach[T any](ctx context.Context, workers, n int, patience time.Duration, newAsker func() func(i int) T, got func(i int, answer T)) (silent []int, err error) {
	type answer struct {
		i     int
		value T
	}
	answers := make(chan answer)
	over := make(chan struct{})
	defer close(over)
	asking := make([]atomic.Bool, n)
	var next atomic.Int64
	work := func() {
		ask := newAsker()
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			asking[i].Store(true)
			value := ask(i)
			select {
			case answers <- answer{i, value}:
			case <-over:
				return
			}
		}
	}
	start := func() {
		for range min(workers, n) {
			go work()
		}
	}
	start()
	givenUp := map[int]bool{}
	answered := make([]bool, n)
	left, before := n, n
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for left > 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case a := <-answers:
			answered[a.i] = true
			got(a.i, a.value)
			if givenUp[a.i] { // after all
				delete(givenUp, a.i)
			} else {
				left--
			}
		case <-tick.C:
			if left < before {
				before = left
				continue
			}
			for i := range asking {
				if asking[i].Load() && !answered[i] && !givenUp[i] {
					givenUp[i] = true
					left--
				}
			}
			before = left
			start()
			// One who has waited once for nothing expects less: there can be hundreds of them.
			patience = max(patience/8, time.Millisecond)
			tick.Reset(patience)
		}
	}
	for i := range n {
		if givenUp[i] {
			silent = append(silent, i)
		}
	}
	return silent, nil
}
