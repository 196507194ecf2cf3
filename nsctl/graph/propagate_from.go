package graph

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
)

// PropagateFrom sets Propagation.PropagateFrom of every mount in some namespaces
// of a snapshot that is still being made, given by position, to what mountinfo
// shows there (get_dominating_id in fs/pnode.c): the nearest group up the chain of
// masters that has a member in the mount's own namespace, or 0 if the immediate
// master has one or no master has.
//
// The kernel finds it by walking around whole peer groups for each single slave,
// which makes it quadratic; this is linear in the number of mounts on the host.
// It needs the propagation of all mounts of the whole host, for the masters of
// groups are seen in any namespace, and whole tables of the namespaces it is
// asked for, as a process with the namespace's own root directory sees them.
//
// It cannot know the answer for a slave whose chain ends at a group with no
// visible member, before any group of its own namespace, if that namespace has
// another group on the same filesystem which might be further up. These mounts it
// leaves as they are, and returns them in order: ask the kernel for them.
func PropagateFrom(s *nsctl.Snapshot, namespaces []int) (unknown []Ref) {
	d := dominating{groups: newGroups(s), s: s, wanted: make([]bool, len(s.Namespaces)), nearest: make([]int32, len(s.Namespaces))}
	d.fed = bucket(len(d.ids), d.masterOf)
	for _, ns := range namespaces {
		d.wanted[ns] = true
	}
	for ns := range d.nearest {
		d.nearest[ns] = none
	}
	for _, top := range d.roots() {
		d.descend(top)
	}
	return d.unknown()
}

// dominating goes down every chain of masters once, and knows on the way for each
// namespace the nearest group above that has a member there.
type dominating struct {
	groups
	s       *nsctl.Snapshot
	fed     lists   // of each group, the mounts that it is the master of, members of other groups or not
	wanted  []bool  // the namespaces that were asked for
	nearest []int32 // of each namespace
	open    []openEnd
}

// openEnd is a slave whose chain of masters ends at a ghost.
type openEnd struct {
	mount, top int32
}

// descend visits a tree of groups, each after its master.
func (d *dominating) descend(top int32) {
	type change struct{ ns, before int32 }
	var changes []change // of nearest, to be taken back on the way up
	var marks []int      // for each group on the way down, where its changes begin
	todo := []int32{top}
	for len(todo) > 0 {
		group := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if group < 0 { // everything below ^group was visited
			mark := marks[len(marks)-1]
			marks = marks[:len(marks)-1]
			for _, c := range changes[mark:] {
				d.nearest[c.ns] = c.before
			}
			changes = changes[:mark]
			continue
		}
		marks = append(marks, len(changes))
		for _, m := range d.members.of(group) {
			if ns := d.space[m]; d.nearest[ns] != group {
				changes = append(changes, change{ns, d.nearest[ns]})
				d.nearest[ns] = group
			}
		}
		d.answer(group, top)
		todo = append(append(todo, ^group), d.children.of(group)...)
	}
}

// answer sets propagate_from of all mounts whose immediate master is group.
func (d *dominating) answer(group, top int32) {
	for _, m := range d.fed.of(group) {
		ns := d.space[m]
		if !d.wanted[ns] {
			continue
		}
		from := &d.at(m).Propagation.PropagateFrom
		switch near := d.nearest[ns]; {
		case near == none && d.ghost(top):
			d.open = append(d.open, openEnd{m, top})
		case near == none || near == group:
			*from = 0
		default:
			*from = d.ids[near]
		}
	}
}

func (d *dominating) at(m int32) *nsctl.Mount {
	r := d.ref(m)
	return &d.s.Namespaces[r.NS].Mounts[r.Mount]
}

// unknown decides about the slaves whose chain has an open end. What is beyond it
// can only be a group of another tree, with a member in the slave's namespace, on
// the same filesystem: all mounts that propagation links are clones of one mount,
// or were linked by MOVE_MOUNT_SET_GROUP, which insists on one filesystem.
func (d *dominating) unknown() []Ref {
	if len(d.open) == 0 {
		return nil
	}
	type place struct {
		ns  int32
		dev nsctl.Dev
	}
	type tops struct {
		one  int32
		more bool
	}
	asked := make([]bool, len(d.s.Namespaces))
	for _, o := range d.open {
		asked[d.space[o.mount]] = true
	}
	trees := map[place]tops{}
	top := d.tops()
	for m, ns := range d.space {
		if !asked[ns] || d.memberOf[m] == none {
			continue
		}
		t := top[d.memberOf[m]]
		at := place{ns, d.at(int32(m)).Dev}
		seen, ok := trees[at]
		trees[at] = tops{t, ok && (seen.more || seen.one != t)}
	}

	var unknown []Ref
	for _, o := range d.open {
		m := d.at(o.mount)
		seen, ok := trees[place{d.space[o.mount], m.Dev}]
		if ok && (seen.more || seen.one != o.top) {
			unknown = append(unknown, d.ref(o.mount))
			continue
		}
		m.Propagation.PropagateFrom = 0
	}
	slices.SortFunc(unknown, func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.NS, b.NS), cmp.Compare(a.Mount, b.Mount))
	})
	return unknown
}
