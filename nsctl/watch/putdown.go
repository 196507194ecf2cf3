package watch

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// putDown says of changes by which calls they were made: those given, or others that have
// been made while the changes were looked for.
func (w *watcher) putDown(changes []*change, calls []*call, f *found) error {
	if len(changes) == 0 || w.tracer == nil {
		return nil
	}
	if err := w.listenToCalls(); err != nil {
		return err
	}
	calls = slices.Concat(calls, w.calls)
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
	return fit[0], !slices.ContainsFunc(fit, other) && !w.mayBeOfAnother(ch.space, fit[0].TGID, len(own) > 0)
}

// mayBeOfAnother says whether a process has begun a call, and not ended it, that may have
// made a change in a namespace already. If somebody is known to have made one there, only
// those count that are in it, too.
func (w *watcher) mayBeOfAnother(s *space, pid int, known bool) bool {
	for other := range w.within {
		home := w.home(other)
		if other != pid && (home == s || home == nil && !known) {
			return true
		}
	}
	return false
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

// sameFilesystem lets what has changed of a filesystem itself count for all of its mounts.
func (w *watcher) sameFilesystem(ch *change, f *found) {
	if ch.kind != nsctl.EventRemount || ch.was.SuperOptions == ch.mount.SuperOptions {
		return
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
