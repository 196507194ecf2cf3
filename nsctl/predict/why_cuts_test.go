package predict_test

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// Every kind of cut is made once, the kernel asked, the way mended as is said, and the
// kernel asked again.
func TestWhyMendsInTheKernel(t *testing.T) {
	v, w, sub, x := nstest.Scratch+"/v", nstest.Scratch+"/w", nstest.Scratch+"/v/sub", nstest.Scratch+"/v/x"
	// without takes a mount away in one namespace only.
	without := func(t *testing.T, ns *nstest.NS, at string) {
		ns.Must(t, nstest.Make("private", nstest.Scratch), nstest.Make("private", at), nstest.Umount(at))
	}
	for _, test := range []struct {
		name     string
		ops      []nstest.Op // in the host, which has a volume at v
		options  []nstest.Option
		then     func(t *testing.T, host, other *nstest.NS)
		backward bool // from the other to the host
		at       string
		kind     nsctl.WhyCutKind
		mended   nsctl.WhyVerdict // empty if no command mends it
	}{
		{
			name: "private source", ops: []nstest.Op{nstest.Make("private", v)},
			at: x, kind: nsctl.CutPrivateSource, mended: nsctl.WhyAppears,
		},
		{
			name: "unbindable source", ops: []nstest.Op{nstest.Make("unbindable", v)},
			at: x, kind: nsctl.CutUnbindableSource, mended: nsctl.WhyAppears,
		},
		{
			name: "private source that shows less", ops: []nstest.Op{nstest.Bind(sub, w), nstest.Make("private", w)},
			then: func(t *testing.T, _, other *nstest.NS) { without(t, other, w) },
			at:   w, kind: nsctl.CutPrivateSource, mended: nsctl.WhyAppears,
		},
		{
			name: "severed copy", options: []nstest.Option{nstest.Propagation("rprivate")},
			at: x, kind: nsctl.CutSevered, mended: nsctl.WhyAppears,
		},
		{
			name: "unbindable copy", options: []nstest.Option{nstest.Propagation("runbindable")},
			at: x, kind: nsctl.CutSevered, mended: nsctl.WhyAppears,
		},
		{
			name: "upwards", options: []nstest.Option{nstest.Propagation("rslave")}, backward: true,
			at: x, kind: nsctl.CutOnlyReceives,
		},
		{
			name: "out of a less privileged namespace", options: []nstest.Option{nstest.User()}, backward: true,
			at: x, kind: nsctl.CutLessPrivileged,
		},
		{
			name: "a slave to a private mount", options: []nstest.Option{nstest.Propagation("rslave")}, backward: true,
			then: func(t *testing.T, host, _ *nstest.NS) {
				host.Clone(t) // keeps the group
				host.Must(t, nstest.Make("private", v))
			},
			at: x, kind: nsctl.CutOnlyReceives, mended: nsctl.WhyAppears,
		},
		{
			name: "another group", options: []nstest.Option{nstest.Propagation("rprivate")},
			then: func(t *testing.T, _, other *nstest.NS) { other.Must(t, nstest.Make("shared", v)) },
			at:   x, kind: nsctl.CutOtherGroup, mended: nsctl.WhyAppears,
		},
		{
			name: "another directory",
			then: func(t *testing.T, _, other *nstest.NS) {
				other.Must(t, nstest.Bind(sub, w))
				without(t, other, v)
			},
			at: x, kind: nsctl.CutRoot,
		},
		{
			name: "removed",
			then: func(t *testing.T, host, other *nstest.NS) {
				other.Must(t, nstest.Bind(sub, w))
				without(t, other, v)
				host.Must(t, nstest.Remove(sub))
			},
			at: x, kind: nsctl.CutRemoved,
		},
		{
			name: "hidden by what is mounted there",
			then: func(t *testing.T, _, other *nstest.NS) {
				other.Must(t, nstest.Make("slave", v), nstest.Tmpfs(x))
			},
			at: x, kind: nsctl.CutHidden, mended: nsctl.WhyAppears,
		},
		{
			name: "hidden by what covers all", options: []nstest.Option{nstest.Propagation("rslave")},
			then: func(t *testing.T, _, other *nstest.NS) { other.Must(t, nstest.Tmpfs(nstest.Scratch)) },
			at:   x, kind: nsctl.CutHidden, mended: nsctl.WhyAppears,
		},
		{
			name: "no copy",
			then: func(t *testing.T, _, other *nstest.NS) { without(t, other, v) },
			at:   x, kind: nsctl.CutNoCopy,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := nstest.Host(t)
			host.Must(t, nstest.Tmpfs(v), nstest.Mkdir(x), nstest.Mkdir(sub))
			host.Must(t, test.ops...)
			other := host.Clone(t, test.options...)
			if test.then != nil {
				test.then(t, host, other)
			}
			g := &garden{spaces: []*nstest.NS{host, other}, users: []int{1, 1}}
			if test.kind == nsctl.CutLessPrivileged {
				g.users[1] = 2
			}
			from, to := 0, 1
			if test.backward {
				from, to = to, from
			}
			a, again := g.mend(t, from, to, test.at)
			if a.Cut == nil || a.Cut.Kind != test.kind {
				t.Errorf("the cut is %+v, want %s", a.Cut, test.kind)
			}
			switch {
			case again == nil && test.mended != "":
				t.Errorf("it was not mended: %+v", a.Mend)
			case again != nil && again.Verdict != test.mended:
				t.Errorf("mended it is %s: %s", again.Verdict, again.Text)
			}
		})
	}
}

// A mount that was there before the way was open is sent by a copy beneath itself.
func TestWhyResendsInTheKernel(t *testing.T) {
	x := nstest.Scratch + "/x"
	host := nstest.Host(t)
	host.Must(t, nstest.Mkdir(x))
	other := host.Clone(t, nstest.Propagation("rslave"))
	other.Must(t, nstest.Make("rprivate", "/"))
	host.Must(t, nstest.Tmpfs(x), nstest.Touch(x+"/file"))
	g := &garden{spaces: []*nstest.NS{host, other}, users: []int{1, 1}}
	a := g.why(t, 0, 1, x)
	if a.Verdict != nsctl.WhyAbsent || a.Cut.Kind != nsctl.CutSevered {
		t.Fatalf("at first it is %s", a.Text)
	}
	for i, step := range a.Mend {
		if err := g.do(t, step); err != nil {
			t.Fatal(err)
		}
		last := i == len(a.Mend)-1
		again := g.why(t, 0, 1, x)
		if want := map[bool]nsctl.WhyVerdict{true: nsctl.WhyAppears, false: nsctl.WhyAbsent}[last]; again.Verdict != want {
			t.Errorf("after step %d, %s, it is %s: %s", i+1, step.Op, again.Verdict, again.Text)
		}
		if !last && again.Cut.Kind != nsctl.CutEarlier {
			t.Errorf("after step %d the cut is %s", i+1, again.Cut.Kind)
		}
	}
	other.Must(t, nstest.Bind(x+"/file", x+"/file")) // there is no such file on another filesystem
}
