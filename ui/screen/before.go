package screen

import (
	"slices"

	"mntscope/nsctl"
)

// afterEvents gives the state to which events lead, without those of one operation, which
// began later. The tables that do not change are shared.
func afterEvents(s *nsctl.Snapshot, events []nsctl.Event, but int) *nsctl.Snapshot {
	after := *s
	after.Namespaces = slices.Clone(s.Namespaces)
	own := map[int]bool{} // the namespaces with a table of their own
	for i := range events {
		e := &events[i]
		if but != 0 && e.Op == but {
			continue
		}
		at := slices.IndexFunc(after.Namespaces, func(n nsctl.Namespace) bool {
			return KeyOf(&n.NamespaceInfo).same(NSKey{id: e.NSID, ns: e.NS})
		})
		switch {
		case e.Kind == nsctl.EventNamespaceCreated && e.Namespace != nil && at < 0:
			after.Namespaces = append(after.Namespaces, *e.Namespace)
		case at < 0:
		case e.Kind == nsctl.EventNamespaceGone:
			after.Namespaces[at].Mounts = nil
			own[at] = true
		case e.Mount != nil:
			if !own[at] {
				after.Namespaces[at].Mounts = slices.Clone(after.Namespaces[at].Mounts)
				own[at] = true
			}
			apply(&after.Namespaces[at], e)
		}
	}
	return &after
}

// apply changes the table of a namespace as an event says.
func apply(n *nsctl.Namespace, e *nsctl.Event) {
	at := slices.IndexFunc(n.Mounts, func(m nsctl.Mount) bool {
		return m.MntID == e.Mount.MntID && agree(m.ID, e.Mount.ID)
	})
	switch {
	case e.Kind == nsctl.EventUmount && at >= 0:
		n.Mounts = slices.Delete(n.Mounts, at, at+1)
	case e.Kind == nsctl.EventUmount:
	case at >= 0:
		n.Mounts[at] = *e.Mount
	case e.Kind == nsctl.EventMount:
		n.Mounts = append(n.Mounts, *e.Mount)
	}
}
