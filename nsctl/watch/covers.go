package watch

import "mntscope/nsctl"

// places says what is mounted where in a namespace.
type places struct {
	asked int
	at    map[place]nsctl.MountID // nil until it is worth while
}

type place struct {
	parent nsctl.MountID
	path   string
}

// fewLooks is how often the whole table is gone through before an index is made of it.
const fewLooks = 4

// covers looks at what is mounted where something has just appeared: it stays on top, as
// the new mount was put beneath it, which the kernel does not tell.
func (w *watcher) covers(ch *change, f *found) {
	m := f.mountedAt(ch.space, place{ch.mount.ParentID, ch.mount.Mountpoint}, ch.mount.MntID)
	if m == nil || m.ID == 0 {
		return
	}
	if now, err := w.reader.Again(ch.space.info.NSID, *m); err == nil && now.ParentID != m.ParentID {
		w.renew(ch.space, now, renewal{pid: ch.pid, cause: ch}, f)
	}
}

// mountedAt gives what was at a place when a new mount came there, or nil.
func (f *found) mountedAt(s *space, at place, newID nsctl.MountID) *nsctl.Mount {
	known := f.places[s]
	if known == nil {
		known = &places{}
		f.places[s] = known
	}
	if known.asked++; known.asked <= fewLooks {
		for i := range s.mounts {
			if m := &s.mounts[i]; m.MntID != newID && m.ParentID == at.parent && m.Mountpoint == at.path {
				return m
			}
		}
		return nil
	}
	if known.at == nil {
		known.at = make(map[place]nsctl.MountID, len(s.mounts))
		for i := range s.mounts {
			if m := &s.mounts[i]; m.MntID != newID {
				known.at[place{m.ParentID, m.Mountpoint}] = m.MntID
			}
		}
	}
	before := known.at[at]
	known.at[at] = newID
	if before == 0 {
		return nil
	}
	return s.byMntID(before, at)
}

// byMntID gives a mount at a place, if it is still there.
func (s *space) byMntID(id nsctl.MountID, at place) *nsctl.Mount {
	for i := len(s.mounts) - 1; i >= 0; i-- { // new ones are at the end
		if m := &s.mounts[i]; m.MntID == id {
			if m.ParentID == at.parent && m.Mountpoint == at.path {
				return m
			}
			return nil
		}
	}
	return nil
}
