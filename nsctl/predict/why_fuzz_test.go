package predict_test

import (
	"fmt"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// Why follows groups upwards, the model of operations copies mounts downwards: on any valid
// host both come to the same places.
func FuzzWhyAndPredictAgree(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 1, 1, 4, 4, 5, 0, 0, 0x60, 3, 1, 2, 0x30, 4, 0, 2, 16, 6, 1, 2, 0}, "/a/b/x")
	f.Add([]byte("0123abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "/b")
	f.Add([]byte{}, "/c/b")
	f.Fuzz(func(t *testing.T, data []byte, at string) {
		s := beginning()
		for i, op := range operations(data[:min(len(data), 120)]) {
			if op.Kind == nsctl.OpUnshare && len(s.Namespaces) > 3 {
				continue
			}
			p, err := predict.New(graph.New(s)).Predict(op, predict.Caller{NS: i % len(s.Namespaces)})
			if err != nil {
				continue
			}
			s = p.After()
		}
		g := graph.New(s)
		for from := range s.Namespaces {
			root, ok := g.Entry(from)
			if !ok {
				continue
			}
			at := "/" + at
			p, err := predict.New(g).Predict(nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "none", Target: at}, predict.Caller{NS: from})
			if err != nil || !p.OK {
				continue // such as too many mounts
			}
			for to := range s.Namespaces {
				why := predict.Why(g, g.Resolve(root, at), to)
				compareWithPrediction(t, g, why, p, to)
				checkMend(t, g, from, to, at, why)
			}
		}
	})
}

func compareWithPrediction(t *testing.T, g *graph.Graph, why *nsctl.Why, p *predict.Prediction, to int) {
	t.Helper()
	a := &why.WhyAnswer
	if why.OnTop != nil {
		a = why.OnTop
	}
	var got, want []string
	for _, at := range a.At {
		got = append(got, fmt.Sprintf("%s in %d", at.Mountpoint, at.In))
	}
	for _, e := range p.Effects {
		if e.Kind == nsctl.EffectMount && e.Space == to {
			want = append(want, fmt.Sprintf("%s in %d", e.Mount.Mountpoint, e.Mount.ParentID))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) && a.Verdict != nsctl.WhyUnsure {
		t.Errorf("%s appears in namespace %d at %q, why says %q\n%s%s", p.Op, to, want, got, a.Text, summary(g, a))
	}
}

// checkMend plays the steps through that an answer gives.
func checkMend(t *testing.T, before *graph.Graph, from, to int, at string, why *nsctl.Why) {
	t.Helper()
	if len(why.Mend) == 0 || why.About == nsctl.WhyMount {
		return // a mount that is there is a matter of its children, too
	}
	g := before
	for _, step := range why.Mend {
		if step.Op == "" {
			return
		}
		op, err := nsctl.ParseOpLine(step.Op)
		if err != nil {
			t.Fatal(err)
		}
		numbered := func(ref string) (int, error) {
			return slices.IndexFunc(g.Snapshot().Namespaces, func(ns nsctl.Namespace) bool { return fmt.Sprint(int64(ns.NS)) == ref }), nil
		}
		p, err := predict.New(g).Predict(op, predict.Caller{NS: step.Space, FindNS: numbered})
		if err != nil {
			t.Fatal(err)
		}
		if !p.OK && len(p.Uncertain) > 0 {
			return // it may be locked, which no snapshot shows
		}
		if !p.OK {
			t.Fatalf("%s\n%s%s in %d: %s, %s", why.Text, summary(before, &why.WhyAnswer), step.Op, step.Space, p.Errno, p.Reason)
		}
		g = graph.New(p.After())
	}
	root, ok := g.Entry(from)
	if !ok {
		return
	}
	again := predict.Why(g, g.Resolve(root, at), to)
	if again.Verdict == nsctl.WhyAbsent && again.About == nsctl.WhyNewMount {
		t.Errorf("%s\n%safter the steps:\n%s%s", why.Text, summary(before, &why.WhyAnswer), again.Text, summary(g, &again.WhyAnswer))
	}
}

// A snapshot may come from a file and hold anything: every question gets an answer.
func FuzzWhyOfAnything(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x05\x00\x02\x01\x01\x05\x06\x03\x02\x02\x06\x05\x04\x04\x03\x00\x07"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := anything(data[:min(len(data), 300)])
		g := graph.New(s)
		for from := range s.Namespaces {
			for i := range s.Namespaces[from].Mounts {
				for _, rest := range []string{"", "/x", "/a/b"} {
					for to := range s.Namespaces {
						why := predict.Why(g, graph.Place{Mount: graph.Ref{NS: from, Mount: i}, Rest: rest}, to)
						if why.Text == "" || why.Cut == nil && why.Verdict != nsctl.WhyAppears && why.Verdict != nsctl.WhyUnsure {
							t.Fatalf("no answer: %+v", why)
						}
						if why.Cut != nil && (why.Cut.Hop < 0 || why.Cut.Hop >= len(why.Way)) {
							t.Fatalf("the cut is at hop %d of %d", why.Cut.Hop, len(why.Way))
						}
					}
				}
			}
		}
	})
}

// anything makes three namespaces of bytes, five for a mount.
func anything(data []byte) *nsctl.Snapshot {
	s := &nsctl.Snapshot{Namespaces: make([]nsctl.Namespace, 3)}
	paths := []string{"/", "/a", "/a/b", "", "/a/b/x", "/b//deleted", "/../x", "net:[7]"}
	for len(data) >= 5 {
		ns := &s.Namespaces[data[0]>>6%3]
		ns.OwnerUserNS = nsctl.UserNSNumber(data[0] >> 6)
		ns.Mounts = append(ns.Mounts, nsctl.Mount{
			MntID: nsctl.MountID(data[0] & 15), ParentID: nsctl.MountID(data[1] & 15), Dev: nsctl.Dev{Minor: uint32(data[1] >> 7)},
			Root: paths[data[2]&7], Mountpoint: paths[data[2]>>3&7],
			Propagation: nsctl.Propagation{
				Shared: nsctl.GroupID(data[3] & 7), Master: nsctl.GroupID(data[3] >> 3 & 7),
				PropagateFrom: nsctl.GroupID(data[4] & 7), Unbindable: data[4]>>7 == 1,
			},
		})
		data = data[5:]
	}
	return s
}
