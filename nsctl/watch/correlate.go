package watch

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
)

// correlator puts changes together to operations. The kernel tells of each mount by
// itself; what belongs together is told from who did it, from the directory, which is the
// same in all copies, and from what copies imply: that they are in mounts that receive.
//
// What it takes for one operation is at least possible as one. Where several are, as
// peers of which one was unmounted by hand, the namespace of the process decides, and
// else what was told first.
type correlator struct {
	// home gives the namespace that a process was in; nil if unknown.
	home  func(pid int) *space
	calls map[int]int // how many have been made that mount something, by process
	// oneByOne says of processes that they have made a call for each of their mounts, so that
	// none of these came with another.
	oneByOne map[int]bool
	// made and gone say which operation a mount appeared or vanished by.
	made, gone map[nsctl.UniqueID]*operation
	open       map[opKey][]*operation
	all        []*operation
	emptied    map[mountOf]*operation // by what an umount took away
	difference *operation             // what was missed; nil if nothing was
}

type opKey struct {
	kind nsctl.EventKind
	pid  int
	at   dentry
}

// newCorrelator begins with what was told a moment ago.
func newCorrelator(home func(pid int) *space, calls map[int]int, recent []*operation) *correlator {
	c := &correlator{
		home: home, calls: calls, made: map[nsctl.UniqueID]*operation{}, gone: map[nsctl.UniqueID]*operation{},
		open: map[opKey][]*operation{}, emptied: map[mountOf]*operation{},
	}
	for _, op := range recent {
		if op.kind != nsctl.EventMount && op.kind != nsctl.EventUmount && op.kind != nsctl.EventMove || op.origin == nil {
			continue
		}
		changes := op.changes
		op.changes, op.at = nil, map[dentry][]*change{}
		c.all = append(c.all, op)
		for _, ch := range changes {
			c.take(op, ch)
			switch ch.kind {
			case nsctl.EventMount:
				c.made[keyOf(&ch.mount)] = op
			case nsctl.EventUmount:
				c.gone[keyOf(&ch.mount)] = op
			}
		}
	}
	return c
}

// gather sorts the changes of one moment into operations. A change that is the consequence
// of others, as far as these are known, is part of their operation.
//
// Changes come in the right order for each namespace only. What an operation did first is
// found first by other means: a move is the origin of copies, a mount has a lower id than
// its copies, and umounts begin where who asked for them is, or else where others receive
// from.
func (c *correlator) gather(changes []*change) {
	var mounts, umounts, followers []*change
	for _, ch := range changes {
		ch.at, _ = mountpoint(&ch.parent, &ch.mount)
		switch {
		case ch.missed:
			c.missed(ch)
		case ch.cause != nil || ch.orphaned:
		case ch.kind == nsctl.EventMount:
			mounts = append(mounts, ch)
		case ch.kind == nsctl.EventUmount:
			umounts = append(umounts, ch)
		case ch.kind == nsctl.EventPropagation || ch.kind == nsctl.EventRemount:
			c.reconfigured(ch)
		case ch.mount.MntID == 0: // a whole namespace
			c.take(c.begin(ch), ch)
		case ch.was.Mountpoint == ch.mount.Mountpoint:
			followers = append(followers, ch) // something came or went below it
		default:
			c.moved(ch)
		}
	}
	c.oneByOne = oneByOne(mounts, c.calls)
	slices.SortStableFunc(mounts, func(a, b *change) int { return cmp.Compare(a.mount.ID, b.mount.ID) })
	for _, ch := range mounts {
		c.mounted(ch)
	}
	slices.SortStableFunc(umounts, func(a, b *change) int { return cmp.Compare(c.distance(a), c.distance(b)) })
	for _, ch := range umounts {
		c.unmounted(ch)
	}
	for _, ch := range followers {
		c.follows(ch)
	}
	for _, ch := range changes {
		switch {
		case ch.missed:
		case ch.orphaned:
			c.take(c.begin(ch), ch)
		case ch.cause != nil:
			c.take(ch.cause.op, ch)
		}
	}
	for _, op := range c.all {
		c.findOrigin(op)
	}
}

// missed: what was missed cannot be told apart, and is one difference.
func (c *correlator) missed(ch *change) {
	if c.difference == nil {
		c.difference = c.begin(ch)
		c.difference.kind = nsctl.EventResync
	}
	c.take(c.difference, ch)
}

// distance says how far a change is likely to be from its origin.
func (c *correlator) distance(ch *change) int {
	switch {
	case c.home(ch.pid) == ch.space:
		return 0
	case ch.parent.Propagation.Shared != 0:
		return 1
	}
	return 2
}

func (c *correlator) begin(ch *change) *operation {
	op := &operation{kind: ch.kind, pid: ch.pid, receivers: map[nsctl.MountID]bool{}, at: map[dentry][]*change{}}
	c.all = append(c.all, op)
	return op
}

// take adds a change to an operation. Others at the same dentry may be part of it then.
func (c *correlator) take(op *operation, ch *change) {
	op.changes = append(op.changes, ch)
	ch.op = op
	op.receivers[ch.parent.MntID] = true
	if ch.at == (dentry{}) || ch.kind != op.kind {
		return
	}
	if op.at[ch.at] == nil {
		key := opKey{op.kind, op.pid, ch.at}
		c.open[key] = append(c.open[key], op)
	}
	op.at[ch.at] = append(op.at[ch.at], ch)
}

// oneByOne finds the processes that have made at least as many calls as they have mounts in
// any one namespace.
func oneByOne(mounts []*change, calls map[int]int) map[int]bool {
	type key struct {
		pid   int
		space *space
	}
	count, most := map[key]int{}, map[int]int{}
	for _, ch := range mounts {
		k := key{ch.pid, ch.space}
		count[k]++
		most[ch.pid] = max(most[ch.pid], count[k])
	}
	one := map[int]bool{}
	for pid, n := range most {
		one[pid] = pid != 0 && calls[pid] >= n
	}
	return one
}

// mounted: copies appear at the same dentry in mounts that receive; of a tree, each mount
// appears in one that has just appeared.
func (c *correlator) mounted(ch *change) {
	op := c.made[keyOf(&ch.parent)]
	if ch.inTree = op != nil && op.pid == ch.pid && !c.oneByOne[ch.pid] && op.isTreeOf(ch); !ch.inTree {
		if op = c.joining(nsctl.EventMount, ch); op == nil {
			op = c.joining(nsctl.EventMove, ch)
		}
	}
	if op == nil {
		op = c.begin(ch)
	}
	c.take(op, ch)
	c.made[keyOf(&ch.mount)] = op
}

// joining finds the operation that a change can be part of: one that did something at the
// same dentry in a mount that it receives from, or that receives from it, and nothing in
// the same mount yet. Of mounts only the last operation can still go on.
func (c *correlator) joining(kind nsctl.EventKind, ch *change) *operation {
	if ch.at == (dentry{}) {
		return nil
	}
	list := c.open[opKey{kind, ch.pid, ch.at}]
	if kind == nsctl.EventMount {
		list = list[max(0, len(list)-1):]
	}
	var found *operation
	for _, op := range list {
		if op.receivers[ch.parent.MntID] || !op.connects(ch) {
			continue
		}
		if c.siblings(op.changes[0], ch) {
			return op
		}
		if found == nil {
			found = op
		}
	}
	return found
}

// connects says whether a change is at the same dentry as one of the operation, in a mount
// that one receives from, or that receives from that.
func (op *operation) connects(ch *change) bool {
	return slices.ContainsFunc(op.at[ch.at], func(other *change) bool {
		return receives(&other.parent, &ch.parent) || receives(&ch.parent, &other.parent)
	})
}

// siblings says that two mounts were made by the same operation, as far as it is known
// by which they were made.
func (c *correlator) siblings(a, b *change) bool {
	one, other := c.made[keyOf(&a.mount)], c.made[keyOf(&b.mount)]
	return one == nil || other == nil || one == other
}

// isTreeOf says whether a mount came with the tree that its parent is part of, as
// opposed to being mounted there afterwards: the ids of a tree are given in one go.
func (op *operation) isTreeOf(ch *change) bool {
	last := op.changes[len(op.changes)-1]
	return op.began.IsZero() && !ch.isFirst && ch.mount.ID == last.mount.ID+1 && ch.space == last.space
}

// unmounted: what was in a mount that has just gone went with it; the others went from
// the same dentry of mounts that receive.
func (c *correlator) unmounted(ch *change) {
	op := c.gone[keyOf(&ch.parent)]
	if ch.inTree = op != nil && op.pid == ch.pid; !ch.inTree {
		op = c.joining(nsctl.EventUmount, ch)
	}
	if op == nil {
		op = c.begin(ch)
	}
	c.take(op, ch)
	c.gone[keyOf(&ch.mount)] = op
	c.emptied[mountOf{ch.space, ch.mount.MntID}] = op
}

// moved: a mount was moved. The two moves of pivot_root are one operation.
func (c *correlator) moved(ch *change) {
	for i := len(c.all) - 1; i >= 0; i-- {
		op := c.all[i]
		if op.kind != nsctl.EventMove || op.pid != ch.pid || len(op.changes) != 1 || op.changes[0].space != ch.space {
			continue
		}
		if a, b := op.changes[0], ch; a.becameRoot() && b.was.Mountpoint == "/" || b.becameRoot() && a.was.Mountpoint == "/" {
			c.take(op, ch)
			return
		}
	}
	c.take(c.begin(ch), ch)
}

// reconfigured: what one call did is one operation. If it is unknown, mounts of one namespace
// that become of one type at once, or are remounted at once, are taken for one on a tree.
func (c *correlator) reconfigured(ch *change) {
	for _, op := range c.all {
		first := op.changes[0]
		if op.kind == ch.kind && first.call == ch.call && first.space == ch.space && first.cause == nil &&
			(ch.call != nil || ch.kind == nsctl.EventRemount || first.mount.Propagation.Type() == ch.mount.Propagation.Type()) {
			c.take(op, ch)
			return
		}
	}
	c.take(c.begin(ch), ch)
}

// follows: a mount got another parent at the same place, as what it was on has gone.
func (c *correlator) follows(ch *change) {
	if op := c.emptied[mountOf{ch.space, ch.was.ParentID}]; op != nil {
		c.take(op, ch)
		return
	}
	ch.orphaned = true
	c.take(c.begin(ch), ch)
}

// findOrigin finds what was asked for: the move, or else what happened in the namespace of
// who asked, or else what has the lowest id, as the copies are made after it. Of umounts
// elsewhere the first counts.
func (c *correlator) findOrigin(op *operation) {
	if op.origin != nil {
		op.waysFrom()
		return
	}
	if op.changes[0].orphaned || op.kind == nsctl.EventResync {
		return // whatever was asked for was somewhere else
	}
	home := c.home(op.pid)
	score := func(ch *change) int {
		switch {
		case ch.kind != op.kind || ch.via != nil || ch.cause != nil:
			return 3
		case op.kind == nsctl.EventMove && !ch.becameRoot() && op.changes[0].was.Mountpoint == "/":
			return 1 // the old root of pivot_root
		case home != nil && ch.space != home && op.kind != nsctl.EventMove:
			return 2
		}
		return 0
	}
	candidates := slices.Clone(op.changes)
	slices.SortStableFunc(candidates, func(a, b *change) int {
		order := cmp.Compare(score(a), score(b))
		if order == 0 && op.kind == nsctl.EventMount {
			order = cmp.Compare(a.mount.ID, b.mount.ID)
		}
		return order
	})
	op.origin = candidates[0]
	op.waysFrom()
}
