package ui

import (
	"mntscope/nsctl/graph"
	"mntscope/ui/action"
	"mntscope/ui/screen"
)

// onMountPoints are the operations that make, move and remove mounts.
func onMountPoints() []act {
	both := action.Mounts | action.Peers
	asks := func(id, title, key string, suggest func(h *screen.Host, r graph.Ref) []suggestion) act {
		return act{ID: id, Title: title, Keys: []string{key}, Scope: both, Danger: true, Why: (*model).whyNotDo, Run: askToDo(suggest)}
	}
	return []act{
		asks("new mount", "Mount a new filesystem, here or somewhere else", "a", newMount),
		asks("bind", "Bind the mount to another place", "b", bindIt),
		asks("rbind", "Bind the mount with all below to another place", "B", bindTree),
		asks("move", "Move the mount, with all below, to another place", "M", moveIt),
		{ID: "unmount", Title: "Unmount it, or all that are marked", Keys: []string{"U"}, Scope: both, Danger: true, Why: (*model).whyNoUmount, Run: (*model).askUmount},
		{ID: "rejoin", Title: "Rejoin: let the mount join the peer group of the same filesystem in another namespace", Scope: both, Danger: true, Why: (*model).whyNoRejoin, Run: (*model).askRejoin},
	}
}
