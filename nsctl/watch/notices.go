package watch

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// found is what came out of looking at what was noticed.
type found struct {
	changes []*change
	// ended are the groups that have lost their last member, with the change that did it:
	// the kernel has given their slaves another master, without a notice.
	ended []endedGroup
	// brief counts mounts that were gone before they could be looked at.
	brief int
	// emptied are namespaces whose last mount has gone: they have ended, or somebody has
	// taken all of their tree away.
	emptied []*space
}

type endedGroup struct {
	id    nsctl.GroupID
	cause *change
}

func (f *found) add(ch *change, ended []nsctl.GroupID) {
	f.changes = append(f.changes, ch)
	for _, g := range ended {
		f.ended = append(f.ended, endedGroup{g, ch})
	}
}

// tooMany is how many notices of one group are looked at one by one. More than these are a
// burst, of which only counts what is left: the tables are compared.
const tooMany = 2000

// look brings the state up to date with notices, which are in order for each group.
func (w *watcher) look(notices []notice) *found {
	f := &found{}
	byEar := map[*ear]int{}
	for _, n := range notices {
		byEar[n.ear]++
	}
	lost := map[*ear]bool{}
	for _, n := range notices {
		if n.Overflow {
			lost[n.ear] = true
		}
	}
	for _, n := range notices {
		if !lost[n.ear] && byEar[n.ear] <= tooMany {
			w.lookAt(n, f)
		}
	}
	for ear, n := range byEar {
		if lost[ear] || n > tooMany {
			w.catchUp(ear, notices, lost[ear], f)
		}
	}
	return f
}

// lookAt takes one notice in.
func (w *watcher) lookAt(n notice, f *found) {
	id := nsctl.UniqueID(n.Mount)
	s := w.state.unique[id]
	switch {
	case s == nil && n.Attached:
		s, m, ok := w.locate(n.ear, id)
		if !ok {
			f.brief++
			return
		}
		w.appeared(s, m, n.PID, f)
	case s == nil: // too brief, which was counted when it appeared
	case n.Attached && n.Detached:
		w.moved(s, id, n.PID, f)
	case n.Detached:
		w.vanished(s, id, 0, n.PID, f)
	}
}

// locate finds the namespace of a new mount among those of a group. It begins with the one
// after the last: copies are made in the same order each time.
func (w *watcher) locate(e *ear, id nsctl.UniqueID) (*space, nsctl.Mount, bool) {
	from := slices.Index(e.spaces, e.last) + 1
	for i := range e.spaces {
		ns := e.spaces[(from+i)%len(e.spaces)]
		m, err := w.reader.Mount(ns, id)
		if s := w.state.byID[ns]; err == nil && s != nil {
			e.last = ns
			return s, m, true
		}
	}
	return nil, nsctl.Mount{}, false
}

func (w *watcher) appeared(s *space, m nsctl.Mount, pid int, f *found) {
	w.state.insert(s, m)
	ch := &change{kind: nsctl.EventMount, space: s, mount: m, pid: pid}
	if parent := w.state.parentOf(s, &m); parent != nil {
		ch.parent = *parent
	}
	f.add(ch, nil)
	w.covers(ch, f)
}

// covers looks at what is mounted where something has just appeared: it stays on top, as
// the new mount was put beneath it, which the kernel does not tell.
func (w *watcher) covers(ch *change, f *found) {
	s := ch.space
	for i := range s.mounts {
		m := &s.mounts[i]
		if m.ParentID != ch.mount.ParentID || m.Mountpoint != ch.mount.Mountpoint || m.MntID == ch.mount.MntID || m.ID == 0 {
			continue
		}
		if now, err := w.reader.Again(s.info.NSID, *m); err == nil && now.ParentID != m.ParentID {
			w.renew(s, now, renewal{pid: ch.pid, cause: ch}, f)
			return
		}
	}
}

func (w *watcher) vanished(s *space, id nsctl.UniqueID, mnt nsctl.MountID, pid int, f *found) {
	at, ok := s.find(id, mnt)
	if !ok {
		return
	}
	ch := &change{kind: nsctl.EventUmount, space: s, pid: pid}
	ch.parent = w.parentBefore(s, &s.mounts[at], f)
	var ended []nsctl.GroupID
	ch.mount, ended = w.state.remove(s, id, mnt)
	f.add(ch, ended)
	if len(s.mounts) == 0 && w.ears.of(s.info.NSID) != nil {
		f.emptied = append(f.emptied, s)
	}
}

// parentBefore gives what a mount was mounted in, which may have gone a moment ago.
func (w *watcher) parentBefore(s *space, m *nsctl.Mount, f *found) nsctl.Mount {
	if parent := w.state.parentOf(s, m); parent != nil {
		return *parent
	}
	for _, ch := range slices.Backward(f.changes) {
		if ch.kind == nsctl.EventUmount && ch.space == s && ch.mount.MntID == m.ParentID {
			return ch.mount
		}
	}
	return nsctl.Mount{}
}

// moved looks at a mount that got another parent, and at what is mounted below it, whose
// paths have changed with its own.
func (w *watcher) moved(s *space, id nsctl.UniqueID, pid int, f *found) {
	m, err := w.reader.Mount(s.info.NSID, id)
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
		if now, err := w.reader.Mount(s.info.NSID, m.ID); err == nil && now.ParentID == m.ParentID && !sameState(&m, &now) {
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
	if how.told && !slices.Contains(kinds, nsctl.EventMove) && !f.hasMoved(s, &m) {
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

// hasMoved says whether a move of a mount has been found already.
func (f *found) hasMoved(s *space, m *nsctl.Mount) bool {
	return slices.ContainsFunc(f.changes, func(ch *change) bool {
		return ch.kind == nsctl.EventMove && ch.space == s && ch.mount.MntID == m.MntID
	})
}

// catchUp compares the tables of the namespaces of a group with what the kernel has now.
// If nothing was lost, the notices tell who did what is left, and which mounts to look at.
func (w *watcher) catchUp(e *ear, notices []notice, lost bool, f *found) {
	who, touched := map[nsctl.UniqueID]int{}, map[nsctl.UniqueID]bool{}
	attached := map[nsctl.UniqueID]bool{}
	for _, n := range notices {
		id := nsctl.UniqueID(n.Mount)
		if n.ear != e || n.Overflow {
			continue
		}
		who[id] = n.PID
		touched[id] = touched[id] || n.Attached && n.Detached
		attached[id] = attached[id] || n.Attached && w.state.unique[id] == nil
	}
	for _, ns := range e.spaces {
		s := w.state.byID[ns]
		if s == nil {
			continue
		}
		ids, err := sys.ListMounts(uint64(ns), w.ids[:0])
		w.ids = ids
		if err != nil && !sys.Gone(err) {
			continue // the next scan of the host says why
		}
		w.catchUpWith(s, ids, lost, who, touched, f)
		for _, id := range ids {
			delete(attached, nsctl.UniqueID(id))
		}
	}
	for _, was := range attached {
		if was {
			f.brief++
		}
	}
}

func (w *watcher) catchUpWith(s *space, ids []uint64, lost bool, who map[nsctl.UniqueID]int, touched map[nsctl.UniqueID]bool, f *found) {
	for id, moved := range touched { // and what is below it, whose path is another one then
		lost = lost || moved && w.state.unique[id] == s
	}
	for _, m := range slices.Clone(s.mounts) {
		if _, there := slices.BinarySearch(ids, uint64(m.ID)); !there {
			w.vanished(s, m.ID, m.MntID, who[m.ID], f)
		}
	}
	for _, id := range ids {
		id := nsctl.UniqueID(id)
		at, known := s.find(id, 0)
		if known && !lost && !touched[id] {
			continue
		}
		m, err := w.reader.Mount(s.info.NSID, id)
		switch {
		case err != nil: // it has gone since; a notice will come
		case !known:
			w.appeared(s, m, who[id], f)
		case !sameState(&s.mounts[at], &m):
			w.renew(s, m, renewal{pid: who[id]}, f)
		}
	}
}
