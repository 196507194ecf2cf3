package change

import (
	"context"
	"fmt"
	"path"
	"reflect"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/predict"
)

// Request is an operation that is wanted.
type Request struct {
	Op nsctl.Op
	// NS names the namespace that it is to be done in; empty for the caller's own.
	NS string
	// Cwd is where relative paths begin: empty for the working directory in the caller's own
	// namespace, and "/" elsewhere.
	Cwd string
	// Mount is the mount that Op.Target must lead to; 0 for whatever it leads to.
	Mount nsctl.MountID
	// With is the number in the journal of the first of several operations that are one to
	// the user, and are taken back as one; 0 for that first one, and for one alone.
	With int64
}

// Plan is an operation, and all that is known of it before it is done. It is immutable.
type Plan struct {
	Request
	Graph      *graph.Graph // the host that the prediction is for
	Space      int          // the position of the namespace in it
	Prediction *predict.Prediction
	// Blocked is why it cannot be done although the kernel might do it: nil if it can.
	Blocked error

	op      nsctl.Op // with absolute paths
	errand  errand
	places  carry.Places
	seen    map[spotted]string // where its paths led when it was predicted
	undoing int64              // the number of the operation that it helps to take back
	nsid    nsctl.NSID
	number  nsctl.NSNumber
}

// Plan says what an operation would do now, and whether it can be done.
func (c *Changer) Plan(ctx context.Context, r Request) (*Plan, error) {
	return c.plan(ctx, r, c.read, func(s *nsctl.Snapshot) (int, error) {
		ref := r.NS
		if ref == "" {
			ref = "self"
		}
		return c.options.Find(s, ref)
	})
}

// attempts is how often a plan is made of a host that changes meanwhile.
const attempts = 5

func (c *Changer) plan(
	ctx context.Context, r Request, read func(context.Context) (*nsctl.Snapshot, error), find func(*nsctl.Snapshot) (int, error),
) (*Plan, error) {
	var unstable error
	for range attempts {
		s, err := read(ctx)
		if err != nil {
			return nil, err
		}
		ns, err := find(s)
		if err != nil {
			return nil, err
		}
		p, err := c.planOn(ctx, graph.New(s), ns, r)
		if err != nil {
			return nil, err
		}
		if unstable = p.inspect(ctx, c); unstable == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("the mounts change faster than they can be read: %w", unstable)
}

// planOn predicts an operation on a host.
func (c *Changer) planOn(ctx context.Context, g *graph.Graph, ns int, r Request) (*Plan, error) {
	live := Live{ask: c.carrier.locks, seen: map[spotted]string{}}
	by := predict.Caller{NS: ns, Cwd: r.Cwd, FindNS: func(ref string) (int, error) { return c.options.Find(g.Snapshot(), ref) }}
	if err := live.Stand(ctx, g, r.Op, &by); err != nil {
		return nil, err
	}
	r.Cwd = by.Cwd
	p, err := predict.New(g).Predict(r.Op, by)
	if err == nil {
		p, err = live.withLocks(g, r.Op, by, p)
	}
	if err != nil {
		return nil, err
	}
	live.Complete(p)
	info := &g.Namespace(ns).NamespaceInfo
	plan := &Plan{Request: r, seen: live.seen, Graph: g, Space: ns, Prediction: p, op: absolute(r.Op, r.Cwd), nsid: info.NSID, number: info.NS}
	plan.errand = errand{Job: carry.Job{Op: plan.op, In: spaceOf(g, ns), Classic: c.options.Classic}, in: info}
	if ref := otherNS(r.Op); ref != "" && p.OK {
		to, err := by.FindNS(ref)
		if err != nil {
			return nil, err
		}
		plan.errand.To, plan.errand.to = spaceOf(g, to), &g.Namespace(to).NamespaceInfo
	}
	return plan, ctx.Err()
}

// otherNS gives the reference to the other namespace that an operation is about, if there is
// one.
func otherNS(op nsctl.Op) string {
	switch op.Kind {
	case nsctl.OpRejoin:
		return op.ToNS
	case nsctl.OpBind:
		return op.FromNS
	}
	return ""
}

// absolute gives an operation with absolute paths, as predict takes them.
func absolute(op nsctl.Op, cwd string) nsctl.Op {
	op.Target = absoluteIn(cwd, op.Target)
	switch op.Kind {
	case nsctl.OpBind, nsctl.OpMove, nsctl.OpPivotRoot:
		op.Source = absoluteIn(cwd, op.Source)
	}
	return op
}

// absoluteIn gives a path that is relative to a directory.
func absoluteIn(cwd, name string) string {
	if Relative(name) {
		return graph.Join(path.Clean("/"+cwd), "/"+name)
	}
	return name
}

// inspect finds out which mounts the paths lead to, and whether the operation can be done. It
// gives an error if the host is not the one any more that was read.
func (p *Plan) inspect(ctx context.Context, c *Changer) (unstable error) {
	switch {
	case c.options.ReadOnly:
		p.Blocked = ErrReadOnly
		return nil
	case !p.Prediction.OK:
		p.Blocked = p.refused()
		return p.hidden()
	case p.Op.Kind == nsctl.OpUnshare:
		p.Blocked = p.fail("unshare", "", "a namespace lives only as long as something is in it", "\"mntscope sandbox new\" makes one that stays, unshare(1) one with a program in it")
		return nil
	case p.errand.In.NS == 0:
		p.Blocked = p.fail("enter", "", "its number may not be read, as it belongs to another user or has more privileges", "try as root")
		return nil
	}
	if p.errand.In.Own {
		if f := carry.Unprivileged(); f != nil { // else somebody would be asked in vain
			p.Blocked = c.failure(ctx, p, f)
			return nil
		}
	}
	look := p.errand
	look.OnlyLook = true
	report, err := c.carrier.look(ctx, look)
	if err != nil {
		p.Blocked = p.cannotEnter(err)
		return nil
	}
	if f := report.Failure; f != nil {
		if report.Entered {
			p.Blocked = c.failure(ctx, p, f)
		} else {
			p.Blocked = p.cannotEnter(f)
		}
		return nil
	}
	p.places = report.Places
	if err := p.compareWithGraph(); err != nil {
		return err
	}
	return p.hidden()
}

// compareWithGraph says whether paths lead to mounts that the prediction knows nothing of.
func (p *Plan) compareWithGraph() error {
	looker := discover.NewLooker(p.Graph)
	source := p.Space
	if p.op.Kind == nsctl.OpBind && p.op.FromNS != "" {
		source = p.toSpace()
	}
	for _, at := range []struct {
		place *carry.Place
		ns    int
		name  string
	}{{p.places.Source, source, p.op.Source}, {p.places.Target, p.Space, p.op.Target}, {p.places.To, p.toSpace(), p.op.To}} {
		if at.place == nil || at.place.Mount == 0 || at.ns < 0 || Relative(at.place.Path) {
			continue
		}
		if seen := p.seen[spotted{at.ns, at.name}]; seen != "" && seen != at.place.Path {
			return fmt.Errorf("%s led to %s a moment ago, and leads to %s now", nsctl.Printable(at.name), nsctl.Printable(seen), nsctl.Printable(at.place.Path))
		}
		root, ok := looker.Root(at.ns)
		if !ok {
			continue
		}
		if m := p.Graph.Mount(p.Graph.Resolve(root, at.place.Path).Mount); m.MntID != at.place.Mount || m.ID != 0 && at.place.ID != 0 && m.ID != at.place.ID {
			return fmt.Errorf("%s leads to mount %d, which was not there when the mounts were read", nsctl.Printable(at.place.Path), at.place.Mount)
		}
	}
	return nil
}

// toSpace gives the position of the other namespace of a rejoin, or -1.
func (p *Plan) toSpace() int {
	for i := range p.Graph.Snapshot().Namespaces {
		if &p.Graph.Namespace(i).NamespaceInfo == p.errand.to {
			return i
		}
	}
	return -1
}

// again makes the same plan for the host as it is now, in the very same namespace.
func (c *Changer) again(ctx context.Context, p *Plan) (*Plan, error) {
	find := func(s *nsctl.Snapshot) (int, error) {
		for i := range s.Namespaces {
			if info := &s.Namespaces[i].NamespaceInfo; info.NS == p.number && info.NSID == p.nsid {
				return i, nil
			}
		}
		return 0, p.fail("enter", "", "the namespace is gone", "\"mntscope ns\" lists those there are")
	}
	fresh, err := c.plan(ctx, p.Request, func(ctx context.Context) (*nsctl.Snapshot, error) {
		return c.reread(ctx, p, c.refresh)
	}, find)
	if err == nil && fresh.Blocked != nil { // the processes that led there may have ended
		fresh, err = c.plan(ctx, p.Request, c.read, find)
	}
	if err != nil {
		return nil, err
	}
	fresh.undoing = p.undoing
	return fresh, nil
}

// same says that two plans are about the same mounts and say the same.
func (p *Plan) same(q *Plan) bool {
	return reflect.DeepEqual(p.places, q.places) && p.Prediction.OK == q.Prediction.OK &&
		p.Prediction.Errno == q.Prediction.Errno && reflect.DeepEqual(placeless(p.Prediction.Effects), placeless(q.Prediction.Effects))
}

// placeless leaves out the positions in a snapshot, which change when namespaces come and
// go elsewhere.
func placeless(effects []nsctl.Effect) []nsctl.Effect {
	list := make([]nsctl.Effect, len(effects))
	for i, e := range effects {
		e.Space = 0
		list[i] = e
	}
	return list
}
