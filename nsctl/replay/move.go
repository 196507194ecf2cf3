package replay

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// followMoves gives all that is below mounts that were moved by the operation, and was not
// told itself, their new mount points: what a path is relative to its parent stays.
//
// It comes after all changes of the operation, and starts at every mount that has another
// path than before it. So the order of the events makes no difference, not even for the
// two mounts of a pivot_root, of which one ends up below the other.
func (p *player) followMoves() {
	if !p.moved() {
		return
	}
	// What was told, with its path before the operation.
	type key struct {
		space *space
		mount *nsctl.Mount
	}
	told := map[key]string{}
	for _, c := range p.changes {
		first := c.old
		if first == nil {
			first = c.now
		}
		before, again := told[key{c.space, first}]
		if !again {
			before = first.Mountpoint
		}
		delete(told, key{c.space, first})
		if c.now != nil {
			told[key{c.space, c.now}] = before
		}
	}
	descents := map[*space]*descent{}
	for _, c := range p.changes {
		before, ok := told[key{c.space, c.now}]
		if !ok || before == c.now.Mountpoint {
			continue
		}
		d := descents[c.space]
		if d == nil {
			d = newDescent(c.space.table, func(m *nsctl.Mount) bool { _, ok := told[key{c.space, m}]; return ok })
			descents[c.space] = d
		}
		d.from(step{c.now.MntID, before, c.now.Mountpoint})
	}
}

// moved says that a mount has another path than before.
func (p *player) moved() bool {
	for _, c := range p.changes {
		if c.old != nil && c.now != nil && c.old.Mountpoint != c.now.Mountpoint {
			return true
		}
	}
	return false
}

// descent goes down the mount tree of a namespace and changes paths.
type descent struct {
	t        *table
	children map[nsctl.MountID][]int // positions, by parent
	told     func(*nsctl.Mount) bool
	seen     map[int]bool // a forged table may have loops
}

// step is a mount and its path before and after.
type step struct {
	id          nsctl.MountID
	before, now string
}

func newDescent(t *table, told func(*nsctl.Mount) bool) *descent {
	d := &descent{t: t, children: map[nsctl.MountID][]int{}, told: told, seen: map[int]bool{}}
	for i, m := range t.mounts {
		d.children[m.ParentID] = append(d.children[m.ParentID], i)
	}
	return d
}

func (d *descent) from(top step) {
	todo := []step{top}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, i := range d.children[at.id] {
			m := d.t.mounts[i]
			if d.seen[i] || d.told(m) {
				continue
			}
			d.seen[i] = true
			rest, ok := graph.Below(at.before, m.Mountpoint)
			if !ok {
				continue // it was not where its parent is; what is below it stays, too
			}
			n := *m
			n.Mountpoint = graph.Join(at.now, rest)
			d.t.mounts[i] = &n
			d.t.edit.unsure = true
			todo = append(todo, step{n.MntID, m.Mountpoint, n.Mountpoint})
		}
	}
}
