package watch

import (
	"slices"
	"time"

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
	// missed says why the difference is not told one by one.
	missed []string
	spent  map[*space]time.Duration // on reading its mounts
	// emptied are namespaces whose last mount has gone: they have ended, or somebody has
	// taken all of their tree away.
	emptied []*space

	// What is looked for among the changes, of which there may be a hundred thousand.
	umounts map[mountOf]*change
	moves   map[mountOf]bool
	places  map[*space]*places
}

// mountOf names a mount in a namespace, and later another one with its id.
type mountOf struct {
	space *space
	id    nsctl.MountID
}

func newFound() *found {
	return &found{umounts: map[mountOf]*change{}, moves: map[mountOf]bool{}, places: map[*space]*places{}, spent: map[*space]time.Duration{}}
}

type endedGroup struct {
	id    nsctl.GroupID
	cause *change
}

func (f *found) add(ch *change, ended []nsctl.GroupID) {
	f.changes = append(f.changes, ch)
	switch ch.kind {
	case nsctl.EventUmount:
		f.umounts[mountOf{ch.space, ch.mount.MntID}] = ch
	case nsctl.EventMove:
		f.moves[mountOf{ch.space, ch.mount.MntID}] = true
	}
	for _, g := range ended {
		f.ended = append(f.ended, endedGroup{g, ch})
	}
}

// tooMany is how many notices of one group are looked at one by one. More than these are a
// burst, of which only counts what is left: the tables are compared.
const tooMany = 1000

// look brings the state up to date with notices, which are in order for each group.
func (w *watcher) look(notices []notice, f *found) {
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
}

// lookAt takes one notice in.
func (w *watcher) lookAt(n notice, f *found) {
	id := nsctl.UniqueID(n.Mount)
	s := w.state.unique[id]
	switch {
	case s != nil && w.isRead(s):
		w.keep(n)
	case s == nil && n.Attached:
		s, m, ok := w.locate(n.ear, id, f)
		if ok {
			w.appeared(s, m, n.PID, f)
		} else if !w.keep(n) {
			f.brief++
		}
	case s == nil:
		w.keep(n) // or it was too brief, and counted when it appeared
	case n.Attached && n.Detached:
		w.moved(s, id, n.PID, f)
	case n.Detached:
		w.vanished(s, id, 0, n.PID, f)
	}
}

// locate finds the namespace of a new mount among those of a group. It begins with the one
// after the last: copies are made in the same order each time.
func (w *watcher) locate(e *ear, id nsctl.UniqueID, f *found) (*space, nsctl.Mount, bool) {
	from := slices.Index(e.spaces, e.last) + 1
	for i := range e.spaces {
		ns := e.spaces[(from+i)%len(e.spaces)]
		s := w.state.byID[ns]
		if s == nil || w.isRead(s) {
			continue
		}
		m, err := w.mount(s, id, f)
		if err == nil {
			e.last = ns
			return s, m, true
		}
	}
	return nil, nsctl.Mount{}, false
}

func (w *watcher) appeared(s *space, m nsctl.Mount, pid int, f *found) {
	w.state.insert(s, m)
	ch := &change{kind: nsctl.EventMount, space: s, mount: m, pid: pid, isFirst: w.state.devs[m.Dev] == 1}
	if parent := w.state.parentOf(s, &m); parent != nil {
		ch.parent = *parent
	}
	f.add(ch, nil)
	w.covers(ch, f)
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

// allVanished does the same for many mounts at once.
func (w *watcher) allVanished(s *space, gone func(*nsctl.Mount) bool, who map[nsctl.UniqueID]int, f *found) {
	var rest []nsctl.Mount
	for i := range s.mounts {
		m := &s.mounts[i]
		if !gone(m) {
			rest = append(rest, *m)
			continue
		}
		ch := &change{kind: nsctl.EventUmount, space: s, pid: who[m.ID], mount: *m}
		ch.parent = w.parentBefore(s, m, f)
		f.add(ch, w.state.unlink(s, m))
	}
	if len(rest) == len(s.mounts) {
		return
	}
	w.state.changing(s)
	s.mounts = rest
	if len(s.mounts) == 0 && w.ears.of(s.info.NSID) != nil {
		f.emptied = append(f.emptied, s)
	}
}

// parentBefore gives what a mount was mounted in, which may have gone a moment ago.
func (w *watcher) parentBefore(s *space, m *nsctl.Mount, f *found) nsctl.Mount {
	if parent := w.state.parentOf(s, m); parent != nil {
		return *parent
	}
	if ch := f.umounts[mountOf{s, m.ParentID}]; ch != nil {
		return ch.mount
	}
	return nsctl.Mount{}
}

// catchUp compares the tables of the namespaces of a group with what the kernel has now.
// The notices tell who did what is left and, if none was lost, which mounts to look at:
// of what has happened since, the next ones tell.
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
	w.readAgain(e)
	from := len(f.changes)
	for _, ns := range e.spaces {
		s := w.state.byID[ns]
		if s == nil || w.isRead(s) {
			continue
		}
		ids, err := w.list(s, f)
		if w.isRead(s) || err != nil && !sys.Gone(err) {
			continue // the next scan of the host says why
		}
		w.catchUpWith(s, ids, lost, who, touched, f)
		for _, id := range ids {
			delete(attached, nsctl.UniqueID(id))
		}
	}
	for _, ch := range f.changes[from:] {
		_, known := who[ch.mount.ID]
		ch.missed = lost && !known && ch.cause == nil
	}
	for _, was := range attached {
		if was {
			f.brief++
		}
	}
}

// list gives the ids of all mounts of a namespace, in ascending order, until the next call.
func (w *watcher) list(s *space, f *found) (ids []uint64, err error) {
	const some = 2048 // at once, as the kernel needs time for them, too
	ids = w.ids[:0]
	defer func() { w.ids = ids }()
	for after := uint64(0); ; after = ids[len(ids)-1] {
		began, before := time.Now(), len(ids)
		ids, err = sys.ListMountsAfter(uint64(s.info.NSID), after, ids, some)
		w.took(s, began, f)
		if err != nil || len(ids)-before < some || w.isRead(s) {
			return ids, err
		}
	}
}

func (w *watcher) catchUpWith(s *space, ids []uint64, lost bool, who map[nsctl.UniqueID]int, touched map[nsctl.UniqueID]bool, f *found) {
	all := lost
	for id, moved := range touched { // and what is below it, whose path is another one then
		all = all || moved && w.state.unique[id] == s
	}
	noticed := func(id nsctl.UniqueID) bool {
		_, told := who[id]
		return lost || told
	}
	w.allVanished(s, func(m *nsctl.Mount) bool {
		_, there := slices.BinarySearch(ids, uint64(m.ID))
		return !there && noticed(m.ID)
	}, who, f)
	for _, id := range ids {
		id := nsctl.UniqueID(id)
		at, known := s.find(id, 0)
		if known && !all && !touched[id] || !known && !noticed(id) {
			continue
		}
		m, err := w.mount(s, id, f)
		switch {
		case w.isRead(s):
			return
		case err != nil: // it has gone since; a notice will come
		case !known:
			w.appeared(s, m, who[id], f)
		case !sameState(&s.mounts[at], &m):
			w.renew(s, m, renewal{pid: who[id]}, f)
		}
	}
}
