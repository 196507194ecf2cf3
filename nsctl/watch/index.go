package watch

import "mntscope/nsctl"

// group is a peer group.
type group struct {
	members map[*space]int
	slaves  map[ref]bool // the mounts whose master it is, whether or not they are shared too
	master  nsctl.GroupID
}

// link puts a mount into the indexes.
func (st *state) link(s *space, m *nsctl.Mount) {
	r := refOf(s, m)
	st.owners[m.MntID] = r
	st.devs[m.Dev]++
	if m.ID != 0 {
		st.unique[m.ID] = s
	}
	if id := m.Propagation.Shared; id != 0 {
		g := st.group(id)
		g.members[s]++
		if g.master != m.Propagation.Master {
			g.master, st.rewired = m.Propagation.Master, true
		}
	}
	if id := m.Propagation.Master; id != 0 {
		st.group(id).slaves[r] = true
	}
}

func (st *state) group(id nsctl.GroupID) *group {
	g := st.groups[id]
	if g == nil {
		g = &group{members: map[*space]int{}, slaves: map[ref]bool{}}
		st.groups[id] = g
	}
	return g
}

// unlink takes a mount out of the indexes. It gives the group that it was the last
// member of, if any: the kernel gives the slaves of that another master.
func (st *state) unlink(s *space, m *nsctl.Mount) (ended []nsctl.GroupID) {
	r := refOf(s, m)
	if st.owners[m.MntID] == r {
		delete(st.owners, m.MntID)
	}
	if m.ID != 0 && st.unique[m.ID] == s {
		delete(st.unique, m.ID)
	}
	if st.devs[m.Dev]--; st.devs[m.Dev] == 0 {
		delete(st.devs, m.Dev)
	}
	if id := m.Propagation.Master; id != 0 {
		g := st.group(id)
		delete(g.slaves, r)
		st.forget(id, g)
	}
	if id := m.Propagation.Shared; id != 0 {
		g := st.group(id)
		if g.members[s]--; g.members[s] <= 0 {
			delete(g.members, s)
		}
		if len(g.members) == 0 {
			st.rewired = st.rewired || len(g.slaves) > 0
			ended = append(ended, id)
		}
		st.forget(id, g)
	}
	return ended
}

// hasMember says whether a mount of a filesystem is in a group. All members of one are of
// the same filesystem, while the number of one that has ended is used again at once.
func (st *state) hasMember(id nsctl.GroupID, dev nsctl.Dev) bool {
	g := st.groups[id]
	if g == nil {
		return false
	}
	for s := range g.members {
		for i := range s.mounts {
			if s.mounts[i].Propagation.Shared == id && s.mounts[i].Dev == dev {
				return true
			}
		}
	}
	return false
}

func (st *state) forget(id nsctl.GroupID, g *group) {
	if len(g.members) == 0 && len(g.slaves) == 0 {
		delete(st.groups, id)
	}
}

// propagateFrom gives the nearest group up the chain of masters that has a member in the
// mount's own namespace, as mountinfo shows it there: not if that is the immediate master.
// Where the chain leads to a group without a known member, what is known stays.
func (st *state) propagateFrom(s *space, m *nsctl.Mount) nsctl.GroupID {
	id := m.Propagation.Master
	for range len(st.groups) { // a loop, which no kernel makes, ends
		g := st.groups[id]
		switch {
		case id == 0:
			return 0
		case g == nil || len(g.members) == 0:
			return m.Propagation.PropagateFrom
		case g.members[s] > 0 && id == m.Propagation.Master:
			return 0
		case g.members[s] > 0:
			return id
		}
		id = g.master
	}
	return 0
}
