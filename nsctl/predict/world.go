package predict

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// world is the host while one operation is played through on it. It holds what the
// operation comes near to, taken from the snapshot when it is first needed, so that
// its cost grows with what is affected and not with the host.
type world struct {
	*Host
	by      Caller
	root    *mount // at the caller's root directory
	next    numbers
	spaces  map[int]*space
	loaded  map[graph.Ref]*mount
	groups  map[nsctl.GroupID]*group
	points  map[dentry]map[graph.Ref]graph.Ref // of each dentry that was asked for: what is mounted there, by parent
	made    []*mount                           // by this operation, in order of their ids
	effects []*effect
	notes   notes
	seen    map[spot]nsctl.Seen // what Look answered
	moved   bool                // mounts below others may have other paths than before
	// site and siteAt are the mount and the directory that the operation mounts on or
	// unmounts from, for telling who is not reached.
	site      *mount
	siteAt    dentry
	umounting bool
}

// space is a mount namespace.
type space struct {
	pos   int
	info  *nsctl.NamespaceInfo
	count int // mounts, as the kernel counts them for mount-max
}

// mount is a mount as the operation finds it, and changes it: struct mount.
type mount struct {
	ref   graph.Ref    // in the snapshot, unless fresh
	attr  *nsctl.Mount // what does not change, and how it was
	id    nsctl.MountID
	space *space // nil for one that is not attached yet
	// parent is nil at the top of a table; above it may be a mount that no table shows,
	// with the number attr.ParentID.
	parent *mount
	mp     dentry // where in parent
	root   dentry
	extra  []*mount // children that it got by this operation

	group      *group
	master     *group // of a mount that is in no group; a group has a master of its own
	seat       int    // its place among the members of group, or the slaves of master
	unbindable bool
	lock       nsctl.LockState
	guessed    bool // lock is

	fresh     bool // made by this operation: IS_MNT_NEW
	invented  bool // has a group id, but is not shared yet (invent_group_ids)
	gone      bool // MNT_UMOUNT
	candidate bool // T_UMOUNT_CANDIDATE
	marked    bool // T_MARKED
	verdict   verdict
	changed   *effect
}

func newWorld(h *Host, by Caller) (*world, error) {
	w := &world{
		Host: h, by: by, next: h.next, spaces: map[int]*space{}, loaded: map[graph.Ref]*mount{},
		groups: map[nsctl.GroupID]*group{}, points: map[dentry]map[graph.Ref]graph.Ref{}, seen: map[spot]nsctl.Seen{},
	}
	if w.by.Root == nil {
		w.by.Root = h.g.Entry
	}
	root, ok := w.by.Root(by.NS)
	if !ok {
		return nil, noRootError{h.g.Namespace(by.NS).NS}
	}
	w.root = w.mount(root)
	return w, nil
}

// home is the namespace that the operation is done in.
func (w *world) home() *space { return w.space(w.by.NS) }

func (w *world) space(pos int) *space {
	s, ok := w.spaces[pos]
	if !ok {
		ns := w.g.Namespace(pos)
		s = &space{pos: pos, info: &ns.NamespaceInfo, count: len(ns.Mounts)}
		for _, r := range w.g.Roots(pos) {
			if hasHiddenParent(w.g.Mount(r)) {
				s.count++ // the mount that every namespace has below "/"
				break
			}
		}
		w.spaces[pos] = s
	}
	return s
}

// hasHiddenParent says that there is a mount above one that has no parent in its table
// (mnt_has_parent): the absolute root of a namespace is its own parent.
func hasHiddenParent(m *nsctl.Mount) bool { return m.ParentID != m.MntID && m.ParentID != 0 }

// mount gives a mount of the snapshot.
func (w *world) mount(r graph.Ref) *mount {
	if m, ok := w.loaded[r]; ok {
		return m
	}
	attr := w.g.Mount(r)
	m := &mount{
		ref: r, attr: attr, id: attr.MntID, space: w.space(r.NS), root: rootOf(attr),
		unbindable: attr.Propagation.Unbindable, lock: attr.Locked,
	}
	w.loaded[r] = m
	if p, ok := w.g.Parent(r); ok {
		m.mp = mountpoint(w.g.Mount(p), attr)
		m.parent = w.mount(p)
	}
	if id := attr.Propagation.Shared; id != 0 {
		m.group = w.group(id)
	} else if id := attr.Propagation.Master; id != 0 {
		m.master = w.group(id)
	}
	return m
}

// hasParent mirrors mnt_has_parent.
func (m *mount) hasParent() bool { return m.parent != nil || hasHiddenParent(m.attr) }

func (m *mount) shared() bool { return m.group != nil }

func (m *mount) slave() bool { return m.masterGroup() != nil }

// masterGroup gives the group that m receives from.
func (m *mount) masterGroup() *group {
	if m.group != nil {
		return m.group.master
	}
	return m.master
}

// owner is the user namespace that owns the namespace of m.
func (s *space) owner() nsctl.UserNSNumber { return s.info.OwnerUserNS }

// kids gives what is mounted in m, in the order in which the kernel has it, as far as
// that is known: the order of their ids, then what was attached by this operation.
func (w *world) kids(m *mount) []*mount {
	var list []*mount
	if !m.fresh {
		for _, r := range w.g.Children(m.ref) {
			if c := w.mount(r); c.parent == m && !c.gone && !isIn(c, m.extra) {
				list = append(list, c)
			}
		}
	}
	for _, c := range m.extra {
		if c.parent == m && !c.gone {
			list = append(list, c)
		}
	}
	return list
}

func isIn(m *mount, list []*mount) bool {
	for _, other := range list {
		if other == m {
			return true
		}
	}
	return false
}

// tree gives m and everything below it, each mount before its children (next_mnt).
func (w *world) tree(m *mount) []*mount {
	var list []*mount
	stack := []*mount{m}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		list = append(list, at)
		kids := w.kids(at)
		for i := len(kids) - 1; i >= 0; i-- {
			stack = append(stack, kids[i])
		}
	}
	return list
}

// lookup gives what is mounted in p at a dentry (__lookup_mnt), or nil.
func (w *world) lookup(p *mount, at dentry) *mount {
	for i := len(p.extra) - 1; i >= 0; i-- {
		if c := p.extra[i]; c.parent == p && c.mp == at && !c.gone {
			return c
		}
	}
	if p.fresh {
		return nil
	}
	r, ok := w.at(at)[p.ref]
	if !ok {
		return nil
	}
	if c := w.mount(r); c.parent == p && c.mp == at && !c.gone {
		return c
	}
	return nil
}

// at gives what the snapshot has on a dentry, by parent. Of two mounts of one parent at
// one place, as only a torn table has, the later one counts as in package graph.
func (w *world) at(d dentry) map[graph.Ref]graph.Ref {
	if byParent, ok := w.points[d]; ok {
		return byParent
	}
	list := w.mountedOn.of(d)
	var byParent map[graph.Ref]graph.Ref
	if len(list) > 0 {
		byParent = make(map[graph.Ref]graph.Ref, len(list))
		for _, r := range list {
			if p, ok := w.g.Parent(r); ok {
				byParent[p] = r
			}
		}
	}
	w.points[d] = byParent
	return byParent
}

// overmount gives what covers the root of m.
func (w *world) overmount(m *mount) *mount { return w.lookup(m, m.root) }

// topmost mirrors topmost_overmount.
func (w *world) topmost(m *mount) *mount {
	for steps := 0; ; steps++ {
		over := w.overmount(m)
		if over == nil || steps > maxStack {
			return m
		}
		m = over
	}
}

// maxStack ends the climb in a forged snapshot. Real stacks are lower: a namespace holds
// no more mounts than mount-max.
const maxStack = 1 << 20

// attach puts a mount, which is nowhere, in its place (attach_mnt).
func (w *world) attach(m, parent *mount, at dentry) {
	m.parent, m.mp = parent, at
	parent.extra = append(parent.extra, m)
}

// path gives the mount point of m as its namespace shows it.
func (w *world) path(m *mount) string {
	switch {
	case m.parent == nil, !m.fresh && !w.moved:
		return m.attr.Mountpoint
	}
	rest, ok := m.mp.under(m.parent.root)
	if !ok {
		return m.attr.Mountpoint
	}
	return graph.Join(w.path(m.parent), rest)
}
