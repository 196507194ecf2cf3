package change

import (
	"slices"

	"mntscope/nsctl"
)

// related gives those of the effects that may come from an operation: others change
// mounts, too, at the same moment, and what they do in other namespaces to other
// filesystems and other groups is none of it.
func related(predicted []nsctl.Effect, ns nsctl.NSNumber, effects []nsctl.Effect) []nsctl.Effect {
	spaces, devs, groups := map[nsctl.NSNumber]bool{ns: true}, map[nsctl.Dev]bool{}, map[nsctl.GroupID]bool{}
	for i := range predicted {
		e := &predicted[i]
		spaces[e.NS], devs[e.Mount.Dev] = true, true
		for _, id := range groupsOf(e) {
			groups[id] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(effects), func(e nsctl.Effect) bool {
		return !spaces[e.NS] && !devs[e.Mount.Dev] &&
			!slices.ContainsFunc(groupsOf(&e), func(id nsctl.GroupID) bool { return groups[id] })
	})
}

// groupsOf gives the groups that an effect is about.
func groupsOf(e *nsctl.Effect) []nsctl.GroupID {
	list := []nsctl.GroupID{e.Mount.Propagation.Shared, e.Mount.Propagation.Master}
	if e.Was != nil {
		list = append(list, e.Was.Propagation.Shared, e.Was.Propagation.Master)
	}
	if e.Via != nil {
		list = append(list, e.Via.Group)
	}
	return slices.DeleteFunc(list, func(id nsctl.GroupID) bool { return id == 0 })
}

// like gives a later snapshot with the namespaces of an earlier one, in their order. Those
// that are not named, and those that are gone, are as they were.
func like(earlier, later *nsctl.Snapshot, named map[nsctl.NSNumber]bool) *nsctl.Snapshot {
	now := map[spaceKey]int{}
	for i := range later.Namespaces {
		now[keyOf(&later.Namespaces[i])] = i
	}
	s := *earlier
	s.Namespaces = slices.Clone(earlier.Namespaces)
	for i := range s.Namespaces {
		if at, ok := now[keyOf(&s.Namespaces[i])]; ok && named[s.Namespaces[i].NS] {
			s.Namespaces[i] = later.Namespaces[at]
		}
	}
	return &s
}
