package change

import (
	"slices"

	"mntscope/nsctl"
)

// related gives those of the effects that may come from an operation: others change
// mounts, too, at the same moment, and what they do in other namespaces to other
// filesystems and other groups is none of it.
func related(predicted []nsctl.Effect, ns nsctl.NSNumber, effects []nsctl.Effect) []nsctl.Effect {
	spaces, devs := map[nsctl.NSNumber]bool{ns: true}, map[nsctl.Dev]bool{}
	var were, are []nsctl.GroupID // the groups it is about, and those of them that go on
	for i := range predicted {
		e := &predicted[i]
		spaces[e.NS], devs[e.Mount.Dev] = true, true
		are = append(are, e.Mount.Propagation.Shared, e.Mount.Propagation.Master)
		were = append(were, groupsBefore(e)...)
		if e.Via != nil {
			are = append(are, e.Via.Group)
		}
	}
	were = append(were, are...)
	return slices.DeleteFunc(slices.Clone(effects), func(e nsctl.Effect) bool {
		if spaces[e.NS] || devs[e.Mount.Dev] {
			return false
		}
		groups, about := groupsBefore(&e), were
		if e.Kind == nsctl.EffectMount { // in a new group that got the number of one that has ended
			groups, about = []nsctl.GroupID{e.Mount.Propagation.Shared, e.Mount.Propagation.Master}, are
		}
		return !slices.ContainsFunc(groups, func(id nsctl.GroupID) bool { return id != 0 && slices.Contains(about, id) })
	})
}

// groupsBefore gives the groups that a mount was connected with before an effect.
func groupsBefore(e *nsctl.Effect) []nsctl.GroupID {
	was := e.Mount.Propagation
	switch {
	case e.Kind == nsctl.EffectMount:
		return nil
	case e.Was != nil:
		was = e.Was.Propagation
	}
	return []nsctl.GroupID{was.Shared, was.Master}
}

// narrowed gives two states of a host with nothing but some namespaces in them, in the
// order of the first. Where one of them is gone, it is left out.
func narrowed(first, second *nsctl.Snapshot, named map[nsctl.NSNumber]bool) (one, other *nsctl.Snapshot) {
	at := map[spaceKey]int{}
	for i := range second.Namespaces {
		at[keyOf(&second.Namespaces[i])] = i
	}
	a, b := *first, *second
	a.Namespaces, b.Namespaces = nil, nil
	for i := range first.Namespaces {
		j, ok := at[keyOf(&first.Namespaces[i])]
		if ok && named[first.Namespaces[i].NS] {
			a.Namespaces = append(a.Namespaces, first.Namespaces[i])
			b.Namespaces = append(b.Namespaces, second.Namespaces[j])
		}
	}
	return &a, &b
}
