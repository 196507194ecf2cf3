package change

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Undone is what taking an operation back did.
type Undone struct {
	Undo  *Undo
	Steps []*Result // those that were done
	// Differences are what is not as it was before the operation, beyond the losses that were
	// said before: none if all went as planned.
	Differences []string
}

// ApplyUndo takes an operation back as planned. If the host or the journal have changed
// since, it does nothing, or stops; what it did is in the answer, and can be gone on
// with by another PlanUndo.
func (c *Changer) ApplyUndo(ctx context.Context, u *Undo) (*Undone, error) {
	j, end, err := c.begin(ctx, u.Blocked)
	if err != nil {
		return nil, err
	}
	defer end()
	fresh, err := c.planUndo(ctx, j)
	if err != nil {
		return nil, err
	}
	if !u.same(fresh) {
		return nil, &UndoChanged{fresh}
	}
	done := &Undone{Undo: fresh}
	locks := lockBook{}
	for i := range fresh.Steps {
		r, err := c.takeStep(ctx, j, fresh, i, locks)
		if r != nil {
			locks.add(r)
			done.Steps = append(done.Steps, r)
		}
		if err != nil {
			return done, err
		}
	}
	now, err := c.read(context.WithoutCancel(ctx))
	if err != nil {
		return done, err
	}
	want, got := narrowed(fresh.past.snapshot, now, fresh.touched())
	a := alignLater(graph.New(want), graph.New(got))
	if len(fresh.Losses) == 0 {
		done.Differences = a.differences()
	}
	return done, j.undone(fresh, renamesOf(fresh.past, a))
}

// undone writes that operations are taken back. Those before the oldest of them know by the
// last record what has other numbers now.
func (n *notebook) undone(u *Undo, renamed *renames) error {
	takes := u.Takes()
	for i := range takes {
		r := record{Seq: n.nextSeq(), State: stateDone, Time: time.Now().UTC(), Undone: takes[i].Seq}
		if i == len(takes)-1 {
			r.Renames = renamed
		}
		if err := n.append(r); err != nil {
			return err
		}
	}
	return nil
}

// UndoChanged is the error of an undo that was not begun because it would be another one
// now. Undo is a new plan, to be shown.
type UndoChanged struct{ Undo *Undo }

func (*UndoChanged) Error() string {
	return "nothing was taken back: the host or the journal have changed since, and it would be done in another way now than what was shown"
}

// touched gives the namespaces in which anything is taken back.
func (u *Undo) touched() map[nsctl.NSNumber]bool {
	named := map[nsctl.NSNumber]bool{}
	for _, taken := range u.Takes() {
		named[taken.NS] = true
		for _, e := range taken.observed {
			named[e.NS] = true
		}
	}
	for i := range u.Steps {
		for _, e := range u.Steps[i].Outcome.Effects {
			named[e.NS] = true
		}
	}
	return named
}

// same says that two plans do the same, and leave the same.
func (u *Undo) same(v *Undo) bool {
	return slices.EqualFunc(u.Takes(), v.Takes(), func(a, b Entry) bool { return a.Seq == b.Seq }) && slices.Equal(u.Losses, v.Losses) &&
		slices.EqualFunc(u.Steps, v.Steps, func(a, b UndoStep) bool { return a.Op == b.Op && a.NS == b.NS && alike(&a.Outcome, &b.Outcome) })
}

// alike says that two outcomes are the same but for the numbers of what is new, and the
// order.
func alike(a, b *nsctl.Outcome) bool {
	return a.OK == b.OK && slices.Equal(gist(a.Effects), gist(b.Effects))
}

// gist tells effects without any number of what can be new.
func gist(effects []nsctl.Effect) []string {
	list := make([]string, len(effects))
	for i, e := range effects {
		list[i] = fmt.Sprintf("%s %d %q %q %v", e.Kind, e.NS, e.Mount.Mountpoint, e.Mount.Root, e.Mount.Propagation.Type())
	}
	slices.Sort(list)
	return list
}

// takeStep takes one step of an undo, if it still does what was said.
func (c *Changer) takeStep(ctx context.Context, j *notebook, u *Undo, i int, locks lockBook) (*Result, error) {
	step := &u.Steps[i]
	read := func(ctx context.Context) (*nsctl.Snapshot, error) {
		s, err := c.read(ctx)
		if err != nil {
			return nil, err
		}
		return locks.on(s), nil
	}
	p, err := c.plan(ctx, Request{Op: step.Op, Cwd: "/"}, read, func(s *nsctl.Snapshot) (int, error) {
		at := slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool {
			return ns.NS == step.NS && ns.NSID == step.Graph.Namespace(step.space).NSID
		})
		if at < 0 {
			return 0, fmt.Errorf("%v is gone", step.NS)
		}
		return at, nil
	})
	if err != nil {
		return nil, err
	}
	p.undoing = step.undoes
	switch {
	case p.Blocked != nil:
		return nil, p.Blocked
	case !alike(&p.Prediction.Outcome, &step.Outcome):
		return nil, &Changed{p, "the host has changed meanwhile, and this would do something else now than what was shown"}
	}
	return c.carryOut(ctx, j, p)
}
