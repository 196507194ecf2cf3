package change_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

var (
	sequences = flag.Int("sequences", 100, "how many random sequences to apply and take back")
	firstSeed = flag.Uint64("seed", 1, "the first seed for them")
	longest   = flag.Duration("time", 20*time.Second, "stop after this time")
)

const opsEach = 20

// Random operations are applied, each of which does what was predicted, and taken back one
// after the other: each undo brings back the state before its operation, but for what it
// said beforehand.
//
//	go test ./nsctl/change -run TestUndoRandom -v -sequences 10000 -seed 7 -time 2h
func TestUndoRandom(t *testing.T) {
	host := nstest.Host(t)
	board := &undoBoard{kinds: map[string]int{}, lossy: map[string]int{}, refused: map[string]int{}, started: time.Now()}
	for _, seed := range []uint64{5174, 5227, 6726} { // numbers of groups that were given again; masters that are not certain
		undoSequence(t, host, seed, board)
	}
	for i := range *sequences {
		if t.Failed() || time.Since(board.started) > *longest {
			break
		}
		undoSequence(t, host, *firstSeed+uint64(i), board)
	}
	t.Log(board)
}

type undoBoard struct {
	started                 time.Time
	sequences, whole, stuck int
	applied, restored       int
	kinds, lossy, refused   map[string]int
}

func (b *undoBoard) String() string {
	line := fmt.Sprintf("%d sequences in %.1f s, %d of them came back as they were, %d went no further after a loss; %d operations, %d restored completely\napplied:",
		b.sequences, time.Since(b.started).Seconds(), b.whole, b.stuck, b.applied, b.restored)
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{{"", b.kinds}, {"\nwith losses:", b.lossy}, {"\nnot at all:", b.refused}} {
		line += part.title
		for _, kind := range slices.Sorted(maps.Keys(part.counts)) {
			line += fmt.Sprintf(" %s %d,", kind, part.counts[kind])
		}
	}
	return strings.TrimSuffix(line, ",")
}

// randomScene makes namespaces that are connected in some way.
func randomScene(t *testing.T, host *nstest.NS, random *rand.Rand) *scene {
	t.Helper()
	n0 := bare(t, host)
	if random.IntN(4) > 0 {
		n0.Must(t, nstest.Make("rshared", "/"))
	}
	spaces := []*nstest.NS{n0}
	for range random.IntN(3) {
		n := spaces[random.IntN(len(spaces))].Thread(t)
		if how := []string{"", "", "rslave", "rprivate", "rshared"}[random.IntN(5)]; how != "" {
			n.Must(t, nstest.Make(how, "/"))
		}
		spaces = append(spaces, n)
	}
	return newScene(t, change.Options{Journal: t.TempDir()}, spaces...)
}

func undoSequence(t *testing.T, host *nstest.NS, seed uint64, board *undoBoard) {
	random := rand.New(rand.NewPCG(seed, 1))
	s := randomScene(t, host, random)
	defer func() {
		for i := len(s.spaces) - 1; i >= 0; i-- {
			s.spaces[i].Exit(t)
		}
	}()
	g := &generator{random: random}
	var states []string
	var done []string
	for range 3 * opsEach {
		if len(done) == opsEach {
			break
		}
		now := s.now(t)
		ns, op := g.next(now)
		p, err := s.Plan(t.Context(), change.Request{Op: op, NS: fmt.Sprintf("n%d", ns)})
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, op, err)
		}
		if p.Blocked != nil {
			continue
		}
		r, err := s.Apply(t.Context(), p)
		text := fmt.Sprintf("n%d: %s", ns, op)
		var failed *change.OpError
		if errors.As(err, &failed) && slices.Contains([]string{"EBUSY"}, failed.Errno) {
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: after %s\n%s: %v", seed, strings.Join(done, "\n"), text, err)
		}
		if len(r.Surprises) > 0 {
			t.Fatalf("seed %d: after %s\n%s: %s", seed, strings.Join(done, "\n"), text, r.Surprises[0].Text)
		}
		if op.Kind == nsctl.OpMount && !op.Beneath {
			_ = s.spaces[ns].Do(populate(op.Target)...)
		}
		states, done = append(states, canonical(now)), append(done, text)
		board.kinds[strings.Fields(op.String())[0]+" "+strings.Fields(op.String())[1]]++
	}
	board.sequences++
	whole := true
	for i := len(done) - 1; i >= 0; i-- {
		kind := strings.Join(strings.Fields(done[i])[1:3], " ")
		board.applied++
		u, err := s.PlanUndo(t.Context())
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, done[i], err)
		}
		if u.Blocked != nil {
			t.Fatalf("seed %d: undo of %s: %v", seed, done[i], u.Blocked)
		}
		result, err := s.ApplyUndo(t.Context(), u)
		if err != nil && !whole { // what was lost is in the way
			board.stuck++
			return
		}
		if err != nil {
			t.Fatalf("seed %d: after\n%s\nundo of %s by %s: %v", seed, strings.Join(done[:i], "\n"), done[i], stepsOf(u), err)
		}
		for _, r := range result.Steps {
			for _, surprise := range r.Surprises {
				t.Fatalf("seed %d: undo of %s by %s: %s", seed, done[i], r.Op, surprise.Text)
			}
		}
		if len(result.Differences) > 0 {
			t.Fatalf("seed %d: undo of %s: %s", seed, done[i], strings.Join(result.Differences, "\n"))
		}
		if len(u.Losses) > 0 {
			if whole && testing.Verbose() {
				t.Logf("seed %d: undo of %s by %s loses\n  %s", seed, done[i], stepsOf(u), strings.Join(u.Losses, "\n  "))
			}
			whole = false
			board.lossy[kind]++
			continue
		}
		board.restored++
		if is := canonical(s.now(t)); whole && is != states[i] {
			t.Fatalf("seed %d: after\n%s\nundo of %s by %s:\n%s", seed, strings.Join(done[:i], "\n"), done[i], stepsOf(u), different(states[i], is))
		}
	}
	if whole {
		board.whole++
	}
}

func stepsOf(u *change.Undo) string {
	var steps []string
	for _, s := range u.Steps {
		steps = append(steps, fmt.Sprintf("%v: %s", s.NS, s.Op))
	}
	return strings.Join(steps, "; ")
}

// generator makes up operations for a host as it is.
type generator struct {
	random *rand.Rand
	now    *nsctl.Snapshot
}

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

func pick[T any](g *generator, list ...T) T { return list[g.random.IntN(len(list))] }

const crowded = 120

func (g *generator) next(now *nsctl.Snapshot) (ns int, op nsctl.Op) {
	g.now = now
	ns = g.random.IntN(len(now.Namespaces))
	count := 0
	for i := range now.Namespaces {
		count += len(now.Namespaces[i].Mounts)
	}
	n := g.random.IntN(100)
	if count > crowded {
		n = 40 + n*6/10
	}
	switch {
	case n < 18:
		op = nsctl.Op{Kind: nsctl.OpMount, FSType: pick(g, "tmpfs", "tmpfs", "ramfs"), Source: pick(g, "t", "new"), Target: g.place(ns), Beneath: g.chance(10)}
	case n < 40:
		op = nsctl.Op{Kind: nsctl.OpBind, Recursive: g.chance(35), Beneath: g.chance(10), Source: g.place(ns), Target: g.place(ns)}
		if from := g.random.IntN(len(now.Namespaces)); g.chance(20) {
			op.FromNS, op.Source = fmt.Sprintf("n%d", from), g.place(from)
		}
	case n < 70:
		op = nsctl.Op{Kind: nsctl.OpMake, Recursive: g.chance(25), Target: g.mounted(ns), Type: pick(g,
			nsctl.Shared, nsctl.Shared, nsctl.Slave, nsctl.Slave, nsctl.Private, nsctl.Unbindable)}
	case n < 76:
		op = nsctl.Op{Kind: nsctl.OpUmount, Lazy: g.chance(50), Target: g.spare(ns)}
	case n < 88:
		op = nsctl.Op{Kind: nsctl.OpMove, Source: g.mounted(ns), Target: g.place(ns)}
	case n < 91:
		root := g.mounted(ns)
		op = nsctl.Op{Kind: nsctl.OpPivotRoot, Source: root, Target: graph.Join(root, g.below())}
	default:
		to := g.random.IntN(len(now.Namespaces))
		op = nsctl.Op{Kind: nsctl.OpRejoin, Slave: g.chance(40), ToNS: fmt.Sprintf("n%d", to), To: g.mounted(to), Target: g.mounted(ns)}
	}
	if op.Target == "/" && op.Kind != nsctl.OpMake && op.Kind != nsctl.OpRejoin && !g.chance(5) || op.Kind == nsctl.OpUmount && op.Target == "/" {
		op.Target = "/a" // what covers the root leaves nothing to be reached
	}
	return ns, op
}

func (g *generator) mounted(ns int) string {
	mounts := g.now.Namespaces[ns].Mounts
	return mounts[g.random.IntN(len(mounts))].Mountpoint
}

// spare gives a mount point, mostly of a filesystem that is mounted elsewhere, too.
func (g *generator) spare(ns int) string {
	mounts := g.now.Namespaces[ns].Mounts
	for range 20 {
		m := &mounts[g.random.IntN(len(mounts))]
		for i := range mounts {
			if mounts[i].Dev == m.Dev && mounts[i].MntID != m.MntID && mounts[i].HiddenBy == 0 {
				return m.Mountpoint
			}
		}
	}
	return g.mounted(ns)
}

func (g *generator) below() string { return pick(g, "/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b") }

func (g *generator) place(ns int) string {
	if g.chance(30) {
		return g.mounted(ns)
	}
	return graph.Join(g.mounted(ns), g.below())
}
