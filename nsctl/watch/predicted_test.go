package watch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/predict"
)

// predictable makes a random operation, in the predictor's words and as a step.
func predictable(r *rand.Rand) (nsctl.Op, nstest.Op) {
	place := func() string {
		return "/mnt/s" + []string{"", "/a", "/b", "/a/a", "/b/b"}[r.IntN(5)]
	}
	from, to := place(), place()
	switch r.IntN(10) {
	case 0, 1:
		return nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "tmpfs", Target: to}, nstest.Mount("tmpfs", to, "tmpfs", 0, "")
	case 2:
		return nsctl.Op{Kind: nsctl.OpBind, Source: from, Target: to}, nstest.Mount(from, to, "", sys.MountBind, "")
	case 3:
		return nsctl.Op{Kind: nsctl.OpBind, Source: from, Target: to, Recursive: true}, nstest.Mount(from, to, "", sys.MountBind|sys.MountRecursive, "")
	case 4:
		return nsctl.Op{Kind: nsctl.OpMove, Source: from, Target: to}, nstest.Move(from, to)
	case 5:
		return nsctl.Op{Kind: nsctl.OpUmount, Target: to}, nstest.Umount(to)
	case 6:
		return nsctl.Op{Kind: nsctl.OpUmount, Target: to, Lazy: true}, nstest.Detach(to)
	case 7:
		return nsctl.Op{Kind: nsctl.OpBind, Source: from, Target: to, Beneath: true}, nstest.BindBeneath(from, to, false)
	}
	types := []nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable}
	op := nsctl.Op{Kind: nsctl.OpMake, Target: to, Type: types[r.IntN(4)], Recursive: r.IntN(3) == 0}
	how := op.Type.String()
	if op.Recursive {
		how = "r" + how
	}
	return op, nstest.Make(how, to)
}

// What one operation does is told as the predictor says it: the same changes in the same
// namespaces at the same places, as one operation with one origin.
func TestToldAsPredicted(t *testing.T) {
	byRoot(t)
	done := 0
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			host, peer, slave, private, _ := family(t)
			spaces := []*nstest.NS{host, peer, slave, private}
			w := follow(t, Options{})
			heardByFanotify(t, w, spaces...)
			for range 40 {
				op, step := predictable(r)
				by := spaces[r.IntN(len(spaces))]
				w.awaitState(spaces...)
				w.mu.Lock()
				before, from := w.latest, len(w.events)
				w.mu.Unlock()
				ns := slices.IndexFunc(before.Namespaces, func(n nsctl.Namespace) bool { return n.NS == by.NS() })
				predicted, err := predict.New(graph.New(before)).Predict(op, predict.Caller{NS: ns})
				if err != nil {
					t.Fatal(err)
				}
				if err := by.Do(step); err != nil || !predicted.OK {
					continue
				}
				want, asked := effects(&predicted.Outcome)
				var got, origins []string
				var about []nsctl.Event
				w.awaitState(spaces...)
				if len(want) > 0 {
					w.await("an operation was done: "+op.String(), func() bool { return len(w.events) > from })
				}
				w.mu.Lock()
				for _, e := range w.events[from:] {
					if e.Mount != nil && slices.ContainsFunc(spaces, func(n *nstest.NS) bool { return n.NS() == e.NS }) {
						about = append(about, e)
						got = append(got, effect(string(e.Kind), e.NS, e.Mount))
						if e.Origin {
							origins = append(origins, got[len(got)-1])
						}
					}
				}
				w.mu.Unlock()
				slices.Sort(got)
				slices.Sort(want)
				done++
				if !slices.Equal(got, want) {
					t.Errorf("seed %d: %s in %v was told as\n%s\nwant\n%s\n%s", seed, op, by.NS(), strings.Join(got, "\n"), strings.Join(want, "\n"), describe(about))
				}
				if len(want) > 0 && (len(origins) != 1 || !slices.Contains(asked, origins[0])) {
					t.Errorf("seed %d: %s in %v began with\n%s\nwant one of\n%s\n%s", seed, op, by.NS(), strings.Join(origins, "\n"), strings.Join(asked, "\n"), describe(about))
				}
			}
		})
	}
	t.Logf("%d operations", done)
}

func effect(kind string, ns nsctl.NSNumber, m *nsctl.Mount) string {
	return fmt.Sprintf("%s %s in %d", kind, m.Mountpoint, ns)
}

// effects gives what is predicted in the form of events: a mount that moves and becomes
// of another type is told with one for each. What was asked for is, of a tree, each mount in it.
func effects(o *nsctl.Outcome) (all, asked []string) {
	for i := range o.Effects {
		f := &o.Effects[i]
		all = append(all, effect(string(f.Kind), f.NS, &f.Mount))
		if f.Origin {
			asked = append(asked, all[len(all)-1])
		}
		if f.Kind == nsctl.EffectMove && f.Was.Propagation != f.Mount.Propagation {
			all = append(all, effect("propagation", f.NS, &f.Mount))
		}
	}
	return all, asked
}
