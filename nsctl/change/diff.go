package change

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Effects gives what has changed from one snapshot of a host to a later one, in the
// namespaces that both have. The effects know no rule, and not where they came from; their
// Space is the position in the first snapshot.
func Effects(before, after *nsctl.Snapshot) []nsctl.Effect {
	later := map[spaceKey]int{}
	for i := range after.Namespaces {
		later[keyOf(&after.Namespaces[i])] = i
	}
	var list []nsctl.Effect
	for i := range before.Namespaces {
		j, ok := later[keyOf(&before.Namespaces[i])]
		if !ok {
			continue
		}
		d := tableDiff{ns: before.Namespaces[i].NS, space: i}
		list = append(list, d.effects(before.Namespaces[i].Mounts, after.Namespaces[j].Mounts)...)
	}
	return list
}

// spaceKey tells a namespace from all others, also from those that had its number before.
type spaceKey struct {
	ns   nsctl.NSNumber
	id   nsctl.NSID
	root nsctl.MountID // of the first mount, where the number may not be read
}

func keyOf(ns *nsctl.Namespace) spaceKey {
	key := spaceKey{ns: ns.NS, id: ns.NSID}
	if ns.NS == 0 && len(ns.Mounts) > 0 {
		key.root = ns.Mounts[0].MntID
	}
	return key
}

// tableDiff compares two tables of one namespace.
type tableDiff struct {
	ns    nsctl.NSNumber
	space int
}

func (d tableDiff) effects(before, after []nsctl.Mount) (list []nsctl.Effect) {
	was, is := byID(before), byID(after)
	for i := range before {
		if now := is[before[i].MntID]; now == nil || !sameMount(&before[i], now) {
			list = append(list, d.effect(nsctl.EffectUmount, before[i], nil))
		}
	}
	for i := range after {
		m := &after[i]
		old := was[m.MntID]
		if old == nil || !sameMount(old, m) {
			list = append(list, d.effect(nsctl.EffectMount, *m, nil))
			continue
		}
		if old.Options != m.Options || old.SuperOptions != m.SuperOptions {
			list = append(list, d.effect(nsctl.EffectRemount, *m, &nsctl.Was{Propagation: travelling(old), Options: old.Options, SuperOptions: old.SuperOptions}))
		}
		switch {
		case old.ParentID != m.ParentID || pointIn(was, old) != pointIn(is, m):
			list = append(list, d.effect(nsctl.EffectMove, *m, &nsctl.Was{
				Propagation: travelling(old), ParentID: old.ParentID, Mountpoint: old.Mountpoint,
			}))
		case travelling(old) != travelling(m):
			list = append(list, d.effect(nsctl.EffectPropagation, *m, &nsctl.Was{Propagation: travelling(old)}))
		}
	}
	return list
}

func (d tableDiff) effect(kind nsctl.EffectKind, m nsctl.Mount, was *nsctl.Was) nsctl.Effect {
	m.Propagation, m.HiddenBy = travelling(&m), 0
	return nsctl.Effect{Kind: kind, NS: d.ns, Space: d.space, Mount: m, Was: was}
}

// travelling is the propagation without what only depends on who else is in view.
func travelling(m *nsctl.Mount) nsctl.Propagation {
	p := m.Propagation
	p.PropagateFrom = 0
	return p
}

func byID(mounts []nsctl.Mount) map[nsctl.MountID]*nsctl.Mount {
	index := make(map[nsctl.MountID]*nsctl.Mount, len(mounts))
	for i := range mounts {
		index[mounts[i].MntID] = &mounts[i]
	}
	return index
}

// sameMount says that two lines with one id are about one mount. Ids of mountinfo are
// used again at once; the unique ones are not, but not every kernel has them.
func sameMount(a, b *nsctl.Mount) bool {
	if a.ID != 0 && b.ID != 0 {
		return a.ID == b.ID
	}
	return a.Dev == b.Dev && a.Root == b.Root && a.FSType == b.FSType
}

// pointIn gives where in its parent a mount is. That stays when a mount above is moved.
func pointIn(table map[nsctl.MountID]*nsctl.Mount, m *nsctl.Mount) string {
	if parent := table[m.ParentID]; parent != nil && parent != m {
		if rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint); ok {
			return rest
		}
	}
	return m.Mountpoint
}
