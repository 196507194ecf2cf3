package predict_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/predict"
)

var (
	wantedOps = flag.Int("ops", 2000, "how many operations to compare with the kernel")
	firstSeed = flag.Uint64("seed", 1, "the first seed for them")
	longest   = flag.Duration("time", time.Hour, "stop comparing after this time")
)

const (
	stepsEach   = 80  // in one scene: making one costs as much as a hundred operations
	mountsLimit = 700 // binds of shared mounts on themselves double them
)

// Random operations of all kinds, in up to four namespaces, each predicted and then done:
// the kernel must make the same of the host, or refuse with the same error.
//
//	go test ./nsctl/predict -run TestLikeTheKernel -v -ops 1000000 -seed 7 -time 2h
func TestLikeTheKernel(t *testing.T) {
	var total scoreboard
	deadline := time.Now().Add(*longest)
	for batch := uint64(0); total.ops < *wantedOps && time.Now().Before(deadline) && !t.Failed(); batch++ {
		t.Run("batch", func(t *testing.T) {
			for i := range uint64(4) {
				seed := *firstSeed + batch*4 + i
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					t.Parallel()
					playSeed(t, seed, &total)
				})
			}
		})
	}
	t.Log(total.String())
}

func playSeed(t *testing.T, seed uint64, total *scoreboard) {
	steps := newGenerator(seed).sequence(stepsEach)
	at, differences := play(t, steps, total)
	if len(differences) == 0 {
		return
	}
	steps, differences = shrink(t, steps[:at+1], differences)
	t.Errorf("seed %d: the prediction of the last operation is wrong:\n\t%s\n%s",
		seed, strings.Join(shell(steps), "\n\t"), strings.Join(differences, "\n"))
}

// play does steps in a scene of their own, up to the first that was predicted wrongly.
func play(t *testing.T, steps []step, total *scoreboard) (at int, differences []string) {
	p := &player{scene: newScene(t), locks: map[nsctl.MountID]nsctl.LockState{}}
	p.unmountTemp(t)
	before := p.snapshot(t)
	for i := range before.Namespaces[0].Mounts { // without root the host came from another user namespace
		m := &before.Namespaces[0].Mounts[i]
		m.Locked = nsctl.Unlocked
		if os.Geteuid() != 0 && (m.Mountpoint != nstest.Scratch || m.HiddenBy != 0) {
			m.Locked = nsctl.Locked
		}
	}
	p.remember(before)
	for i, s := range steps {
		if p.spaces[s.ns] == nil || !p.possible(t, s) {
			continue
		}
		after, errno, differences := p.step(t, before, s)
		total.count(s, errno)
		if len(differences) > 0 {
			return i, differences
		}
		if before = after; mountsIn(after) > mountsLimit {
			break
		}
	}
	return 0, nil
}

// player is a scene with what the kernel does not show.
type player struct {
	*scene
	locks map[nsctl.MountID]nsctl.LockState
}

// unmountTemp takes away the bind that a scene has for files of tests, which is not needed.
func (p *player) unmountTemp(t *testing.T) {
	t.Helper()
	p.spaces["host"].Must(t, nstest.Detach(os.TempDir()))
}

// possible says whether a step can be done by an agent: some have no /proc or /dev any more,
// without which no further agent can be started, and no path leads to another namespace.
func (p *player) possible(t *testing.T, s step) bool {
	has := func(ns *nstest.NS, file string) bool {
		_, err := os.Lstat(ns.Path(file))
		return err == nil
	}
	switch s.op.Kind {
	case nsctl.OpUnshare:
		return has(p.spaces[s.ns], "/dev/null") && has(p.spaces[s.ns], "/proc/self/exe")
	case nsctl.OpRejoin:
		other := p.spaces[s.op.ToNS]
		return has(p.spaces["host"], "/proc/self/exe") && other != nil && len(other.Mounts(t)) > 0
	}
	return true
}

// step predicts a step, does it, and compares.
func (p *player) step(t *testing.T, before *nsctl.Snapshot, s step) (after *nsctl.Snapshot, errno string, differences []string) {
	for _, file := range s.files {
		if strings.HasSuffix(file, "f") {
			_ = p.spaces[s.ns].Do(nstest.Touch(file))
		} else {
			_ = p.spaces[s.ns].Do(nstest.Mkdir(file))
		}
	}
	g := graph.New(before)
	ns := slices.Index(p.names, s.ns)
	predicted, err := predict.New(g).Predict(s.op, predict.Caller{NS: ns, Look: p.look, Root: func(ns int) (graph.Ref, bool) { return p.rootOf(t, g, ns) }})
	if err != nil {
		return before, "", nil // nothing is mounted there any more
	}
	if s.op.Kind == nsctl.OpUnshare && !predicted.OK {
		return before, predicted.Errno, nil // an agent that may not be started ends the test
	}
	errno = p.do(t, s.ns, [...]string{"n1", "n2", "n3", ""}[len(p.names)-1], s.op)
	after = p.snapshot(t)
	if errno != predicted.Errno {
		return after, errno, []string{fmt.Sprintf("the kernel says %q, the model %q: %s", errno, predicted.Errno, predicted.Reason)}
	}
	want := predicted.After()
	checkEffects(t, before, &predicted.Outcome, want)
	c := compare(want, after)
	for _, pair := range c.pairs {
		p.locks[pair.got.MntID] = pair.want.Locked
	}
	p.remember(after)
	return after, errno, append(c.differences, p.wrongLocks(t, after)...)
}

// remember fills in what is known about locks: from the prediction, which is checked.
func (p *player) remember(s *nsctl.Snapshot) {
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			m := &s.Namespaces[i].Mounts[j]
			if m.Locked == nsctl.LockUnknown {
				m.Locked = p.locks[m.MntID]
			}
			p.locks[m.MntID] = m.Locked
		}
	}
}

// wrongLocks asks the kernel about one mount, in turn, of which the lock is known.
func (p *player) wrongLocks(t *testing.T, s *nsctl.Snapshot) []string {
	t.Helper()
	for i, name := range p.names {
		mounts := s.Namespaces[i].Mounts
		if len(mounts) == 0 {
			continue
		}
		m := &mounts[len(p.locks)%len(mounts)]
		if m.HiddenBy != 0 || m.Locked == nsctl.LockUnknown || !strings.HasPrefix(m.Mountpoint, nstest.Scratch) {
			continue
		}
		if got := lockState(t, p.spaces[name], m); got != m.Locked && got != nsctl.LockUnknown {
			return []string{fmt.Sprintf("mount %d at %s in %s: predicted lock %d, in the kernel %d", m.MntID, m.Mountpoint, name, m.Locked, got)}
		}
	}
	return nil
}

// rootOf gives the mount that an agent's root directory is on.
// It is false if that was unmounted lazily.
func (p *player) rootOf(t *testing.T, g *graph.Graph, ns int) (graph.Ref, bool) {
	t.Helper()
	fd, id, err := openMount(p.spaces[p.names[ns]].Proc("root"))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	return g.Lookup(ns, id)
}

func mountsIn(s *nsctl.Snapshot) (n int) {
	for i := range s.Namespaces {
		n += len(s.Namespaces[i].Mounts)
	}
	return n
}

// shrink leaves out steps, as long as what remains is still predicted wrongly.
func shrink(t *testing.T, steps []step, differences []string) ([]step, []string) {
	for size := len(steps) / 2; size > 0; {
		shorter := false
		for from := 0; from+size <= len(steps); {
			fewer := slices.Delete(slices.Clone(steps), from, from+size)
			var at int
			var still []string
			t.Run("shorter", func(t *testing.T) { at, still = play(t, fewer, &scoreboard{}) })
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

// scoreboard counts what was compared.
type scoreboard struct {
	mu      sync.Mutex
	ops     int
	done    map[string]int
	refused map[string]int
}

func (c *scoreboard) count(s step, errno string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done, c.refused = map[string]int{}, map[string]int{}
	}
	c.ops++
	if errno != "" {
		c.refused[errno]++
		return
	}
	what := s.op.Args()[0]
	if what == "mount" {
		what = map[nsctl.OpKind]string{nsctl.OpMount: "mount", nsctl.OpBind: "bind", nsctl.OpMove: "move", nsctl.OpMake: "make"}[s.op.Kind]
	}
	c.done[what]++
}

func (c *scoreboard) String() string {
	line := fmt.Sprintf("%d operations compared with the kernel; done:", c.ops)
	for _, what := range slices.Sorted(maps.Keys(c.done)) {
		line += fmt.Sprintf(" %s %d", what, c.done[what])
	}
	line += "; refused:"
	for _, errno := range slices.Sorted(maps.Keys(c.refused)) {
		line += fmt.Sprintf(" %s %d", errno, c.refused[errno])
	}
	return line
}
