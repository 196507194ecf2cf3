package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
)

// reading is a namespace that the scout reads at this moment: a new one, or one in which
// more has happened than can be looked at before the next notice is heard. What is noticed
// of it meanwhile waits.
type reading struct {
	began   int64 // the clock's time
	notices []notice
	lost    bool // more was noticed than waits: it is read once more
}

// report is what came of a reading.
type report struct {
	id   nsctl.NSID
	read nsctl.Namespace // of a known one only the mounts
	gaps []nsctl.Gap
	err  error
}

// mostReading is how long the mounts of one namespace may take to be read before the next
// notice is heard. Of thousands that are mounted on top of each other the kernel needs
// longer for each (is_path_reachable, d_path): seconds for all.
const mostReading = 100 * time.Millisecond

// mount reads a mount, and has its whole namespace read aside if that takes too long.
func (w *watcher) mount(s *space, id nsctl.UniqueID, f *found) (nsctl.Mount, error) {
	began := time.Now()
	m, err := w.reader.Mount(s.info.NSID, id)
	w.took(s, began, f)
	return m, err
}

func (w *watcher) took(s *space, began time.Time, f *found) {
	if f.spent[s] += time.Since(began); f.spent[s] > mostReading && !w.isRead(s) {
		w.fallBehind(s)
	}
}

// isRead says whether a namespace is being read, so that it need not be looked at.
func (w *watcher) isRead(s *space) bool { return w.readings[s.info.NSID] != nil }

// fallBehind has a known namespace read.
func (w *watcher) fallBehind(s *space) {
	id := s.info.NSID
	w.read(id, func(ctx context.Context) (report, error) {
		var r discover.MountReader
		mounts, err := r.Mounts(ctx, id)
		return report{read: nsctl.Namespace{Mounts: mounts}}, err
	})
}

// read has a namespace read, unless it is being read already.
func (w *watcher) read(id nsctl.NSID, do func(context.Context) (report, error)) {
	if w.readings[id] != nil {
		return
	}
	w.readings[id] = &reading{began: w.clock.Load()}
	w.scout.read(id, do)
}

// keep lets a notice wait for a namespace of its group that is being read, if there is
// one. If it turns out to be of another one, it may wait for that.
func (w *watcher) keep(n notice) (kept bool) {
	if len(w.readings) == 0 {
		return false
	}
	for _, id := range n.ear.spaces {
		r := w.readings[id]
		if r == nil {
			continue
		}
		if len(r.notices) < tooMany {
			r.notices = append(r.notices, n)
		} else {
			w.readAgain(n.ear)
		}
		return true
	}
	return false
}

// readAgain has those of the namespaces of a group read once more that are being read.
func (w *watcher) readAgain(e *ear) {
	for _, id := range e.spaces {
		if r := w.readings[id]; r != nil {
			r.lost, r.notices = true, nil
		}
	}
}

// takeIn brings the state up to date with a namespace that was read, and then with what was
// noticed meanwhile.
func (w *watcher) takeIn(r report, f *found) {
	waiting := w.readings[r.id]
	delete(w.readings, r.id)
	s := w.state.byID[r.id]
	if s == nil && r.err == nil {
		if s = w.counterpart(&r.read); s != nil { // it was met before, but not its id
			w.state.recognize(s, r.id)
		}
	}
	switch {
	case w.ended[r.id]:
		return
	case r.err != nil && s == nil:
		w.ears.forget(r.id)
		return // a scan says why
	case r.err != nil:
		w.scout.lookAround()
	case s == nil:
		w.state.head.Gaps = append(slices.Clone(w.state.head.Gaps), r.gaps...)
		w.create(&r.read, w.makerOf(r.read.NS), f)
	default:
		w.catchUpWithTable(s, r.read.Mounts, waiting.began, f)
	}
	if waiting.lost && w.state.byID[r.id] != nil {
		w.fallBehind(w.state.byID[r.id])
	}
	for _, n := range waiting.notices {
		w.lookAt(n, f)
	}
}

// catchUpWithTable takes what is different in the table of a namespace for the difference
// after something that was missed.
func (w *watcher) catchUpWithTable(s *space, mounts []nsctl.Mount, began int64, f *found) {
	from := len(f.changes)
	if s.touched > began { // by a call: the table may be older than that
		mounts = w.newest(s, mounts)
	}
	w.adjust(s, mounts, f)
	if len(f.changes) == from {
		return
	}
	for _, ch := range f.changes[from:] {
		ch.missed = ch.cause == nil
	}
	f.missed = append(f.missed, fmt.Sprintf("more happened in %v than could be looked at one by one: what follows is the difference", s.info.NS))
}

// newest reads those mounts again of which a table says something else than is known.
func (w *watcher) newest(s *space, mounts []nsctl.Mount) []nsctl.Mount {
	mounts = slices.Clone(mounts)
	for i := range mounts {
		at, known := s.find(mounts[i].ID, mounts[i].MntID)
		if !known || sameState(&s.mounts[at], &mounts[i]) {
			continue
		}
		if now, err := w.reader.Mount(s.info.NSID, mounts[i].ID); err == nil {
			mounts[i] = now
		}
	}
	return mounts
}
