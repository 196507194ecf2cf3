package watch

import (
	"cmp"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// callTag is what the tracer's pipe carries in the poller.
const callTag = 4 << 32

// call is a system call that ended well and may have changed what fanotify does not tell.
type call struct {
	trace.Record
	used bool // a change was put down to it
}

// listenToCalls takes in what the tracer has recorded: who did something, and from where.
func (w *watcher) listenToCalls() error {
	for {
		more, err := w.tracer.Read(w.recorded)
		if err != nil || !more {
			return err
		}
	}
}

func (w *watcher) recorded(r trace.Record) {
	if r.Lost > 0 {
		w.recordsLost += r.Lost
		clear(w.within)
		return
	}
	if r.Call == "rename" {
		w.actors.settles(r.TID)
		return
	}
	w.count(&r)
	switch {
	case r.Call == "clone" && r.Flags&sys.NewMountNamespace == 0:
		w.actors.born(int(r.Ret), r.TGID)
	case r.Call == "clone":
		w.actors.meet(int(r.Ret))
		w.makes(int(r.Ret), r.TGID)
		w.scout.walkSoon()
	case r.Call == "unshare" && r.Exit && !r.Failed():
		w.actors.again(r.TGID)
		w.makes(r.TGID, r.TGID)
		w.scout.walkSoon()
	case r.Call == "setns" && r.Exit:
		w.actors.again(r.TGID)
	case !r.Exit:
		w.actors.meet(r.TGID) // while it is sure to be alive
	case !r.Failed() && changesTypes(&r):
		w.calls = append(w.calls, &call{Record: r})
	case !r.Failed() && (r.Call == "mount" || r.Call == "move_mount"):
		w.attached[r.TGID]++
	}
	w.actors.named(r.TGID, r.Comm)
}

// makes remembers who made a process in a new namespace, until that is met.
func (w *watcher) makes(process, maker int) {
	if len(w.makers) > maxActors { // most have ended before they were
		clear(w.makers)
	}
	w.makers[process] = maker
}

// count keeps account of the calls that are under way.
func (w *watcher) count(r *trace.Record) {
	if len(w.within) > maxActors { // one that is killed within a call has no end
		clear(w.within)
	}
	switch {
	case r.Call == "clone":
	case !r.Exit:
		w.within[r.TGID]++
		w.lastBegan = r.Time
	case w.within[r.TGID] <= 1: // or begun before tracing was
		delete(w.within, r.TGID)
	default:
		w.within[r.TGID]--
	}
}

// changesTypes says whether a call may change propagation or options.
func changesTypes(r *trace.Record) bool {
	switch r.Call {
	case "mount":
		return r.Flags&sys.MountRemount != 0 || r.Flags&sys.MountBind == 0 && r.Flags&anyType != 0
	case "move_mount":
		return r.Flags&sys.MoveMountSetGroup != 0
	}
	return r.Call == "mount_setattr" || r.Call == "open_tree_attr" || r.Call == "fsconfig"
}

const anyType = sys.MountShared | sys.MountPrivate | sys.MountSlave | sys.MountUnbindable

// lookAfterCalls looks for what calls have changed, in the namespaces of those who made
// them.
func (w *watcher) lookAfterCalls(f *found) error {
	w.unplaced = slices.DeleteFunc(w.unplaced, func(c *call) bool { return c.used || sys.Monotonic()-c.Time > longUnplaced })
	w.taken, w.calls = w.calls, nil
	defer func() { w.taken = nil }()
	byHome := map[*space][]*call{}
	for _, c := range w.taken {
		home := w.home(c.TGID)
		if home == nil && w.actors.known[c.TGID].ns != 0 && !actsElsewhere(c) {
			continue // in a namespace that is yet to be read
		}
		byHome[home] = append(byHome[home], c)
	}
	for home, calls := range byHome {
		if home == nil { // gone, and nobody knows from where
			w.unplaced = append(w.unplaced, calls...)
			w.lookDue = true
		} else if err := w.lookAfter(home, calls, f); err != nil {
			return err
		}
	}
	if w.lookDue && !w.underWay() { // else what is seen may be of one that has not ended
		w.lookDue = false
		if err := w.lookEverywhere(w.unplaced, f); err != nil {
			return err
		}
	}
	if len(w.calls) > 0 { // recorded meanwhile
		w.poller.Wake()
	}
	return nil
}

// underWay says whether calls have begun that have not ended. One that takes long, as it
// waits for a file server, does not count.
func (w *watcher) underWay() bool {
	return len(w.within) > 0 && sys.Monotonic()-w.lastBegan < time.Second
}

// lookAfter looks for what calls from one namespace have changed.
func (w *watcher) lookAfter(home *space, calls []*call, f *found) error {
	from := len(f.changes)
	if err := w.lookForChanges(home, calls, f); err != nil {
		return err
	}
	unused := slices.DeleteFunc(calls, func(c *call) bool { return c.used })
	if len(f.changes) == from && slices.ContainsFunc(unused, actsElsewhere) {
		return w.lookEverywhere(unused, f)
	}
	return nil
}

// catchUpWithCalls looks after the calls that have ended by now. It says whether others
// are under way, of which something may be seen already.
func (w *watcher) catchUpWithCalls(f *found) (underWay bool, err error) {
	if w.tracer == nil {
		return false, nil
	}
	if err := cmp.Or(w.listenToCalls(), w.lookAfterCalls(f)); err != nil {
		return false, err
	}
	return w.underWay(), nil
}

// longUnplaced is how long a call from an unknown namespace, of which nothing has been
// found, may turn out to have made a change that is found after another one.
const longUnplaced = 10 * time.Second

// mostToLook is how many mounts are looked at before the next notice is heard. Where there
// are more, the scout finds what has changed.
const mostToLook = 10_000

// lookEverywhere looks first where something has happened a short time ago.
func (w *watcher) lookEverywhere(calls []*call, f *found) error {
	spaces := slices.Clone(w.state.spaces)
	slices.SortStableFunc(spaces, func(a, b *space) int { return cmp.Compare(b.touched, a.touched) })
	total := 0
	for _, s := range spaces {
		if total += len(s.mounts); total > mostToLook {
			if slices.ContainsFunc(calls, func(c *call) bool { return !c.used }) {
				w.scout.lookAround()
			}
			return nil
		}
		if err := w.lookForChanges(s, calls, f); err != nil {
			return err
		}
	}
	return nil
}

// actsElsewhere says that a call can reach mounts of other namespaces than its own.
func actsElsewhere(c *call) bool { return c.Call == "move_mount" || c.Call == "fsconfig" }

// lookForChanges looks at the mounts of one namespace, and puts each change down to one of
// the calls, if there are any.
func (w *watcher) lookForChanges(s *space, calls []*call, f *found) error {
	whole := slices.ContainsFunc(calls, func(c *call) bool {
		return c.Call == "fsconfig" || c.Call == "mount" && c.Flags&sys.MountRemount != 0
	})
	from := len(f.changes)
	for i := range s.mounts { // which renew does not move
		m := s.mounts[i]
		if m.ID == 0 || s.info.NSID == 0 {
			return nil // the scout has to
		}
		if w.isRead(s) {
			break
		}
		var now nsctl.Mount
		var err error
		began := time.Now()
		if whole {
			now, err = w.reader.Mount(s.info.NSID, m.ID)
		} else {
			now, err = w.reader.Again(s.info.NSID, m)
		}
		w.took(s, began, f)
		if err == nil && now.ParentID == m.ParentID && !sameState(&m, &now) {
			w.renew(s, now, renewal{}, f)
		}
	}
	return w.putDown(f.changes[from:], calls, f)
}
