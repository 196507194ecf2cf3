package watch

import (
	"cmp"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// putDown says of changes by which calls they were made: those given, or others that have
// been made at the same time.
func (w *watcher) putDown(changes []*change, calls []*call, f *found) error {
	if len(changes) == 0 || w.tracer == nil {
		return nil
	}
	if err := w.hearOut(); err != nil {
		return err
	}
	calls = slices.Concat(calls, w.taken, w.calls)
	// A filesystem that is remounted through one of its mounts changes for all: that mount
	// itself is the one of which more may have changed.
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b *change) int { return cmp.Compare(a.ofFilesystemOnly(), b.ofFilesystemOnly()) })
	for _, ch := range changes {
		if ch.kind != nsctl.EventPropagation && ch.kind != nsctl.EventRemount || ch.pid != 0 || ch.cause != nil {
			continue
		}
		c, sure := w.callFor(ch, calls)
		if c == nil {
			continue
		}
		if ch.call, c.used = c, true; sure {
			ch.pid = c.TGID
		}
		w.sameFilesystem(ch, f)
	}
	return nil
}

// hearOut hears of the calls that have ended, and gives those that are under way a moment
// to end: one of them may have made a change that is seen already.
func (w *watcher) hearOut() error {
	for range mostPatience {
		if err := w.listenToCalls(); err != nil || !w.underWay() {
			return err
		}
		if err := w.tracer.File().AwaitReadable(time.Millisecond); err != nil {
			return err
		}
	}
	return w.listenToCalls()
}

// callFor finds the call that can have made a change: one from the namespace itself before
// one from an unknown one. A call that is not recursive has made only one, as far as this
// is known. It is not sure if somebody else may have made the change as well.
func (w *watcher) callFor(ch *change, calls []*call) (c *call, sure bool) {
	var own, unknown []*call
	for _, c := range calls {
		if !c.fits(ch) || c.used && !c.recursive() {
			continue
		}
		switch home := w.home(c.TGID); {
		case home == ch.space:
			own = append(own, c)
		case home == nil || actsElsewhere(c):
			unknown = append(unknown, c)
		}
	}
	fit := own
	if len(own) == 0 {
		fit = unknown
	}
	if len(fit) == 0 {
		return nil, false
	}
	other := func(c *call) bool { return c.TGID != fit[0].TGID }
	return fit[0], !slices.ContainsFunc(fit, other) && (len(own) > 0 || !w.underWay())
}

func (c *call) recursive() bool { return c.Call != "mount" || c.Flags&sys.MountRecursive != 0 }

// fits says whether the flags of a call ask for what has come of it.
func (c *call) fits(ch *change) bool {
	if ch.kind == nsctl.EventRemount {
		return c.Call != "mount" && c.Call != "move_mount" || c.Flags&sys.MountRemount != 0
	}
	if c.Call != "mount" {
		return c.Call != "fsconfig"
	}
	p := ch.mount.Propagation
	switch {
	case c.Flags&sys.MountRemount != 0:
		return false
	case c.Flags&sys.MountShared != 0:
		return p.Shared != 0
	case c.Flags&sys.MountSlave != 0:
		return p.Shared == 0
	case c.Flags&sys.MountUnbindable != 0:
		return p.Unbindable
	}
	return p.Type() == nsctl.Private
}

// ofFilesystemOnly is 1 for a remount in which nothing of the mount itself has changed.
func (ch *change) ofFilesystemOnly() int {
	if ch.kind == nsctl.EventRemount && ch.was.Options == ch.mount.Options {
		return 1
	}
	return 0
}

// sameFilesystem lets what has changed of a filesystem itself count for all of its mounts.
func (w *watcher) sameFilesystem(ch *change, f *found) {
	if ch.kind != nsctl.EventRemount || ch.was.SuperOptions == ch.mount.SuperOptions {
		return
	}
	for _, other := range f.changes { // those that have been looked at
		if other != ch && other.ofFilesystemOnly() == 1 && other.cause == nil && other.pid == 0 &&
			other.mount.Dev == ch.mount.Dev && other.was.SuperOptions == ch.was.SuperOptions {
			other.pid, other.cause = ch.pid, ch
		}
	}
	for _, s := range w.state.spaces {
		for i := range s.mounts {
			m := s.mounts[i]
			if m.Dev == ch.mount.Dev && m.SuperOptions == ch.was.SuperOptions && m.MntID != ch.mount.MntID {
				m.SuperOptions = ch.mount.SuperOptions
				w.renew(s, m, renewal{pid: ch.pid, cause: ch}, f)
			}
		}
	}
}
