package watch

import (
	"slices"

	"mntscope/nsctl"
)

// putInOrder sees to it that what happened to one mount is told in the order in which it
// happened: only so does a recording lead from each state to the next. A change that was taken
// for part of an operation which is told too early for that is taken out of it, and is
// part of none.
//
// The changes are in order. A mount is named by the id that is used again, so that the old
// one goes before the new one comes.
func (c *correlator) putInOrder(changes []*change) {
	var late *operation
	last, created, newest := map[mountOf]int{}, map[*space]int{}, map[*space]int{}
	for _, ch := range changes {
		at := mountOf{ch.space, ch.mount.MntID}
		after := max(last[at], created[ch.space])
		if ch.kind == nsctl.EventNamespaceGone {
			after = newest[ch.space]
		}
		if ch.op.number < after {
			ch.op.changes = slices.DeleteFunc(ch.op.changes, func(other *change) bool { return other == ch })
			ch.orphaned, ch.cause, ch.via = true, nil, nil
			if late == nil {
				late = c.begin(ch)
			}
			c.take(late, ch)
		}
		last[at] = ch.op.number
		newest[ch.space] = max(newest[ch.space], ch.op.number)
		if ch.kind == nsctl.EventNamespaceCreated {
			created[ch.space] = ch.op.number
		}
	}
	place := make(map[*change]int, len(changes))
	for i, ch := range changes {
		place[ch] = i
	}
	c.all = slices.DeleteFunc(c.all, func(op *operation) bool { return len(op.changes) == 0 })
	for _, op := range c.all {
		slices.SortStableFunc(op.changes, func(a, b *change) int { return place[a] - place[b] })
	}
}
