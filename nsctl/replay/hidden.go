package replay

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Which mounts are hidden follows from a whole table ([graph.HiddenBy]). But most mounts
// cover nothing and are covered by nothing beside them; for one of these it is enough to
// look at the others once, which is some thirty times faster. A copy that appears in a
// thousand namespaces asks for it a thousand times.

// maxGlances is how often that is tried for one table, before it is faster to work out
// the whole.
const maxGlances = 24

// glance says that looking through the table once is worth a try.
func (t *table) glance() bool {
	if t.edit.unsure || t.edit.glances == maxGlances {
		t.edit.unsure = true
		return false
	}
	t.edit.glances++
	return true
}

// withCover gives a mount that is about to be inserted with what hides it.
func (t *table) withCover(m *nsctl.Mount) *nsctl.Mount {
	var by nsctl.MountID
	if t.glance() {
		var plain bool
		if by, plain = t.coverOf(m); !plain {
			t.edit.unsure = true
		}
	}
	return hiddenBy(m, by)
}

// coverOf gives what hides a new mount, if it covers nothing itself and is beside nothing
// that covers it: then it is hidden if its parent is.
func (t *table) coverOf(m *nsctl.Mount) (by nsctl.MountID, plain bool) {
	var parent *nsctl.Mount
	for _, o := range t.mounts {
		switch {
		case o.MntID == m.MntID || o.ParentID == m.MntID:
			return 0, false
		case o.MntID == m.ParentID && parent == nil:
			parent = o
		}
		if o.ParentID == m.ParentID && overlap(o.Mountpoint, m.Mountpoint) {
			return 0, false
		}
	}
	if parent == nil {
		return 0, true
	}
	rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint)
	return parent.HiddenBy, ok && rest != ""
}

// overlap says that of two paths one is in the other.
func overlap(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if !strings.HasPrefix(b, a) {
		return false
	}
	_, ok := graph.Below(a, b)
	return ok
}

// uncover is told that a mount was removed. If it hid nothing and held nothing, it is not
// missed.
func (t *table) uncover(m *nsctl.Mount) {
	if !t.glance() {
		return
	}
	for _, o := range t.mounts {
		if o.HiddenBy == m.MntID || o.ParentID == m.MntID || o.MntID == m.MntID {
			t.edit.unsure = true
			return
		}
	}
}

// finish works out what is still open. The table does not change any more after it.
func (t *table) finish() {
	if t.edit.unsure {
		for i, by := range graph.HiddenBy(t.list()) {
			t.mounts[i] = hiddenBy(t.mounts[i], by)
		}
	}
	t.edit = nil
}

// hiddenBy gives the mount with another cover. Mounts are shared, and so not changed.
func hiddenBy(m *nsctl.Mount, by nsctl.MountID) *nsctl.Mount {
	if m.HiddenBy == by {
		return m
	}
	n := *m
	n.HiddenBy = by
	return &n
}
