package change

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// structure lets mounts come, go and move, so that all are where they were.
func (w *wayBack) structure(op nsctl.Op, ns int, e *Entry) {
	switch op.Kind {
	case nsctl.OpMount, nsctl.OpBind:
		w.unmountNew(ns)
	case nsctl.OpMove:
		w.moveBack(ns, e)
	case nsctl.OpPivotRoot:
		w.pivotBack(ns)
	case nsctl.OpUmount:
		w.mountAgain(ns)
	case nsctl.OpMake:
		if op.Recursive {
			w.makeAllBack(op, ns)
		}
	}
}

// unmountNew unmounts what was not there, until all of it is gone: an umount takes the
// copies elsewhere with it, so the order matters. One that takes something away besides is
// only done to the mount that was asked for.
func (w *wayBack) unmountNew(ns int) {
	for {
		a := w.align()
		if len(a.extra) == 0 {
			return
		}
		tops := slices.DeleteFunc(slices.Clone(a.extra), func(r graph.Ref) bool {
			parent, ok := w.now.Parent(r)
			return ok && slices.Contains(a.extra, parent)
		})
		slices.SortStableFunc(tops, func(x, y graph.Ref) int { // the own namespace first
			return cmp.Compare(order(x.NS == ns), order(y.NS == ns))
		})
		if !slices.ContainsFunc(tops[:min(len(tops), mostTops)], func(r graph.Ref) bool { return w.unmountIf(r, a) }) && !w.uncover(a) {
			return // what is left cannot be reached, or not without loss
		}
	}
}

// mostTops is how many mounts are tried at a time.
const mostTops = 16

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

// unmountIf unmounts a mount if that leaves less to do, and takes away nothing that is to
// stay.
func (w *wayBack) unmountIf(r graph.Ref, a *alignment) bool {
	steps, now := len(w.Steps), w.now
	if !w.unmount(r) {
		return false
	}
	if after := w.align(); len(after.extra) < len(a.extra) && len(after.missing) <= len(a.missing) {
		return true
	}
	w.say("unmounting %s would take away what was there before, too", nsctl.Printable(now.Mount(r).Mountpoint))
	w.Steps, w.now = w.Steps[:steps], now
	return false
}

// unmount takes a mount away with what is mounted in it.
func (w *wayBack) unmount(r graph.Ref) bool {
	m := w.now.Mount(r)
	path, ok := w.reach(r)
	if !ok {
		w.say("%s (mount %d) is covered by another mount: no path leads to it", nsctl.Printable(m.Mountpoint), m.MntID)
		return false
	}
	// What is on top of all at "/" is the root directory of who enters the namespace: a plain
	// umount would only make that read-only.
	return w.step(r.NS, nsctl.Op{Kind: nsctl.OpUmount, Target: path, Lazy: path == "/" || len(w.now.Children(r)) > 0})
}

// moveBack moves a mount to where it was. The kernel moves nothing out of a shared mount: then
// the tree is bound there, and unmounted here.
func (w *wayBack) moveBack(ns int, e *Entry) {
	moved := slices.IndexFunc(e.observed, func(o nsctl.Effect) bool { return o.Kind == nsctl.EffectMove && o.Origin && o.NS == e.NS })
	if moved < 0 {
		return
	}
	o := &e.observed[moved]
	r, ok := w.now.Lookup(ns, o.Mount.MntID)
	if !ok || !sameMount(w.now.Mount(r), &o.Mount) {
		w.say("%s is not there any more", nsctl.Printable(o.Mount.Mountpoint))
		return
	}
	path, ok := w.reach(r)
	if !ok {
		w.moveFromBeneath(r, o.Was.Mountpoint)
		return
	}
	wanted, ok := w.want.Lookup(ns, o.Mount.MntID)
	if !ok || !w.free(wanted) {
		return
	}
	back := o.Was.Mountpoint
	if p, _ := w.predict(ns, nsctl.Op{Kind: nsctl.OpMove, Source: path, Target: back}); p != nil {
		w.take(ns, nsctl.Op{Kind: nsctl.OpMove, Source: path, Target: back}, p)
	} else if w.step(ns, nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: path, Target: back}) {
		if r, ok = w.now.Lookup(ns, o.Mount.MntID); ok {
			w.unmount(r)
		}
	}
}

// free says that the mount point of a mount that is to come back leads to where it was: to
// the same place in the same mount.
func (w *wayBack) free(r graph.Ref) bool {
	m := w.want.Mount(r)
	parent, ok := w.want.Parent(r)
	root, okRoot := w.now.Entry(r.NS)
	if !ok || !okRoot {
		w.say("what was mounted at %s was mounted in nothing that is known", nsctl.Printable(m.Mountpoint))
		return false
	}
	at := w.now.Resolve(root, m.Mountpoint)
	if partner, ok := w.align().partner[parent]; !ok || at.Mount != partner {
		w.say("%s does not lead any more to where it was mounted", nsctl.Printable(m.Mountpoint))
		return false
	}
	return true
}

// pivotBack gives the old root its place again.
func (w *wayBack) pivotBack(ns int) {
	wanted, ok := w.want.Entry(ns)
	if !ok {
		return
	}
	was := w.want.Mount(wanted) // has the number that it has now
	root, ok := w.now.Lookup(ns, was.MntID)
	is, okIs := w.now.Entry(ns)
	if !ok || !okIs {
		w.say("the old root is not mounted any more")
		return
	}
	path, ok := w.reach(root)
	if !ok {
		w.say("no path leads to the old root, at %s", nsctl.Printable(path))
		return
	}
	stood, ok := w.want.Lookup(ns, w.now.Mount(is).MntID)
	if !ok {
		w.say("where the new root was mounted before is not known")
		return
	}
	w.step(ns, nsctl.Op{Kind: nsctl.OpPivotRoot, Source: path, Target: graph.Join(path, trimRoot(w.want.Mount(stood).Mountpoint))})
}

func trimRoot(path string) string {
	if path == "/" {
		return ""
	}
	return path
}
