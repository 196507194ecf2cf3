package discover

import "mntscope/nsctl"

// mountIndex finds the namespace that a mount is in. Nearly always it is asked for the
// first mount of a table, so the others are put in only when one is missed.
type mountIndex struct {
	byFirst    map[nsctl.MountID]*found
	byAny      map[nsctl.MountID]*found // nil until needed
	namespaces []*found
}

func newMountIndex(namespaces []*found) *mountIndex {
	m := &mountIndex{byFirst: make(map[nsctl.MountID]*found, len(namespaces))}
	for _, f := range namespaces {
		m.add(f)
	}
	return m
}

func (m *mountIndex) add(f *found) {
	m.namespaces = append(m.namespaces, f)
	if len(f.table.ids) > 0 {
		m.byFirst[f.table.ids[0]] = f
	}
	if m.byAny != nil {
		m.addAll(f)
	}
}

func (m *mountIndex) addAll(f *found) {
	for _, id := range f.table.ids {
		m.byAny[id] = f
	}
}

// namespaceOf gives nil if no namespace has the mount.
func (m *mountIndex) namespaceOf(id nsctl.MountID) *found {
	if f := m.byFirst[id]; f != nil {
		return f
	}
	if m.byAny == nil {
		m.byAny = map[nsctl.MountID]*found{}
		for _, f := range m.namespaces {
			m.addAll(f)
		}
	}
	return m.byAny[id]
}
