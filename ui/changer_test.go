package ui

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// bookkeeper changes mounts on paper: what is predicted is what becomes of its host.
type bookkeeper struct {
	s       *nsctl.Snapshot
	done    []string // as NS, operation
	planned []change.Request
	entries []change.Entry
	undo    *change.Undo
	said    []string // by Recover
	blocks  error    // why nothing can be done
	// before is called before something is done, and its error is why it is not.
	before func(op string) error
	// strange makes something of what happens.
	strange func(*change.Result) error
	undone  *change.Undone
}

func (b *bookkeeper) Recover(context.Context) ([]string, error) { return b.said, nil }

func (b *bookkeeper) Plan(_ context.Context, r change.Request) (*change.Plan, error) {
	b.planned = append(b.planned, r)
	infos := make([]nsctl.NamespaceInfo, len(b.s.Namespaces))
	for i := range b.s.Namespaces {
		infos[i] = b.s.Namespaces[i].NamespaceInfo
	}
	ns, err := nsctl.FindNamespace(infos, b.s.Observer.NS, r.NS)
	if err != nil {
		return nil, err
	}
	g := graph.New(b.s)
	p, err := predict.New(g).Predict(r.Op, predict.Caller{NS: ns, Cwd: r.Cwd})
	if err != nil {
		return nil, err
	}
	plan := &change.Plan{Request: r, Graph: g, Space: ns, Prediction: p, Blocked: b.blocks}
	if plan.Blocked == nil && !p.OK {
		plan.Blocked = &change.Refused{OpError: &change.OpError{Op: r.Op.String(), NS: g.Namespace(ns).NS, Errno: p.Errno, Why: p.Reason}}
	}
	return plan, nil
}

func (b *bookkeeper) Apply(_ context.Context, p *change.Plan) (*change.Result, error) {
	if b.before != nil {
		if err := b.before(p.Op.String()); err != nil {
			return nil, err
		}
	}
	b.s = p.Prediction.After()
	b.done = append(b.done, p.Graph.Namespace(p.Space).NS.String()+" "+p.Op.String())
	r := &change.Result{Plan: p, Seq: int64(len(b.done)), After: b.s}
	r.Outcome, r.Observed = p.Prediction.Outcome, p.Prediction.Effects
	if b.strange != nil {
		return r, b.strange(r)
	}
	return r, nil
}

func (b *bookkeeper) PlanUndo(context.Context) (*change.Undo, error) {
	if b.undo == nil {
		return nil, change.ErrNothingToUndo
	}
	return b.undo, nil
}

func (b *bookkeeper) ApplyUndo(_ context.Context, u *change.Undo) (*change.Undone, error) {
	b.done = append(b.done, "undo "+u.Entry.Op)
	if b.undone != nil {
		return b.undone, nil
	}
	return &change.Undone{Undo: u}, nil
}

func (b *bookkeeper) History() ([]change.Entry, error) { return slices.Clone(b.entries), nil }

// changing is a driver with somebody who changes the host, in which there are sandboxes.
func changing(t testing.TB, o Options, w, h int) (*driver, *bookkeeper) {
	t.Helper()
	s, bench := boxed()
	b := &bookkeeper{s: s}
	o.Sandboxes, o.Workshop, o.Changer, o.Live, o.History = bench, bench, b, true, b.History
	return explore(t, s, o, w, h).press("5 2"), b // 5 asks for the sandboxes
}

// inSpace shows the mounts of the namespace of a name, and selects one.
func (d *driver) inSpace(name, path string) *driver {
	d.t.Helper()
	for ns := range d.m.host.Len() {
		if d.m.host.Label(ns) == name {
			d.press("2")
			d.m.mounts.Show(ns)
			return d.selectMount(path)
		}
	}
	d.t.Fatalf("no namespace is called %s", name)
	return d
}

// undoOf is a plan to take an operation of the scene back.
func undoOf(t testing.TB, b *bookkeeper, ns int, back string, losses ...string) *change.Undo {
	t.Helper()
	op, err := nsctl.ParseOpLine(back)
	if err != nil {
		t.Fatal(err)
	}
	g := graph.New(b.s)
	p, err := predict.New(g).Predict(op, predict.Caller{NS: ns})
	if err != nil || !p.OK {
		t.Fatal(err, p)
	}
	number := g.Namespace(ns).NS
	return &change.Undo{
		Entry:  change.Entry{Seq: 7, Time: b.s.Taken, Op: "mount --make-private /data", NS: number, State: change.EntryDone, Changes: 1},
		Steps:  []change.UndoStep{{Op: op, NS: number, Outcome: p.Outcome, Graph: g}},
		Losses: losses, Graph: g,
	}
}

func TestGoldenChanges(t *testing.T) {
	screens := []struct {
		name  string
		reach func(d *driver, b *bookkeeper)
	}{
		{"type", func(d *driver, _ *bookkeeper) { d.inSpace("web", "/data").press("t") }},
		{"type-below", func(d *driver, _ *bookkeeper) { d.inSpace("host", "/sys").press("t down down space") }},
		{"type-hidden", func(d *driver, _ *bookkeeper) { d.inSpace("host", "/data/backup").press("t") }},
		{"type-already", func(d *driver, _ *bookkeeper) { d.inSpace("host", "/mnt").press("t up up") }},
		{"propose", func(d *driver, _ *bookkeeper) {
			d.inSpace("host", "/").press("p ctrl+a ctrl+k").typed("mount -t tmpfs x /sys/new").press("enter A")
		}},
		{"propose-question", func(d *driver, _ *bookkeeper) { d.inSpace("host", "/sys").press("t down enter") }},
		{"propose-danger", func(d *driver, _ *bookkeeper) { d.inSpace("host", "/proc").press("p down enter A enter").typed("/pro") }},
		{"propose-blocked", func(d *driver, b *bookkeeper) {
			b.blocks = &change.OpError{Op: "mount --make-private /data", Call: "enter", NS: 4026532410, Why: "EPERM: operation not permitted", Try: "it takes CAP_SYS_ADMIN in user:[4026531837], which owns it: try as root, or as the user who made that"}
			d.inSpace("web", "/data").press("t down enter")
		}},
		{"propose-changed", func(d *driver, b *bookkeeper) {
			b.before = func(string) error { return &change.Changed{Why: "the host has changed since"} }
			d.inSpace("host", "/sys").press("t down enter y")
		}},
		{"surprise", func(d *driver, b *bookkeeper) {
			b.strange = func(r *change.Result) error {
				r.Surprises = []nsctl.Surprise{{Kind: nsctl.SurpriseMissing, Text: "was predicted, but did not happen: propagation of /sys (mount 28) in mnt:[4026531832]"}}
				return nil
			}
			d.inSpace("host", "/sys").press("t down enter y")
		}},
		{"undo", func(d *driver, b *bookkeeper) {
			b.undo = undoOf(d.t, b, 0, "mount --make-private /sys", "/sys/fs/cgroup (mount 29) in mnt:[4026531832]: it was in group 8, whose last member has left")
			d.press("u")
		}},
		{"log", func(d *driver, b *bookkeeper) { b.entries = history(b); d.press("L down") }},
	}
	for _, size := range sizes {
		for _, look := range looks {
			for _, s := range screens {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], look.name)
				t.Run(name, func(t *testing.T) {
					options := look.options
					options.ReadOnly = options.ReadOnly && s.name == "log" // of the others there are none
					d, b := changing(t, options, size[0], size[1])
					s.reach(d, b)
					d.check()
					compareGolden(t, name, d.content())
				})
			}
		}
	}
}

// history is a journal of every kind of entry.
func history(b *bookkeeper) []change.Entry {
	at := b.s.Taken
	return []change.Entry{
		{Seq: 1, Time: at, Op: "mount -t tmpfs 'a b' /mnt", NS: 4026532410, State: change.EntryUndone, Changes: 3},
		{Seq: 2, Time: at, Op: "umount /mnt", NS: 4026532410, State: change.EntryDone, Undoes: 1, Changes: 3},
		{Seq: 3, Time: at, Op: "umount /busy\x1b", NS: 4026531832, State: change.EntryFailed, Error: "umount: EBUSY: the mount is in use"},
		{Seq: 4, Time: at, Op: "mount --make-rprivate /data", NS: 4026531832, State: change.EntryInterrupted},
		{Seq: 5, Time: at, Op: "mount --make-private /sys", NS: 4026531832, State: change.EntryDone, Changes: 12},
	}
}
