package screen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/theme"
)

// whatIfHost is a host as it would be after an operation in its first namespace.
func whatIfHost(t *testing.T, h *Host, line string) *Host {
	t.Helper()
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Predictor().Predict(op, predict.Caller{NS: 0})
	if err != nil || !p.OK {
		t.Fatalf("%s: %v %s %s", line, err, p.Errno, p.Reason)
	}
	return NewWhatIf(h, p)
}

// forest writes groups, members and slaves with their marks: -V is what would vanish.
func forest(h *Host) string {
	var b strings.Builder
	mark := func(kind markKind) string { return [...]string{"+", "-", ">", "~", "x"}[kind] }
	for _, g := range h.Forest.Groups {
		if m := h.groupMark(g.ID); m.marked {
			b.WriteString(mark(m.kind))
		}
		fmt.Fprintf(&b, "%s<%s:", groupText(g.ID), groupText(g.Master))
		for i, m := range slices.Concat(g.Members, g.Slaves) {
			b.WriteString(" ")
			if k, ok := h.Mark(m.Ref); ok {
				b.WriteString(mark(k.kind()))
				if h.leaves(m.Ref, berth{g.ID, i >= len(g.Members)}) {
					b.WriteString("!")
				}
			}
			if i >= len(g.Members) {
				b.WriteString("/")
			}
			b.WriteString(MountText(m.MntID))
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

const (
	origin   = "1 0 / shared:1 dev:1\n2 1 /a shared:2 dev:2\n3 2 /a/b shared:3 dev:3\n4 1 /c dev:4"
	slaveOf  = "11 0 / master:1 dev:1\n12 11 /a master:2 dev:2\n13 12 /a/b shared:13 master:3 dev:3"
	apart    = "21 0 / dev:1\n22 21 /a shared:2 dev:2"
	wholeOf3 = "1<0: 1 /11; 2<0: 2 22 /12; 3<0: 3; 13<3: 13"
)

func TestWhatIfForest(t *testing.T) {
	h := host(t, origin, slaveOf, apart)
	if got := forest(h); got != wholeOf3 {
		t.Fatalf("before: %s", got)
	}
	for _, tc := range []struct{ op, want string }{
		// What appears is in a new group, or below it as a slave.
		{"mount -t tmpfs x /new", "1<0: 1 /11; 2<0: 2 22 /12; 3<0: 3; 13<3: 13; +new1<0: +new +/new"},
		// What would vanish is still in its group, which goes with it.
		{"umount /a/b", "1<0: 1 /11; 2<0: 2 22 /12; -3<0: -!3; -13<3: -!13"},
		// What would leave a group stands in it and where it goes.
		{"mount --make-slave /a", "1<0: 1 /11; 2<0: ~!2 22 ~/2 /12; 3<0: 3; 13<3: 13"},
		{"mount --make-private /a", "1<0: 1 /11; 2<0: ~!2 22 /12; 3<0: 3; 13<3: 13"},
		// The last of a group makes another one lose its master.
		{"mount --make-private /a/b", "1<0: 1 /11; 2<0: 2 22 /12; -3<0: ~!3; ~13<0: ~13"},
		{"mount --make-shared /c", "1<0: 1 /11; 2<0: 2 22 /12; 3<0: 3; 13<3: 13; +new1<0: ~4"},
	} {
		if got := forest(whatIfHost(t, h, tc.op)); got != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.op, got, tc.want)
		}
	}
}

// The tree of a what if has every mount: those that were there in their places, vanished
// or not, and those that appear behind them.
func TestWhatIfKeepsEverythingInPlace(t *testing.T) {
	h := host(t, origin, slaveOf, apart)
	for _, op := range []string{"umount -l /a", "umount /a/b", "mount -t tmpfs x /a/b", "mount --rbind /a /c", "unshare --mount", "umount -l /c"} {
		w := whatIfHost(t, h, op)
		for ns := range h.Len() {
			for i, m := range h.Namespace(ns).Mounts {
				r := graph.Ref{NS: ns, Mount: i}
				if got := w.Shown(r); got.MntID != m.MntID {
					t.Fatalf("%s: at %v is mount %d, was %d", op, r, got.MntID, m.MntID)
				}
				if w.Vanishes(r) && (w.Mount(r).Propagation != nsctl.Propagation{} || w.Shown(r).Propagation != m.Propagation) {
					t.Errorf("%s: %d counts as a member of a group, or is not shown as it was", op, m.MntID)
				}
			}
			if got, want := w.mountsIn(ns), len(w.Namespace(ns).Mounts)-w.Counts(ns).Vanish; got != want {
				t.Errorf("%s: namespace %d has %d mounts, want %d", op, ns, got, want)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	for _, tc := range []struct {
		counts      Counts
		text, short string
	}{
		{Counts{}, "nothing changes", ""},
		{Counts{Appear: 1, Vanish: 1, Move: 1, Change: 1, Missed: 1}, "1 mount appears, 1 vanishes, 1 moves, 1 changes, 1 not reached", "+1 -1 →1 ~1 ⊘1"},
		{Counts{Appear: 1200, Missed: 2}, "1,200 mounts appear, 2 not reached", "+1,200 ⊘2"},
	} {
		if got := tc.counts.String(); got != tc.text {
			t.Errorf("got %q, want %q", got, tc.text)
		}
		if got := tc.counts.Short(theme.New(theme.Options{})); got != tc.short {
			t.Errorf("got %q, want %q", got, tc.short)
		}
	}
}

// What is folded away is shown when it is marked.
func TestWhatIfUnfolds(t *testing.T) {
	h := host(t, origin, slaveOf)
	s := NewMounts(theme.New(theme.Options{}))
	s.SetHost(h)
	s.FoldAll()
	s.Fold()
	if len(s.rows) != 1 {
		t.Fatalf("%d rows of a folded tree", len(s.rows))
	}
	s.SetHost(whatIfHost(t, h, "umount /a/b"))
	if rowOf(s.rows, 2) < 0 {
		t.Error("the mount that would vanish is folded away")
	}
}
