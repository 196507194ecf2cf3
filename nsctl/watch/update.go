package watch

import "mntscope/nsctl"

// Update is one state of the host, and what happened since the last one.
type Update struct {
	Snapshot *nsctl.Snapshot // never nil; immutable, and shares with the last one what did not change
	// Read and Total count namespaces while the host is read for the first time: how many
	// of those found so far have their mounts in Snapshot. They are equal from then on.
	Read, Total int
	// Events lead from the Snapshot of the last Update to this one. The first event is of
	// kind ready and comes with the first whole Snapshot.
	Events []nsctl.Event
}
