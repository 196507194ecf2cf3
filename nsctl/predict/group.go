package predict

import (
	"slices"

	"mntscope/nsctl"
)

// group is a peer group. The kernel has rings of mounts and, hanging on single mounts,
// lists of slaves; which of its peers a slave hangs on never shows, so here they hang
// on the group.
type group struct {
	id       nsctl.GroupID
	known    bool // members, slaves and children were taken from the snapshot
	fresh    bool
	members  []*mount
	slaves   []*mount // that are in no group themselves
	children []*group
	master   *group
	// ghost says that members exist, but none that the snapshot shows.
	ghost bool
}

// group gives a group of the snapshot, of which nothing but the master is known yet.
func (w *world) group(id nsctl.GroupID) *group {
	g, ok := w.groups[id]
	if ok {
		return g
	}
	g = &group{id: id}
	w.groups[id] = g
	if master, ghost := w.g.Master(id); master != 0 && !ghost {
		g.master = w.group(master)
	}
	return g
}

// know takes the mounts of a group from the snapshot. It must be called before any of
// them leaves; what is fresh may come and go before.
func (w *world) know(g *group) *group {
	if g.known || g.fresh {
		return g
	}
	g.known = true
	links, ok := w.g.Links(g.id)
	if !ok {
		return g
	}
	g.ghost = len(links.Members) == 0
	for _, r := range links.Members {
		g.members = seated(g.members, w.mount(r))
	}
	for _, r := range links.Slaves {
		g.slaves = seated(g.slaves, w.mount(r))
	}
	for _, id := range links.Children {
		g.children = append(g.children, w.group(id))
	}
	return g
}

func (w *world) newGroup() *group {
	g := &group{id: w.next.group, fresh: true}
	w.next.group++
	return g
}

// join makes a mount, which is in no group, a member. What master it had of its own is
// forgotten: members have that of the group.
func (w *world) join(m *mount, g *group) {
	w.setMaster(m, nil)
	m.group = g
	g.members = seated(g.members, m)
}

// share puts a mount into a new group, as set_mnt_shared does with a group id that was
// allocated for it. It keeps its master.
func (w *world) share(m *mount) {
	if m.group != nil {
		return
	}
	g := w.newGroup()
	w.setGroupMaster(g, m.master)
	w.join(m, g)
}

// setMaster changes the master of a mount that is in no group.
func (w *world) setMaster(m *mount, master *group) {
	if m.master == master {
		return
	}
	if old := m.master; old != nil {
		if !m.fresh {
			w.know(old)
		}
		old.slaves = unseated(old.slaves, m)
	}
	m.master = master
	if master != nil {
		master.slaves = seated(master.slaves, m)
	}
}

// setGroupMaster changes the master of a group.
func (w *world) setGroupMaster(g, master *group) {
	if g.master == master {
		return
	}
	if old := g.master; old != nil {
		if !g.fresh {
			w.know(old)
		}
		if i := slices.Index(old.children, g); i >= 0 {
			old.children = slices.Delete(old.children, i, i+1)
		}
	}
	g.master = master
	if master != nil {
		master.children = append(master.children, g)
	}
}

// seated adds a mount to a list of members or slaves, of which it is in one at most.
func seated(list []*mount, m *mount) []*mount {
	m.seat = len(list)
	return append(list, m)
}

// unseated removes a mount, and moves the last one to its place: the order of a ring does
// not show.
func unseated(list []*mount, m *mount) []*mount {
	last := len(list) - 1
	list[m.seat] = list[last]
	list[m.seat].seat = m.seat
	return list[:last]
}

// leave takes a mount out of its group, and gives what it then is a slave of if it is to
// be one: its old peers, or without any its own master. A group whose last member leaves
// is no more; its slaves go to that master too, or to none (change_mnt_propagation,
// transfer_propagation).
func (w *world) leave(m *mount) (source *group) {
	g := m.group
	if g == nil {
		return m.master
	}
	if !m.fresh {
		w.know(g)
	}
	m.group = nil
	g.members = unseated(g.members, m)
	if len(g.members) > 0 || !g.fresh && !g.known {
		return g
	}
	if !g.fresh {
		w.noteUnseenMembers(g)
	}
	master := g.master
	w.transfer(g, master)
	w.setGroupMaster(g, nil)
	return master
}

// transfer hands the slaves of a group on.
func (w *world) transfer(g, to *group) {
	const rule = "the last mount of the group that it received from left"
	for _, s := range slices.Clone(g.slaves) {
		w.changing(s, rule)
		w.setMaster(s, to)
	}
	for _, c := range slices.Clone(g.children) {
		for _, m := range w.know(c).members {
			w.changing(m, rule)
		}
		w.setGroupMaster(c, to)
	}
}

// propagation gives how m takes part in propagation now.
func (m *mount) propagation() nsctl.Propagation {
	p := nsctl.Propagation{Unbindable: m.unbindable}
	if m.group != nil {
		p.Shared = m.group.id
	}
	if master := m.masterGroup(); master != nil {
		p.Master = master.id
	}
	return p
}

// receivers gives the mounts that are linked to p as receivers: all that a mount or
// umount in p reaches, by group, p's own first, each group before those that receive
// from it (propagation_next). Those that are fresh are left out.
func (w *world) receivers(p *mount) []*mount {
	if p.group == nil {
		return nil
	}
	var list []*mount
	queue := []*group{p.group}
	for next := 0; next < len(queue); next++ {
		g := w.know(queue[next])
		for _, m := range g.members {
			if m != p && !m.fresh {
				list = append(list, m)
			}
		}
		for _, m := range g.slaves {
			if !m.fresh {
				list = append(list, m)
			}
		}
		queue = append(queue, g.children...)
	}
	return list
}
