package predict

import (
	"mntscope/nsctl"
)

// umountTree mirrors umount_tree with UMOUNT_PROPAGATE: it takes a tree away, and with it
// what is mounted at the same places in all mounts that receive from there, as far as
// nothing stands against it.
func (w *world) umountTree(top *mount, rule string) {
	if top.parent != nil {
		w.doneAt(top.parent, top.mp, true)
	}
	w.propagateMountUnlock(top)
	set := w.tree(top)
	for _, m := range set {
		w.vanishes(m, rule, nil).origin = true
		m.gone = true
	}
	copies := w.propagateUmount(set)
	w.bulkMakePrivate(append(set, copies...))
}

// cognates gives what is mounted at m's place in the mounts that receive from its parent:
// whatever it is.
func (w *world) cognates(m *mount) []*mount {
	if m.parent == nil {
		return nil
	}
	var list []*mount
	for _, q := range w.receivers(m.parent) {
		if c := w.lookup(q, m.mp); c != nil {
			list = append(list, c)
		}
	}
	return list
}

// propagateMountUnlock mirrors propagate_mount_unlock: who may unmount the original
// need not be kept from revealing what is below the copies.
func (w *world) propagateMountUnlock(top *mount) {
	for _, c := range w.cognates(top) {
		c.lock, c.guessed = nsctl.Unlocked, false
	}
}

// propagateUmount mirrors propagate_umount (Documentation/filesystems/propagate_umount.txt):
// it gives what is unmounted besides a set that is whole trees. That is, of all that is
// mounted at the same places, the largest part in which nothing that stays is left
// hanging, and nothing is revealed that a lock hides.
func (w *world) propagateUmount(set []*mount) []*mount {
	type candidate struct {
		m   *mount
		via *nsctl.Via
	}
	var candidates []candidate
	for _, m := range set { // gather_candidates
		if m.parent == nil {
			continue
		}
		for _, q := range w.receivers(m.parent) {
			if c := w.lookup(q, m.mp); c != nil && !c.candidate && !c.gone {
				c.candidate = true
				candidates = append(candidates, candidate{c, w.viaOf(m.parent, q)})
			}
		}
	}
	if w.kernel.oldUmount && len(candidates) > 0 {
		w.note("before Linux 6.17 umounts were propagated in another way, which differs where a copy is covered or locked")
	}
	for _, c := range candidates {
		w.trimOne(c.m)
	}
	for _, c := range candidates {
		w.handleLocked(c.m)
	}
	var going []*mount
	for _, c := range candidates {
		if c.m.candidate && c.m.verdict == goes {
			w.vanishes(c.m, "umount propagation: it is at the same place in a mount that receives from there", c.via)
			going = append(going, c.m)
		}
	}
	for _, m := range going {
		m.gone = true
	}
	w.reparentCovers(going)
	return going
}

// trimOne mirrors trim_one: a candidate in which something is mounted that stays, not
// just on top of it, stays too, and so do those it is mounted in.
func (w *world) trimOne(m *mount) {
	if !m.candidate {
		return
	}
	found := false
	for _, c := range w.kids(m) {
		if c.candidate {
			continue
		}
		found = true
		if c.mp != m.root {
			m.candidate = false
			break
		}
	}
	if !found {
		return
	}
	for at, p := m, m.parent; p != nil && p.candidate; at, p = p, p.parent { // trim_ancestors
		if at.marked {
			return
		}
		at.marked = true
		if at.mp != p.root {
			p.candidate = false
		}
	}
}

// verdict is what handleLocked found out about a candidate.
type verdict uint8

const (
	undecided verdict = iota
	goes
	stays
)

// handleLocked mirrors handle_locked: a locked candidate goes only if what it is mounted
// in goes, for else it would reveal what it covers there.
func (w *world) handleLocked(m *mount) {
	var chain []*mount // locked, each mounted in the next
	at := m
	for at != nil && at.candidate && at.verdict == undecided && w.locked(at) {
		chain = append(chain, at)
		at = at.parent
	}
	found := stays
	switch {
	case at == nil:
	case at.gone:
		found = goes
	case at.candidate && at.verdict == undecided: // not locked
		at.verdict, found = goes, goes
	case at.candidate:
		found = at.verdict
	}
	for _, locked := range chain {
		locked.verdict = found
	}
}

// reparentCovers lets what covers a mount that goes, and stays itself, fall down to where
// the lowest that goes is mounted.
func (w *world) reparentCovers(going []*mount) {
	for _, m := range going {
		over := w.overmount(m)
		if over == nil {
			continue
		}
		bottom := m
		for bottom.parent != nil && bottom.parent.gone {
			bottom = bottom.parent
		}
		w.moving(over, "what it covered was unmounted: it falls down to that place")
		if bottom.parent == nil {
			continue
		}
		w.attach(over, bottom.parent, bottom.mp)
	}
}

// bulkMakePrivate mirrors bulk_make_private: mounts that are gone are in no group and
// have no master any more.
func (w *world) bulkMakePrivate(set []*mount) {
	for _, m := range set {
		w.leave(m)
		w.setMaster(m, nil)
	}
}
