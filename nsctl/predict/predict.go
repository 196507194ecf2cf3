package predict

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Caller is who does the operation, as far as the snapshot does not tell. He is taken to
// have CAP_SYS_ADMIN in the user namespace that owns his mount namespace, and nowhere else.
type Caller struct {
	// NS is the position of the namespace that it is done in.
	NS int
	// Root gives the mount that paths in a namespace are followed from; nil for what
	// somebody gets who enters the namespace now ([graph.Graph.Entry]).
	Root func(ns int) (graph.Ref, bool)
	// Cwd is the directory that relative paths start from; empty for "/".
	Cwd string
	// Look asks the live namespace about an absolute path; nil where there is none. It is
	// called at most once for each path of an operation.
	Look func(ns int, path string) nsctl.Seen
	// FindNS finds the other namespace of a rejoin; nil for [nsctl.FindNamespace].
	FindNS func(ref string) (int, error)
}

// Prediction is what an operation will do.
type Prediction struct {
	nsctl.Outcome
	// Locks are the mounts of the snapshot that the outcome depends on being locked or not,
	// where that is not known. Locks that it depends on, and that there is no sign of, are worth
	// a question, too: Ask has all.
	Locks, Ask []graph.Ref

	w *world
}

// Predict says what the operation does. An error is about the question, not about the
// operation: the namespace is one in which no path can be followed.
func (h *Host) Predict(op nsctl.Op, by Caller) (*Prediction, error) {
	w, err := newWorld(h, by)
	if err != nil {
		return nil, err
	}
	refused := w.do(op)
	p := &Prediction{w: w, Locks: w.notes.locks, Ask: w.notes.ask, Outcome: nsctl.Outcome{
		Op: op.String(), NS: w.home().info.NS, OK: refused == nil,
		Effects: []nsctl.Effect{}, NotReached: []nsctl.NotReached{}, Uncertain: append([]string{}, w.notes.uncertain...),
	}}
	if refused != nil {
		p.Errno, p.Reason = refused.errno, refused.reason
		p.w, err = newWorld(h, by) // nothing has happened
		return p, err
	}
	p.Effects = w.finished()
	p.NotReached = w.notReached()
	return p, nil
}

// do plays the operation through.
func (w *world) do(op nsctl.Op) *refusal {
	switch op.Kind {
	case nsctl.OpMount:
		return w.doNewMount(op)
	case nsctl.OpBind:
		return w.doLoopback(op)
	case nsctl.OpMove:
		return w.doMoveMount(op)
	case nsctl.OpMake:
		return w.doChangeType(op)
	case nsctl.OpUmount:
		return w.doUmount(op)
	case nsctl.OpUnshare:
		return w.copyMntNS(op)
	case nsctl.OpPivotRoot:
		return w.pivotRoot(op)
	case nsctl.OpRejoin:
		return w.doSetGroup(op)
	}
	return refuse("ENOSYS", "there is no such operation")
}
