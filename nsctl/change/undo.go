package change

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// Undo is a plan to take an operation back. It is immutable.
type Undo struct {
	Entry Entry
	// With are the operations that were done together with it, and are taken back with it,
	// the newest first.
	With []Entry
	// Steps are operations that lead back, one after the other. There may be none: then
	// nothing is left to be taken back.
	Steps []UndoStep
	// Losses are what will not be as it was, mount by mount. It is restored completely if
	// there are none.
	Losses []string
	// Blocked is why it cannot be taken back at all: nil if it can.
	Blocked error
	// Graph is the host that the first step is predicted for.
	Graph *graph.Graph

	past    *past
	rebuilt map[nsctl.GroupID]bool
	left    *graph.Graph // what the steps are predicted to leave
}

// UndoStep is one operation of an Undo, and what it is predicted to do after those before
// it: what they make has negative numbers.
type UndoStep struct {
	Op      nsctl.Op
	NS      nsctl.NSNumber
	Outcome nsctl.Outcome
	Graph   *graph.Graph // the host before it

	space  int
	undoes int64
}

// ErrNothingToUndo is matched by the error of PlanUndo where the journal holds nothing that
// could be taken back.
var ErrNothingToUndo = errors.New("there is nothing to take back: the journal holds no operation that was done and not taken back yet")

// PlanUndo says how the last operation that was done can be taken back, and what cannot.
func (c *Changer) PlanUndo(ctx context.Context) (*Undo, error) {
	j, err := c.openJournal(ctx)
	if err != nil {
		return nil, err
	}
	defer j.close()
	return c.planUndo(ctx, j)
}

func (c *Changer) planUndo(ctx context.Context, j *notebook) (*Undo, error) {
	if j.openJournal == nil {
		return nil, ErrNothingToUndo
	}
	group, done := undoable(j.entries())
	if len(group) == 0 {
		return nil, ErrNothingToUndo
	}
	s, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	u := &Undo{Entry: *group[0], Graph: graph.New(s)}
	for _, e := range group[1:] {
		u.With = append(u.With, *e)
	}
	if u.Blocked = unknown(group, s.Host.BootID); u.Blocked != nil {
		return u, nil
	}
	u.past = before(s, done)
	w := &wayBack{Undo: u, ctx: ctx, now: u.Graph, live: Live{ask: c.carrier.locks}, between: c.carrier.betweenOnce(ctx, u.Graph)}
	w.findAll(group)
	u.left = w.now
	u.Losses = append(slices.Clone(u.past.lost), w.losses()...)
	return u, ctx.Err()
}

// unknown says why nothing is known of mounts that operations were about.
func unknown(group []*Entry, boot string) error {
	for _, e := range group {
		switch {
		case e.State == EntryInterrupted:
			return fmt.Errorf("operation %d, %s in %v, was interrupted, and it is not known whether it was done; look at the host, and then \"mntscope undo --forget\"", e.Seq, printableOp(e.Op), e.NS)
		case e.boot != boot:
			return fmt.Errorf("operation %d, %s in %v, was done before the host was started the last time: its mounts are gone", e.Seq, printableOp(e.Op), e.NS)
		}
	}
	return nil
}

// wayBack is a way back while it is looked for. Each step is predicted for what the ones
// before it leave.
type wayBack struct {
	*Undo
	ctx  context.Context
	live Live
	now  *graph.Graph // what the steps so far leave
	want *graph.Graph // where it is to lead
	// between is why nothing can be done between two namespaces; nil if it can.
	between func(in, to int) error
	said    []string // why something cannot be restored
	// closed are groups that live, but that a mount could not get into again.
	closed []nsctl.GroupID
}

// find looks for the way: first mounts come, go and move, then their propagation is
// restored.
func (w *wayBack) find(e *Entry) {
	op, err := nsctl.ParseOpLine(e.Op)
	if err != nil {
		w.Blocked = fmt.Errorf("operation %d of the journal cannot be read: %w", e.Seq, err)
		return
	}
	switch ns := w.spaceOf(e.NS, e.nsid); {
	case ns >= 0:
		w.structure(op, ns, e)
	case op.Kind == nsctl.OpMount || op.Kind == nsctl.OpBind:
		w.unmountNew(ns) // copies elsewhere outlive the namespace that they came from
	}
	w.restoreGroups()
}

// restoreGroups restores propagation. A mount that shows more of the filesystem than all
// that are left in its group cannot join them: then a new group is made of it, which they
// join, if that leaves less undone.
func (w *wayBack) restoreGroups() {
	start, steps := *w, slices.Clone(w.Steps)
	w.restorePropagation()
	for len(w.closed) > 0 {
		first := *w
		undo := *w.Undo
		undo.Steps = slices.Clone(steps)
		undo.rebuilt = maps.Clone(w.rebuilt)
		if undo.rebuilt == nil {
			undo.rebuilt = map[nsctl.GroupID]bool{}
		}
		before := len(undo.rebuilt)
		for _, id := range w.closed {
			undo.rebuilt[id] = true
		}
		again := wayBack{Undo: &undo, ctx: w.ctx, live: w.live, between: w.between, now: start.now, want: w.want, said: slices.Clone(start.said)}
		again.restorePropagation()
		if len(undo.rebuilt) == before || len(again.losses()) >= len(first.losses()) {
			return
		}
		*w.Undo, w.now, w.said, w.closed = undo, again.now, again.said, again.closed
	}
}

func (w *wayBack) align() *alignment { return align(w.want, w.now, w.rebuilt) }

func (w *wayBack) spaceOf(number nsctl.NSNumber, id nsctl.NSID) int {
	return slices.IndexFunc(w.now.Snapshot().Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == number && ns.NSID == id })
}

// predict says what a step would do now. It is nil if it would be refused.
func (w *wayBack) predict(ns int, op nsctl.Op) (*predict.Prediction, string) {
	by := predict.Caller{NS: ns, Cwd: "/", FindNS: w.number}
	if len(w.Steps) == 0 { // the host is still as it is, and can be looked at
		if err := w.live.Stand(w.ctx, w.now, op, &by); err != nil {
			return nil, err.Error()
		}
	}
	p, err := predict.New(w.now).Predict(op, by)
	if err == nil { // of what is there now, and is still reached then, the lock can be asked for
		p, err = w.live.withLocks(w.now, op, by, p)
	}
	switch {
	case err != nil:
		return nil, err.Error()
	case !p.OK:
		return nil, p.Reason
	}
	if ref := otherNS(op); ref != "" {
		to, err := w.number(ref)
		if err == nil {
			err = w.between(ns, to)
		}
		if err != nil {
			return nil, err.Error()
		}
	}
	return p, ""
}

// number finds a namespace by its number, which is how steps name them.
func (w *wayBack) number(ref string) (int, error) {
	number, err := nsctl.ParseNSNumber(ref)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(w.now.Snapshot().Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == number }); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%w: %v", nsctl.ErrUnknownNamespace, number)
}

// step takes a step, if it would not be refused.
func (w *wayBack) step(ns int, op nsctl.Op) bool {
	p, refused := w.predict(ns, op)
	if p == nil {
		w.say("%s would be refused: %s", printableOp(op.String()), refused)
		return false
	}
	w.take(ns, op, p)
	return true
}

func (w *wayBack) take(ns int, op nsctl.Op, p *predict.Prediction) {
	w.Steps = append(w.Steps, UndoStep{Op: op, NS: w.now.Namespace(ns).NS, Outcome: p.Outcome, Graph: w.now, space: ns})
	w.now = graph.New(p.After())
}

func (w *wayBack) say(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.said, text) {
		w.said = append(w.said, text)
	}
}
