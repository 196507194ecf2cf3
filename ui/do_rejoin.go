package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/screen"
)

// mostGroups bounds how many groups are suggested.
const mostGroups = 100

// whyNoRejoin is why the selected mount cannot join a group.
func (m *model) whyNoRejoin() string {
	if why := m.whyNotDo(); why != "" {
		return why
	}
	r, _ := m.selectedLive()
	if len(groupsFor(m.live, r, 1)) == 0 {
		return "no shared mount of the same filesystem is in another namespace"
	}
	return ""
}

// askRejoin asks which group the selected mount is to join.
func (m *model) askRejoin() tea.Cmd {
	r, _ := m.selectedLive()
	var list []suggestion
	for _, peer := range groupsFor(m.live, r, mostGroups) {
		there := m.live.Mount(peer)
		op := nsctl.Op{Kind: nsctl.OpRejoin, Target: m.live.Mount(r).Mountpoint, ToNS: bareNumber(m.live.Namespace(peer.NS).NS), To: there.Mountpoint}
		slave := op
		slave.Slave = true
		name := nsctl.Printable(there.Mountpoint) + " in " + m.live.Name(peer.NS) + ", " + there.Propagation.String()
		list = append(list, suggestion{"join the group of " + name, op}, suggestion{"receive from " + name, slave})
	}
	return m.askWhatToDo(r, list)
}

// groupsFor gives mounts of the same filesystem in other namespaces that have a group to
// join: one of each group, those first that have the same directory of it as their root.
// MOVE_MOUNT_SET_GROUP wants one that has all of it (do_set_group in fs/namespace.c).
func groupsFor(h *screen.Host, r graph.Ref, most int) []graph.Ref {
	is := h.Mount(r)
	seen := map[nsctl.GroupID]bool{}
	var same, above []graph.Ref
	for ns := range h.Len() {
		if ns == r.NS || h.Namespace(ns).NS == 0 {
			continue
		}
		mounts := h.Namespace(ns).Mounts
		for i := range mounts {
			at := &mounts[i]
			if at.Dev != is.Dev || at.Propagation.Shared == 0 || at.HiddenBy != 0 || seen[at.Propagation.Shared] {
				continue
			}
			_, contains := graph.Below(at.Root, is.Root)
			switch {
			case at.Root == is.Root:
				same = append(same, graph.Ref{NS: ns, Mount: i})
			case contains:
				above = append(above, graph.Ref{NS: ns, Mount: i})
			default:
				continue
			}
			seen[at.Propagation.Shared] = true
		}
	}
	same = append(same, above...)
	return same[:min(len(same), most)]
}
