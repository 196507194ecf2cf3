package predict

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// After gives the whole host as it will be, in a snapshot of its own: new mounts and
// namespaces have negative ids, new peer groups numbers of 1,000,000 and up. It costs
// time in proportion to the host. If the operation is refused, nothing has changed.
func (p *Prediction) After() *nsctl.Snapshot {
	w := p.w
	after := *w.g.Snapshot()
	after.Namespaces = slices.Clone(after.Namespaces)
	for _, s := range w.newSpaces() {
		after.Namespaces = append(after.Namespaces, nsctl.Namespace{NamespaceInfo: *s.info})
	}
	changed := w.changedSpaces()
	all := make([]int, len(after.Namespaces))
	for i := range after.Namespaces {
		all[i] = i
		ns := &after.Namespaces[i]
		if !changed[i] {
			ns.Mounts = slices.Clone(ns.Mounts)
			continue
		}
		ns.Mounts = w.table(i, len(ns.Mounts))
		for j, by := range graph.HiddenBy(ns.Mounts) {
			ns.Mounts[j].HiddenBy = by
		}
	}
	graph.PropagateFrom(&after, all) // what it does not know stays as it was
	return &after
}

// newSpaces gives the namespaces that the operation made.
func (w *world) newSpaces() []*space {
	var list []*space
	for pos := len(w.g.Snapshot().Namespaces); w.spaces[pos] != nil; pos++ {
		list = append(list, w.spaces[pos])
	}
	return list
}

// changedSpaces gives the namespaces whose tables are not as they were.
func (w *world) changedSpaces() map[int]bool {
	changed := map[int]bool{}
	for _, e := range w.effects {
		changed[e.m.space.pos] = true
	}
	for r, m := range w.loaded { // a lock that was taken off is no effect
		if !m.guessed && m.lock != m.attr.Locked && m.attr.Locked != nsctl.LockUnknown {
			changed[r.NS] = true
		}
	}
	return changed
}

// table gives the mounts of a namespace as they are now, of which the first were there
// before.
func (w *world) table(pos, before int) []nsctl.Mount {
	list := make([]nsctl.Mount, 0, before+1)
	for i := range before {
		r := graph.Ref{NS: pos, Mount: i}
		m := w.loaded[r]
		if m == nil && w.moved {
			m = w.mount(r)
		}
		switch {
		case m == nil:
			list = append(list, *w.g.Mount(r))
		case !m.gone:
			at := w.now(m)
			if at.Propagation.Master == m.attr.Propagation.Master {
				at.Propagation.PropagateFrom = m.attr.Propagation.PropagateFrom
			}
			list = append(list, at)
		}
	}
	for _, m := range w.made {
		if m.space != nil && m.space.pos == pos {
			list = append(list, w.now(m))
		}
	}
	return list
}
