package watch

import (
	"slices"

	"mntscope/nsctl"
)

// moved looks at a mount that got another parent, and at what is mounted below it, whose
// paths have changed with its own.
func (w *watcher) moved(s *space, id nsctl.UniqueID, pid int, f *found) {
	m, err := w.mount(s, id, f)
	if err != nil {
		return // it has gone since, which the next notice says
	}
	at, ok := s.find(id, 0)
	if !ok {
		return
	}
	before := s.mounts[at].Mountpoint
	move := w.renew(s, m, renewal{pid: pid, told: true}, f)
	if before != m.Mountpoint {
		w.renewBelow(s, m, renewal{pid: pid, with: move}, f)
	}
}

// renewBelow reads again what is mounted below a mount that was moved.
func (w *watcher) renewBelow(s *space, top nsctl.Mount, how renewal, f *found) {
	for _, m := range slices.Clone(s.mounts) {
		if m.MntID == top.MntID || !w.isBelow(s, m, top.MntID) {
			continue
		}
		// One that has got another parent since has a notice of its own.
		if w.isRead(s) {
			return
		}
		if now, err := w.mount(s, m.ID, f); err == nil && now.ParentID == m.ParentID && !sameState(&m, &now) {
			w.renew(s, now, how, f)
		}
	}
}

// isBelow says whether a mount is in the tree of another one.
func (w *watcher) isBelow(s *space, m nsctl.Mount, top nsctl.MountID) bool {
	for range s.mounts { // a loop, which no kernel makes, ends
		if m.ParentID == top {
			return true
		}
		parent := w.state.parentOf(s, &m)
		if parent == nil {
			return false
		}
		m = *parent
	}
	return false
}

// renewal is what is known of a change before it is looked at.
type renewal struct {
	pid   int     // who did it, or 0
	told  bool    // the kernel has told that the mount moved
	with  *change // the move of what it is below; nil if there is none
	cause *change // what made it move; nil if unknown
	// before are the states of mounts that were renewed at the same time; nil if it is one alone
	before map[nsctl.MountID]nsctl.Mount
}

// renew puts another state of a mount in the place of the one that is known, and adds the
// changes: those that can be seen, and the one that the kernel has told of. It gives the
// move, if the mount has moved.
func (w *watcher) renew(s *space, m nsctl.Mount, how renewal, f *found) (move *change) {
	var parent, parentWas *nsctl.Mount
	at, ok := s.find(m.ID, m.MntID)
	if !ok {
		return nil
	}
	if p := w.state.parentOf(s, &s.mounts[at]); p != nil {
		copied := *p
		parentWas = &copied
	}
	if p, ok := how.before[s.mounts[at].ParentID]; ok {
		parentWas = &p
	}
	m.Propagation.PropagateFrom = s.mounts[at].Propagation.PropagateFrom
	was, ended := w.state.replace(s, m)
	if p := w.state.parentOf(s, &m); p != nil {
		copied := *p
		parent = &copied
	}
	kinds := kindsOf(&was, &m, parentWas, parent)
	if how.with != nil {
		kinds = slices.DeleteFunc(kinds, func(k nsctl.EventKind) bool { return k == nsctl.EventMove })
	}
	if how.told && !slices.Contains(kinds, nsctl.EventMove) && !f.moves[mountOf{s, m.MntID}] {
		kinds = append(kinds, nsctl.EventMove)
	}
	move = how.with
	for _, kind := range kinds { // a move comes first
		ch := &change{kind: kind, space: s, mount: m, was: was, pid: how.pid, cause: how.cause}
		if parent != nil {
			ch.parent = *parent
		}
		if kind == nsctl.EventMove {
			move = ch
		} else if move != nil {
			ch.cause = move // in a shared mount everything becomes shared
		}
		f.add(ch, ended)
		ended = nil
	}
	return move
}
