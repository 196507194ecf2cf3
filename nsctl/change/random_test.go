package change_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

var (
	sequences = flag.Int("sequences", 100, "how many random sequences to apply and take back")
	firstSeed = flag.Uint64("seed", 1, "the first seed for them")
	longest   = flag.Duration("time", 20*time.Second, "stop after this time")
	fewest    = flag.Int("fewest", 0, "fail if there was no time for so many sequences")
	workers   = flag.Int("workers", 8, "how many sequences are done at once: the kernel lets each wait most of the time")
)

const opsEach = 20

// Random operations are applied, each of which does what was predicted, and taken back one
// after the other: each undo brings back the state before its operation, but for what it
// said beforehand, and leaves exactly the state that it predicted.
//
//	go test ./nsctl/change -run TestUndoRandom -v -sequences 10000 -seed 7 -time 2h
func TestUndoRandom(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a fifth of the time would be for garbage
	r := &randomRun{board: newUndoBoard(), next: *firstSeed}
	// Numbers of groups that were given again; masters that are not certain; what is put aside
	// covers where it is to go; locks that nothing shows, or only the model knows; what is bound
	// again is connected with what covers it; namespaces of which nobody is above both but their maker.
	r.known = []uint64{5174, 5227, 6726, 20187, 906, 5000647, 30649, 373}
	var done sync.WaitGroup
	for range *workers {
		done.Go(func() { r.work(t) })
	}
	done.Wait()
	t.Log(r.board)
	if r.board.sequences < *fewest && !t.Failed() {
		t.Errorf("there was time for %d sequences only, want %d", r.board.sequences, *fewest)
	}
	if missing := r.board.missing(); r.board.sequences > 1000 && len(missing) > 0 {
		t.Errorf("nothing like this was ever applied: %s", strings.Join(missing, ", "))
	}
}

// randomRun is what the workers have in common.
type randomRun struct {
	mu    sync.Mutex
	known []uint64 // seeds that are always tried
	next  uint64
	given int
	ended atomic.Bool
	board *undoBoard
}

// seed gives the seed of the next sequence, if there is to be one more.
func (r *randomRun) seed() (seed uint64, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) > 0 {
		seed, r.known = r.known[0], r.known[1:]
		return seed, true
	}
	if r.given >= *sequences || time.Since(r.board.started) > *longest {
		return 0, false
	}
	r.given++
	seed = r.next
	r.next++
	return seed, true
}

func (r *randomRun) work(t *testing.T) {
	defer r.ended.Store(true) // also where the test has failed, which ends only this goroutine
	host := nstest.Host(t)
	for !r.ended.Load() {
		seed, more := r.seed()
		if !more {
			return
		}
		q := &sequence{T: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), board: r.board}
		q.run(host)
	}
}

// sequence is one sequence of operations, in a scene of its own.
type sequence struct {
	*testing.T
	seed   uint64
	random *rand.Rand
	board  *undoBoard
	scene  *scene
	// careful: operations that cannot be taken back as a whole end what is taken back later, so
	// that long rows of others are.
	careful bool
	states  []string // before each operation
	done    []string
	kinds   []string
}

func (q *sequence) fail(format string, args ...any) {
	q.Helper()
	q.Fatalf("seed %d, after\n%s\n%s", q.seed, strings.Join(q.done, "\n"), fmt.Sprintf(format, args...))
}

func (q *sequence) run(host *nstest.NS) {
	q.careful = q.random.IntN(2) == 0
	q.scene = randomScene(q.T, host, q.random)
	defer func() {
		for i := len(q.scene.spaces) - 1; i >= 0; i-- {
			q.scene.spaces[i].Exit(q.T)
		}
	}()
	g := &generator{random: q.random}
	for range 3 * opsEach {
		if len(q.done) == opsEach {
			break
		}
		q.apply(g)
	}
	q.takeAllBack()
}

// apply does one operation, if it may be done.
func (q *sequence) apply(g *generator) {
	s := q.scene
	now := s.now(q.T)
	ns, op := g.next(now)
	text := fmt.Sprintf("n%d: %s", ns, op)
	p, err := s.Plan(q.Context(), change.Request{Op: op, NS: fmt.Sprintf("n%d", ns)})
	if err != nil {
		q.fail("%s: %v", text, err)
	}
	if p.Blocked != nil {
		return
	}
	r, err := s.Apply(q.Context(), p)
	var failed *change.OpError
	if errors.As(err, &failed) && failed.Errno == "EBUSY" { // by what only the kernel knows
		return
	}
	if err != nil {
		q.fail("%s: %v (not certain: %q), in\n%s", text, err, p.Prediction.Uncertain, canonical(now))
	}
	surprised := len(r.Surprises) > 0
	if surprised && !mayBeLocked(r.Plan) {
		q.fail("%s: %s, in\n%s", text, r.Surprises[0].Text, canonical(now))
	}
	if op.Kind == nsctl.OpMount && !op.Beneath {
		_ = s.spaces[ns].Do(populate(op.Target)...)
	}
	kind := kindOf(op)
	q.board.count(q.board.kinds, kind)
	if surprised { // as was said to be possible
		q.board.count(q.board.open, kind)
		q.states, q.done, q.kinds = nil, nil, nil
		return
	}
	if q.careful {
		u, err := s.PlanUndo(q.Context())
		if err != nil || u.Blocked != nil {
			q.fail("%s: undo: %v %v", text, err, u)
		}
		if len(u.Losses) > 0 {
			q.board.count(q.board.lossy, kind)
			q.states, q.done, q.kinds = nil, nil, nil
			return
		}
	}
	q.states, q.done, q.kinds = append(q.states, canonical(now)), append(q.done, text), append(q.kinds, kind)
}

func (q *sequence) takeAllBack() {
	whole := true
	defer func() { q.board.ended(whole, q.careful, len(q.states)) }()
	for len(q.done) > 0 {
		last := len(q.done) - 1
		before, text, kind := q.states[last], q.done[last], q.kinds[last]
		q.done = q.done[:last]
		u, err := q.scene.PlanUndo(q.Context())
		if err != nil {
			q.fail("undo of %s: %v", text, err)
		}
		if u.Blocked != nil {
			q.fail("undo of %s: %v", text, u.Blocked)
		}
		if want := canonical(change.Wanted(u)); whole && want != before {
			q.fail("undo of %s wants another state than there was:\n%s", text, different(before, want))
		}
		result, err := q.scene.ApplyUndo(q.Context(), u)
		if err != nil && !whole { // what was lost is in the way
			q.board.stick()
			return
		}
		var changed *change.Changed
		if errors.As(err, &changed) && hadToGuess(u) {
			q.board.count(q.board.open, kind)
			return
		}
		if err != nil {
			q.fail("undo of %s by %s: %v", text, stepsOf(u), err)
		}
		for _, r := range result.Steps {
			if len(r.Surprises) > 0 && !mayBeLocked(r.Plan) {
				q.fail("undo of %s by %s: %s: %s", text, stepsOf(u), r.Op, r.Surprises[0].Text)
			}
			if len(r.Surprises) > 0 {
				q.board.count(q.board.open, kind)
				return
			}
		}
		if len(result.Differences) > 0 {
			q.fail("undo of %s by %s: %s", text, stepsOf(u), strings.Join(result.Differences, "\n"))
		}
		is := canonical(q.scene.now(q.T))
		if len(u.Losses) > 0 {
			if q.careful {
				q.fail("undo of %s by %s loses what it did not lose before:\n  %s", text, stepsOf(u), strings.Join(u.Losses, "\n  "))
			}
			if whole && testing.Verbose() {
				q.Logf("seed %d: undo of %s by %s loses\n  %s", q.seed, text, stepsOf(u), strings.Join(u.Losses, "\n  "))
			}
			whole = false
			q.board.count(q.board.lossy, kind)
		} else {
			q.board.restore()
		}
		if whole && is != before {
			q.fail("undo of %s by %s:\n%s", text, stepsOf(u), different(before, is))
		}
		if left := canonical(change.Left(u)); left != is && !slices.ContainsFunc(result.Steps, uncertain) {
			q.fail("undo of %s by %s leaves something else than was predicted:\n%s", text, stepsOf(u), different(left, is))
		}
	}
}

func stepsOf(u *change.Undo) string {
	var steps []string
	for _, s := range u.Steps {
		steps = append(steps, fmt.Sprintf("%v: %s", s.NS, s.Op))
	}
	return strings.Join(steps, "; ")
}
