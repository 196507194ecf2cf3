package replay

import (
	"slices"
	"sort"

	"mntscope/nsctl"
)

// find gives the position of a mount: by its unique id where both have one, else by its
// mountinfo id. It is -1 if there is none.
func (t *table) find(m *nsctl.Mount) int {
	if m.ID != 0 {
		// Tables are ordered by unique id, if the kernel knows these ids at all.
		n := t.len()
		if i := sort.Search(n, func(i int) bool { return t.at(i).ID >= m.ID }); i < n && t.at(i).ID == m.ID {
			return i
		}
	}
	for i := range t.len() {
		o := t.at(i)
		if m.ID != 0 && o.ID != 0 {
			if o.ID == m.ID {
				return i
			}
		} else if o.MntID == m.MntID {
			return i
		}
	}
	return -1
}

// indexOf gives the position of a mount by its mountinfo id alone.
func (t *table) indexOf(id nsctl.MountID) int {
	for i := range t.len() {
		if t.at(i).MntID == id {
			return i
		}
	}
	return -1
}

// insert puts a new mount where the kernel lists it, which is in order of unique ids. One
// without such an id, or with one that is only predicted, comes last.
func (t *table) insert(m *nsctl.Mount) *nsctl.Mount {
	m = t.withCover(m)
	at := len(t.mounts)
	for at > 0 && m.ID > 0 && t.mounts[at-1].ID > m.ID {
		at--
	}
	t.mounts = slices.Insert(t.mounts, at, m)
	return m
}

func (t *table) remove(at int) {
	m := t.mounts[at]
	t.mounts = slices.Delete(t.mounts, at, at+1)
	t.uncover(m)
}

// replace puts another state of a mount in its place.
func (t *table) replace(at int, m *nsctl.Mount) *nsctl.Mount {
	old := t.mounts[at]
	n := *m
	n.HiddenBy = old.HiddenBy
	if n.ID == 0 {
		n.ID = old.ID
	}
	if n.ParentID != old.ParentID || n.Mountpoint != old.Mountpoint || n.MntID != old.MntID {
		t.edit.unsure = true
	}
	t.mounts[at] = &n
	return &n
}
