package predict_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

var (
	wantedOps = flag.Int("ops", 2000, "how many operations to compare with the kernel")
	firstSeed = flag.Uint64("seed", 1, "the first seed for them")
	longest   = flag.Duration("time", time.Hour, "stop comparing after this time")
)

const (
	stepsEach   = 150 // in one scene
	mountsLimit = 600 // in all namespaces together: binds of shared mounts on themselves double them
)

// Random operations of all kinds, in up to four namespaces, each predicted and then done:
// the kernel must make the same of the host, or refuse with the same error.
//
//	go test ./nsctl/predict -run TestLikeTheKernel -v -ops 1000000 -seed 7 -time 2h
func TestLikeTheKernel(t *testing.T) {
	r := &run{started: time.Now(), seed: *firstSeed, board: scoreboard{done: map[string]int{}, refused: map[string]int{}}}
	t.Run("workers", func(t *testing.T) {
		for i := range 2 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				r.work(t)
			})
		}
	})
	t.Log(r.board.String(time.Since(r.started)))
}

// run is what the workers share.
type run struct {
	mu      sync.Mutex
	started time.Time
	seed    uint64
	board   scoreboard
	failed  atomic.Bool
}

// nstestHost is what the scenes of a worker are made in.
type nstestHost struct {
	*nstest.NS
	kernel nsctl.Host
}

func (r *run) work(t *testing.T) {
	host := &nstestHost{nstest.Host(t), nsctl.Host{Kernel: kernelRelease(t), MountMax: mountMax(t)}}
	for !r.failed.Load() && time.Since(r.started) < *longest {
		r.mu.Lock()
		seed := r.seed
		r.seed++
		enough := r.board.ops >= *wantedOps
		r.mu.Unlock()
		if enough {
			return
		}
		r.sequence(t, host, seed)
	}
}

func mountMax(t *testing.T) (limit int) {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/fs/mount-max")
	if err == nil {
		_, err = fmt.Sscan(string(text), &limit)
	}
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

// sequence compares one sequence of operations in a scene of its own.
func (r *run) sequence(t *testing.T, host *nstestHost, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	files := random.IntN(3) == 0
	p := newPlayer(t, host, files)
	g := &generator{random: random, scene: p.bareScene, files: files}
	var done []step
	for range stepsEach {
		s := g.next(p.before)
		o := p.step(t, s)
		if !o.done {
			continue
		}
		done = append(done, s)
		r.mu.Lock()
		r.board.count(s, o)
		r.mu.Unlock()
		if len(o.differences) > 0 {
			p.close(t)
			r.failed.Store(true)
			t.Errorf("seed %d: wrong after %d operations, which is being shrunk: %s\n%s", seed, len(done), s.op, strings.Join(o.differences, "\n"))
			steps, differences := shrink(t, host, files, done, o.differences)
			t.Errorf("the prediction of the last operation is wrong:\n\t%s\n%s", strings.Join(shell(steps, files), "\n\t"), strings.Join(differences, "\n"))
			return
		}
	}
	p.close(t)
}

// play does steps in a scene of their own, up to the first that was predicted wrongly.
func play(t *testing.T, host *nstestHost, files bool, steps []step) (at int, differences []string) {
	t.Helper()
	p := newPlayer(t, host, files)
	p.askAll = true
	defer p.close(t)
	for i, s := range steps {
		if o := p.step(t, s); len(o.differences) > 0 {
			return i, o.differences
		}
	}
	return 0, nil
}

// shrink leaves out steps, as long as what remains is still predicted wrongly.
func shrink(t *testing.T, host *nstestHost, files bool, steps []step, differences []string) ([]step, []string) {
	t.Helper()
	for size := len(steps) / 2; size > 0; {
		shorter := false
		for from := 0; from+size <= len(steps); {
			fewer := renamed(slices.Delete(slices.Clone(steps), from, from+size))
			at, still := play(t, host, files, fewer)
			if len(still) == 0 {
				from += size
				continue
			}
			steps, differences, shorter = fewer[:at+1], still, true
		}
		if !shorter {
			size /= 2
		}
	}
	return steps, differences
}

// renamed gives the namespaces of a sequence in which some unshares were left out new
// names without gaps, and leaves out what was to be done in those that are not made.
func renamed(steps []step) []step {
	names := map[string]string{"n0": "n0", "": ""}
	var kept []step
	for _, s := range steps {
		ns, ok := names[s.ns]
		to, okTo := names[s.op.ToNS]
		if !ok || !okTo {
			continue
		}
		s.ns, s.op.ToNS = ns, to
		if s.makes != "" {
			name := nameOf(len(names) - 1)
			names[s.makes], s.makes = name, name
		}
		kept = append(kept, s)
	}
	return kept
}

// scoreboard counts what was compared.
type scoreboard struct {
	ops     int
	copies  int // that came by propagation
	removed int // umounts that came by propagation
	open    int // operations where the order of slaves decides about a master
	done    map[string]int
	refused map[string]int
}

func (c *scoreboard) count(s step, o outcome) {
	c.ops++
	if o.open {
		c.open++
	}
	if o.errno != "" {
		c.refused[o.errno]++
		return
	}
	c.done[kindOf(s.op)]++
	for _, e := range o.effects {
		switch {
		case e.Origin:
		case e.Kind == nsctl.EffectMount:
			c.copies++
		case e.Kind == nsctl.EffectUmount:
			c.removed++
		}
	}
}

// kindOf gives the words of an operation without its paths.
func kindOf(op nsctl.Op) string {
	var words []string
	for _, word := range op.Args() {
		if strings.HasPrefix(word, "-") || len(words) == 0 {
			words = append(words, word)
		}
	}
	if op.Kind == nsctl.OpUnshare {
		words = slices.DeleteFunc(words, func(word string) bool { return word == "--mount" || word == "--propagation" })
	}
	if strings.HasSuffix(op.Source, "/ns/mnt") {
		words = append(words, "of a namespace")
	}
	return strings.Join(words, " ")
}

func (c *scoreboard) String(took time.Duration) string {
	line := fmt.Sprintf("%d operations compared with the kernel, %.0f a second; %d mounts and %d umounts came by propagation, %d times from one of several masters;\ndone:",
		c.ops, float64(c.ops)/took.Seconds(), c.copies, c.removed, c.open)
	for _, what := range slices.Sorted(maps.Keys(c.done)) {
		line += fmt.Sprintf(" %s %d,", what, c.done[what])
	}
	line += "\nrefused:"
	for _, errno := range slices.Sorted(maps.Keys(c.refused)) {
		line += fmt.Sprintf(" %s %d,", errno, c.refused[errno])
	}
	return strings.TrimSuffix(line, ",")
}
