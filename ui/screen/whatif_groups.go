package screen

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// groupMark says what would become of a peer group.
type groupMark struct {
	marked bool // by kind; otherwise only some of its mounts are
	kind   markKind
	// How many of its mounts would join and leave, the members and the slaves.
	join, leave [2]int
}

// berths are the two kinds of berth in a group.
const (
	asMember = 0
	asSlave  = 1
)

// berth is where a mount stands in the forest: in a group, or below one as a slave.
type berth struct {
	group nsctl.GroupID // 0 for nowhere
	slave bool
}

func (b berth) kind() int {
	if b.slave {
		return asSlave
	}
	return asMember
}

func berthOf(p nsctl.Propagation) berth {
	if p.Shared != 0 {
		return berth{p.Shared, false}
	}
	return berth{p.Master, true}
}

// before gives the propagation that a mount with an effect had.
func (k Mark) before() nsctl.Propagation {
	switch e := k.Effect; {
	case e.Kind == nsctl.EffectUmount:
		return e.Mount.Propagation
	case e.Was != nil:
		return e.Was.Propagation
	case e.Kind == nsctl.EffectMount:
		return nsctl.Propagation{}
	}
	return k.Effect.Mount.Propagation
}

// markGroups finds out which groups would come, go, or get another master, and puts the
// mounts that would leave a group back into it. It comes before the positions in the
// forest are used.
func (h *Host) markGroups(was *Host) {
	at := make(map[nsctl.GroupID]int, len(h.Forest.Groups))
	for i := range h.Forest.Groups {
		g := &h.Forest.Groups[i]
		at[g.ID] = i
		old, ok := was.groupAt[g.ID]
		switch {
		case !ok:
			h.whatIf.groups[g.ID] = groupMark{marked: true, kind: appears}
		case was.Forest.Groups[old].Master != g.Master:
			h.whatIf.groups[g.ID] = groupMark{marked: true, kind: changes}
		}
	}
	leavers := map[nsctl.GroupID][]graph.Ref{}
	for r, mark := range h.whatIf.marks {
		if mark.Effect == nil {
			continue
		}
		from, to := berthOf(mark.before()), berthOf(h.Mount(r).Propagation)
		if from == to {
			continue
		}
		h.joinGroup(to)
		h.leaveGroup(from)
		if from.group != 0 {
			leavers[from.group] = append(leavers[from.group], r)
		}
	}
	for id, refs := range leavers {
		if i, ok := at[id]; ok {
			h.putBack(&h.Forest.Groups[i], refs)
			continue
		}
		gone := graph.Group{ID: id}
		if i, ok := was.groupAt[id]; ok {
			gone.Master = was.Forest.Groups[i].Master
		}
		h.putBack(&gone, refs)
		mark := h.whatIf.groups[id]
		mark.marked, mark.kind = true, vanishes
		h.whatIf.groups[id] = mark
		h.Forest.Groups = append(h.Forest.Groups, gone)
	}
	h.relinkForest(len(at))
}

func (h *Host) joinGroup(to berth) {
	mark := h.whatIf.groups[to.group]
	mark.join[to.kind()]++
	h.whatIf.groups[to.group] = mark
}

func (h *Host) leaveGroup(from berth) {
	mark := h.whatIf.groups[from.group]
	mark.leave[from.kind()]++
	h.whatIf.groups[from.group] = mark
}

// putBack adds mounts to the group that they would leave.
func (h *Host) putBack(g *graph.Group, refs []graph.Ref) {
	for _, r := range refs {
		mark := h.whatIf.marks[r]
		m := h.Mount(r)
		member := graph.Member{Ref: r, NS: h.Namespace(r.NS).NS, MntID: m.MntID, Mountpoint: m.Mountpoint}
		if berthOf(mark.before()).slave {
			g.Slaves = append(g.Slaves, member)
		} else {
			g.Members = append(g.Members, member)
		}
	}
	for _, list := range [][]graph.Member{g.Members, g.Slaves} {
		slices.SortFunc(list, func(a, b graph.Member) int {
			return cmp.Or(cmp.Compare(a.Ref.NS, b.Ref.NS), cmp.Compare(a.Ref.Mount, b.Ref.Mount))
		})
	}
}

// relinkForest puts the groups that were added behind the first known ones below their
// masters, and all in order.
func (h *Host) relinkForest(known int) {
	groups := h.Forest.Groups
	if len(groups) == known {
		return
	}
	gone := slices.Clone(groups[known:])
	slices.SortFunc(groups, func(a, b graph.Group) int { return cmp.Compare(a.ID, b.ID) })
	find := func(id nsctl.GroupID) (int, bool) {
		return slices.BinarySearchFunc(groups, id, func(g graph.Group, id nsctl.GroupID) int { return cmp.Compare(g.ID, id) })
	}
	for _, g := range gone {
		if master, ok := find(g.Master); ok && g.Master != 0 {
			groups[master].Children = append(groups[master].Children, g.ID)
			slices.Sort(groups[master].Children)
		} else if at, ok := find(g.ID); ok {
			groups[at].Master = 0 // it is not in sight, neither before nor after
		}
	}
}

// groupMark gives the mark on a group, and how many of its mounts would join and leave.
func (h *Host) groupMark(id nsctl.GroupID) groupMark {
	if h.whatIf == nil {
		return groupMark{}
	}
	return h.whatIf.groups[id]
}

// leaves reports whether a mount would leave a group that it is shown in.
func (h *Host) leaves(r graph.Ref, from berth) bool {
	_, ok := h.Mark(r)
	return ok && berthOf(h.Mount(r).Propagation) != from
}
