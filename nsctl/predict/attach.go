package predict

import (
	"slices"

	"mntscope/nsctl"
)

// attachment is a tree on its way to a place.
type attachment struct {
	source *mount
	dest   *mount // what it is mounted in
	at     dentry
	moving bool // from another place in the namespace
	rule   string
}

// attachRecursive mirrors attach_recursive_mnt: it puts a tree in its place, and a copy of
// it in every mount that receives from there. All of it happens, or nothing.
func (w *world) attachRecursive(a attachment) *refusal {
	w.doneAt(a.dest, a.at, false)
	added := map[*space]int{}
	if !a.moving {
		if r := w.countMounts(added, a.dest.space, a.source); r != nil {
			return r
		}
	}
	var copies []*mount
	if a.dest.shared() {
		if w.unread() {
			w.note("copies can appear in namespaces that could not be read, too")
		}
		tree := w.tree(a.source)
		for _, m := range tree { // invent_group_ids
			if m.group == nil {
				w.changing(m, "in a shared mount everything is shared")
				m.invented = true
				w.share(m)
			}
		}
		var r *refusal
		if copies, r = w.propagateMnt(a, added); r != nil {
			return r
		}
		for _, m := range tree { // set_mnt_shared
			m.invented = false
		}
	}
	if a.moving {
		w.moving(a.source, a.rule).origin = true
	}
	w.commit(a.source, a.dest, a.at, a.rule, nil)
	for _, c := range copies {
		w.commit(c, c.parent, c.mp, "propagation: "+a.rule, w.viaOf(a.dest, c.parent))
	}
	return nil
}

// viaOf says how something came from one mount to another.
func (w *world) viaOf(from, to *mount) *nsctl.Via {
	via := from.group
	if to.group != from.group {
		via = to.masterGroup()
	}
	return &nsctl.Via{Group: via.id, MntID: to.id}
}

// commit puts one tree in its place, and what covers that place on top of it.
func (w *world) commit(top, parent *mount, at dentry, rule string, via *nsctl.Via) {
	covered := w.lookup(parent, at)
	if parent.space.owner() != w.home().owner() {
		w.lockTree(top)
	}
	w.attach(top, parent, at)
	for _, m := range w.tree(top) {
		if m.fresh && m.space == nil {
			m.space = parent.space
			m.space.count++
			e := w.appears(m, rule, via)
			e.origin = m == top && via == nil
		}
	}
	if covered == nil {
		return
	}
	under := w.topmost(top)
	if w.kernel.lockMovesDown && w.locked(covered) {
		top.lock, top.guessed = nsctl.Locked, covered.guessed
		covered.lock, covered.guessed = nsctl.Unlocked, false
	}
	w.moving(covered, "tucked beneath: what is there already stays on top")
	w.attach(covered, under, under.root)
}

// lockTree mirrors lock_mnt_tree: nobody of the other user namespace may take a part of
// the tree away and see what it covers.
func (w *world) lockTree(top *mount) {
	for _, m := range w.tree(top) {
		if m != top {
			m.lock, m.guessed = nsctl.Locked, false
		}
	}
}

// countMounts mirrors count_mounts: no namespace holds more than fs.mount-max.
func (w *world) countMounts(added map[*space]int, s *space, tree *mount) *refusal {
	n := len(w.tree(tree))
	limit := w.g.Snapshot().Host.MountMax
	if limit == 0 {
		limit = defaultMountMax
	}
	added[s] += n
	if s.count+added[s] > limit {
		return refuse("ENOSPC", "%v would hold more than %d mounts (fs.mount-max); nothing is mounted anywhere then", s.info.NS, limit)
	}
	return nil
}

// defaultMountMax is fs.mount-max unless somebody changed it (sysctl_mount_max).
const defaultMountMax = 100_000

// NoteOrderOfSlaves is what a prediction says where a group is passed over between copies
// above and below it. find_master then depends on which single mounts of a group its
// slaves hang on, and in which order, which the kernel shows nowhere: for the copies in
// other slaves of the group above it may go up further than to the nearest copy.
const NoteOrderOfSlaves = "between the mounts that are reached is a group that is not: some of the new mounts may become slaves of a group further up than said here"

// propagateMnt mirrors propagate_mnt: it makes a copy of a tree for each mount that
// receives from the one that the tree is to be attached to, and links the copies as
// the receivers are linked. Where no mount of a group shows the place, what is
// further down becomes a slave of the nearest copy above (find_master).
func (w *world) propagateMnt(a attachment, added map[*space]int) (copies []*mount, refused *refusal) {
	type step struct {
		g     *group
		above *mount // the nearest copy up the masters
		over  bool   // a group in between shows the place in none of its mounts
	}
	one := func(receiver, from *mount, how copyFlags) *mount {
		c, r := w.copyTree(from, from.root, how)
		if r == nil {
			c.parent, c.mp = receiver, a.at
			copies = append(copies, c)
			r = w.countMounts(added, receiver.space, c)
		}
		if r != nil && refused == nil {
			refused = r
		}
		return c
	}
	todo := []step{{a.dest.group, a.source, false}}
	for len(todo) > 0 && refused == nil {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		g, last := w.know(at.g), at.above
		first := g != a.dest.group
		for _, n := range slices.Clone(g.members) {
			if n == a.dest || !w.needSecondary(n, a.at) || refused != nil {
				continue
			}
			if n.invented { // a slave in the tree itself, which is not shared yet
				one(n, last, copyFlags{slave: true})
				continue
			}
			if at.over {
				w.note(NoteOrderOfSlaves)
			}
			last = one(n, last, copyFlags{slave: first, makeShared: true})
			first = false
		}
		if g.ghost && len(g.members) == 0 {
			w.note("shared:%d has members that the snapshot does not show: copies are made there as well, and those further down are slaves of them", g.id)
		}
		over := at.over || first && !g.ghost
		for _, n := range slices.Clone(g.slaves) {
			if refused == nil && w.needSecondary(n, a.at) {
				if over {
					w.note(NoteOrderOfSlaves)
				}
				one(n, last, copyFlags{slave: true})
			}
		}
		for i := len(g.children) - 1; i >= 0; i-- {
			todo = append(todo, step{g.children[i], last, over})
		}
	}
	return copies, refused
}

// needSecondary mirrors need_secondary. Detached mounts are in no table.
func (w *world) needSecondary(n *mount, at dentry) bool {
	if n.fresh {
		return false
	}
	_, ok := at.under(n.root)
	return ok
}
