package discover

import (
	"context"
	"sync"
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
	q := questions{asked: make([]bool, n), answered: make([]bool, n), left: n, done: make(chan struct{})}
	defer q.end()
	var next atomic.Int64
	work := func() {
		ask := newAsker()
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			q.ask(i)
			answer := ask(i)
			if !q.answer(i, func() { got(i, answer) }) {
				return
			}
		}
	}
	if n == 0 {
		return nil, ctx.Err()
	}
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		for range min(workers, n) {
			go work()
		}
		for q.progress() {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-q.done:
				return q.silent(), nil
			case <-tick.C:
			}
		}
		if q.giveUp() {
			return q.silent(), nil
		}
		// One who has waited once for nothing expects less: there can be hundreds of them.
		patience = max(patience/8, time.Millisecond)
		tick.Reset(patience)
	}
}

// questions are what is known of them at one time.
type questions struct {
	mu       sync.Mutex
	asked    []bool
	answered []bool
	left     int // neither answered nor given up
	before   int // left, when progress was asked for; 0 at first
	done     chan struct{}
	over     bool // nobody waits for answers any more
}

func (q *questions) ask(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked[i] = true
}

// answer calls got unless nobody waits for it any more. An answer to what was given up is
// welcome.
func (q *questions) answer(i int, got func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over {
		return false
	}
	got()
	q.answered[i] = true
	if q.asked[i] { // giveUp takes the mark away
		if q.left--; q.left == 0 {
			close(q.done)
		}
	}
	return true
}

// progress reports whether anything was answered since it was last asked for.
func (q *questions) progress() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	moved := q.left != q.before
	q.before = q.left
	return moved
}

// giveUp expects no answer any more to what is being asked. It reports whether nothing is
// left to wait for.
func (q *questions) giveUp() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.asked {
		if q.asked[i] && !q.answered[i] {
			q.asked[i] = false
			q.left--
		}
	}
	q.before = 0
	return q.left == 0
}

// silent gives what was given up and not answered after all.
func (q *questions) silent() []int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = true
	var silent []int
	for i, answered := range q.answered {
		if !answered {
			silent = append(silent, i)
		}
	}
	return silent
}

func (q *questions) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = true
}
