package predict

import (
	"mntscope/nsctl"
)

// notReached gives the mounts in which nothing appears or vanishes although they show
// the directory that the operation was done on, or are linked to where it was done.
func (w *world) notReached() []nsctl.NotReached {
	list := []nsctl.NotReached{}
	if w.site == nil {
		return list
	}
	reached := map[*mount]bool{w.site: true}
	for _, e := range w.effects {
		if p := e.m.parent; p != nil && (e.kind == nsctl.EffectMount || e.kind == nsctl.EffectUmount) {
			reached[p] = true
		}
	}
	linked := map[*mount]bool{}
	for _, m := range w.receivers(w.site) {
		linked[m] = true
		if reached[m] {
			continue
		}
		if _, ok := w.siteAt.under(m.root); !ok {
			list = append(list, w.missed(m, nsctl.NotReachedRoot, "it receives, but shows another part of the filesystem"))
		} else if w.umounting {
			if c := w.lookup(m, w.siteAt); c != nil {
				list = append(list, w.missed(m, nsctl.NotReachedKept, "what is mounted there stays: something else is mounted in it, or it is locked"))
			}
		}
	}
	upstream := map[*group]bool{}
	for g := w.site.masterGroup(); g != nil && !upstream[g]; g = g.master {
		upstream[g] = true
	}
	for _, r := range w.byDev.of(w.siteAt.dev) {
		m := w.mount(r)
		if reached[m] || linked[m] || m.gone {
			continue
		}
		if _, ok := w.siteAt.under(m.root); !ok || w.umounting && w.lookup(m, w.siteAt) == nil {
			continue
		}
		list = append(list, w.unlinked(m, upstream))
	}
	return list
}

// unlinked says why a mount that shows the same directory gets nothing.
func (w *world) unlinked(m *mount, upstream map[*group]bool) nsctl.NotReached {
	switch {
	case m.unbindable && !m.slave():
		return w.missed(m, nsctl.NotReachedUnbindable, "it is unbindable: it neither sends nor receives")
	case !m.shared() && !m.slave():
		return w.missed(m, nsctl.NotReachedPrivate, "it is private: it neither sends nor receives")
	case m.group != nil && upstream[m.group]:
		return w.missed(m, nsctl.NotReachedSendsOnly, "it only sends to where this is done: nothing travels up to a master")
	case w.site.group == nil:
		return w.missed(m, nsctl.NotReachedOtherGroup, "where this is done sends to no group")
	}
	return w.missed(m, nsctl.NotReachedOtherGroup, "it receives from another group than where this is done")
}

func (w *world) missed(m *mount, reason nsctl.NotReachedReason, text string) nsctl.NotReached {
	return nsctl.NotReached{
		NS: m.space.info.NS, Space: m.space.pos, MntID: m.id, Mountpoint: w.path(m), Reason: reason, Text: text,
	}
}

// doneAt remembers the mount and the directory that something is mounted on, or
// unmounted from.
func (w *world) doneAt(m *mount, at dentry, umounting bool) {
	w.site, w.siteAt, w.umounting = m, at, umounting
}
