package graph

import (
	"slices"

	"mntscope/nsctl"
)

// groups are the peer groups of a host, numbered in order of their ids, and as a
// forest the master of each. Mounts are numbered through all namespaces.
type groups struct {
	forest
	ids    []nsctl.GroupID // ascending
	number map[nsctl.GroupID]int32

	first []int32 // the number of the first mount of each namespace
	// Of each mount: the namespace it is in, the group it is a member of, and the
	// group that is its master.
	space, memberOf, masterOf []int32

	members lists // of each group, the mounts that are in it
	slaves  lists // of each group, the mounts that it is the master of and that are in no group themselves
}

// newGroups collects the groups, and the master of each as far as a member says
// it. All members of a group have the same master; in a torn or forged snapshot
// that says otherwise, the first member counts.
func newGroups(s *nsctl.Snapshot) groups {
	var g groups
	g.numberGroups(s)
	g.numberMounts(s)

	g.members = bucket(len(g.ids), g.memberOf)
	slaveOf := make([]int32, len(g.space))
	for m, group := range g.memberOf {
		slaveOf[m] = none
		if group == none {
			slaveOf[m] = g.masterOf[m]
		}
	}
	g.slaves = bucket(len(g.ids), slaveOf)

	master := make([]int32, len(g.ids))
	for i := range master {
		master[i] = none
		if members := g.members.of(int32(i)); len(members) > 0 {
			master[i] = g.masterOf[members[0]]
		}
	}
	g.forest = newForest(master)
	return g
}

func (g *groups) numberMounts(s *nsctl.Snapshot) {
	total := 0
	g.first = make([]int32, len(s.Namespaces))
	for i := range s.Namespaces {
		g.first[i] = int32(total)
		total += len(s.Namespaces[i].Mounts)
	}
	g.space, g.memberOf, g.masterOf = make([]int32, total), make([]int32, total), make([]int32, total)
	n := 0
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := &s.Namespaces[i].Mounts[j].Propagation
			g.space[n], g.memberOf[n], g.masterOf[n] = int32(i), g.numberOf(p.Shared), g.numberOf(p.Master)
			n++
		}
	}
}

func (g *groups) numberGroups(s *nsctl.Snapshot) {
	g.number = map[nsctl.GroupID]int32{}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := &s.Namespaces[i].Mounts[j].Propagation
			for _, id := range [...]nsctl.GroupID{p.Shared, p.Master, p.PropagateFrom} {
				if id != 0 {
					g.number[id] = none
				}
			}
		}
	}
	g.ids = make([]nsctl.GroupID, 0, len(g.number))
	for id := range g.number {
		g.ids = append(g.ids, id)
	}
	slices.Sort(g.ids)
	for i, id := range g.ids {
		g.number[id] = int32(i)
	}
}

// numberOf gives the number of a group, or none for id 0.
func (g *groups) numberOf(id nsctl.GroupID) int32 {
	if id == 0 {
		return none
	}
	return g.number[id]
}

// ghost says that no visible mount is in the group.
func (g *groups) ghost(group int32) bool { return len(g.members.of(group)) == 0 }

// mount gives the number of a mount. The opposite is ref.
func (g *groups) mount(r Ref) int32 { return g.first[r.NS] + int32(r.Mount) }

// ref turns the number of a mount into its position.
func (g *groups) ref(mount int32) Ref {
	ns := g.space[mount]
	return Ref{int(ns), int(mount - g.first[ns])}
}

// tops gives for each group the one at the upper end of its chain of masters.
func (g *groups) tops() []int32 {
	top := make([]int32, len(g.ids))
	for _, group := range g.topDown() {
		top[group] = group
		if p := g.parent[group]; p != none {
			top[group] = top[p]
		}
	}
	return top
}

// depths gives for each group how many masters are above it.
func (g *groups) depths() []int32 {
	depth := make([]int32, len(g.ids))
	for _, group := range g.topDown() {
		if p := g.parent[group]; p != none {
			depth[group] = depth[p] + 1
		}
	}
	return depth
}

// linkGhosts puts each ghost at the end of a chain of masters below the group
// that the kernel says the chain goes on to. The propagate_from:X of a slave
// names a group on its chain, so if the visible part of the chain ends at a
// ghost without coming to X, the ghost receives from X, directly or through
// groups that no visible mount shows.
func (g *groups) linkGhosts(s *nsctl.Snapshot) {
	type link struct{ ghost, under int32 }
	var links []link
	top := g.tops()
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := &s.Namespaces[i].Mounts[j].Propagation
			if p.PropagateFrom == 0 || p.Master == 0 {
				continue
			}
			end, under := top[g.numberOf(p.Master)], g.numberOf(p.PropagateFrom)
			if g.ghost(end) && top[under] != end {
				links = append(links, link{end, under})
			}
		}
	}
	if len(links) == 0 {
		return
	}
	// Slaves in different namespaces may name different groups, all of them on
	// the chain: the lowest is the nearest. How low a group is may itself depend
	// on the links, which are known the second time round.
	for range 2 {
		depth := g.depths()
		for _, l := range links {
			if at := g.parent[l.ghost]; at == none || depth[l.under] > depth[at] {
				g.parent[l.ghost] = l.under
			}
		}
		g.forest = newForest(g.parent)
	}
}
