package watch

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// difference is what lies between two tables of a namespace.
type difference struct {
	gone    []nsctl.Mount
	came    []nsctl.Mount
	changed []nsctl.Mount // as they are now
}

// compare looks for what has changed in a table. What follows from other things does not
// count: hidden_by and propagate_from.
func compare(before, after []nsctl.Mount) difference {
	var d difference
	now := make(map[nsctl.MountID]*nsctl.Mount, len(after))
	for i := range after {
		now[after[i].MntID] = &after[i]
	}
	for i := range before {
		was := &before[i]
		m := now[was.MntID]
		switch {
		case m == nil || !sameMount(was, m):
			d.gone = append(d.gone, *was)
		default:
			if !sameState(was, m) {
				d.changed = append(d.changed, known(was, *m))
			}
			delete(now, was.MntID)
		}
	}
	for i := range after {
		if now[after[i].MntID] == &after[i] {
			d.came = append(d.came, after[i])
		}
	}
	return d
}

// sameMount says that two mounts with the same id are one: the id was not used again.
func sameMount(a, b *nsctl.Mount) bool {
	if a.ID != 0 && b.ID != 0 {
		return a.ID == b.ID
	}
	return a.Dev == b.Dev && a.FSType == b.FSType && rootBefore(a.Root) == rootBefore(b.Root)
}

// rootBefore takes off what the kernel adds to the root of a mount when that is removed.
func rootBefore(root string) string {
	const deleted = "//deleted"
	if len(root) > len(deleted) && root[len(root)-len(deleted):] == deleted {
		return root[:len(root)-len(deleted)]
	}
	return root
}

func sameState(a, b *nsctl.Mount) bool {
	x, y := *a, *b
	x.HiddenBy, y.HiddenBy = 0, 0
	x.Propagation.PropagateFrom, y.Propagation.PropagateFrom = 0, 0
	if x.ID == 0 || y.ID == 0 {
		x.ID, y.ID = 0, 0
	}
	return x == y
}

// known keeps of a mount what a later reading does not tell.
func known(was *nsctl.Mount, m nsctl.Mount) nsctl.Mount {
	if m.ID == 0 {
		m.ID = was.ID
	}
	return m
}

// kindsOf says in which ways a mount has changed. The parents are those before and after;
// nil where unknown. A mount whose path has changed only because that of its parent has
// did not move.
func kindsOf(was, m, parentWas, parent *nsctl.Mount) (kinds []nsctl.EventKind) {
	if was.ParentID != m.ParentID || was.Mountpoint != m.Mountpoint && !carriedAlong(was, m, parentWas, parent) {
		kinds = append(kinds, nsctl.EventMove)
	}
	a, b := was.Propagation, m.Propagation
	if a.Shared != b.Shared || a.Master != b.Master || a.Unbindable != b.Unbindable {
		kinds = append(kinds, nsctl.EventPropagation)
	}
	if was.Options != m.Options || was.SuperOptions != m.SuperOptions {
		kinds = append(kinds, nsctl.EventRemount)
	}
	return kinds
}

func carriedAlong(was, m, parentWas, parent *nsctl.Mount) bool {
	if parentWas == nil || parent == nil {
		return false
	}
	before, ok := graph.Below(parentWas.Mountpoint, was.Mountpoint)
	after, too := graph.Below(parent.Mountpoint, m.Mountpoint)
	return ok && too && before == after
}
