// Package screen holds the explorer's screens: plain structs that the root model
// routes to. They do no I/O and read no clock; what takes long is handed back as a
// command, and its result comes in as a message.
package screen

import (
	"strconv"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Host is a snapshot made ready for the screens: everything that costs time in
// proportion to the number of mounts is worked out here, once, outside of the
// event loop. It is immutable.
type Host struct {
	*graph.Graph
	Forest *graph.Forest
	// Start is the position of the namespace that the others are seen from; -1 if
	// it is not in the snapshot.
	Start     int
	Relations []Relation // of each namespace to the start
	// Read and Total count namespaces while the host is being read.
	Read, Total int

	ties    ties
	labels  []string
	groupAt map[nsctl.GroupID]int32 // positions in the forest
	texts   texts
	marks   map[graph.Ref]Mark // of a host that is only thought of
}

// NewHost prepares a snapshot. Self is the start namespace; 0 stands for the one
// in which the snapshot was taken.
func NewHost(s *nsctl.Snapshot, self nsctl.NSNumber, read, total int) *Host {
	if self == 0 {
		self = s.Observer.NS
	}
	h := &Host{Graph: graph.New(s), Start: -1, Read: read, Total: total, labels: make([]string, len(s.Namespaces))}
	h.Forest = h.Graph.Forest()
	h.groupAt = make(map[nsctl.GroupID]int32, len(h.Forest.Groups))
	for i := range h.Forest.Groups {
		h.groupAt[h.Forest.Groups[i].ID] = int32(i)
	}
	for i := range s.Namespaces {
		h.labels[i] = label(&s.Namespaces[i])
		if self != 0 && s.Namespaces[i].NS == self && h.Start < 0 {
			h.Start = i
		}
	}
	h.ties = newTies(s, h.Start)
	h.texts = newTexts(s, h.Forest, h.labels)
	h.Relations = h.ties.relations(s, h.Start)
	return h
}

// Empty is the host before anything was read.
func Empty() *Host { return NewHost(&nsctl.Snapshot{}, 0, 0, 0) }

// Len is the number of namespaces.
func (h *Host) Len() int { return len(h.labels) }

// Label is a short name of a namespace for people, fit to be shown; "" if there is
// no such namespace.
func (h *Host) Label(ns int) string {
	if ns < 0 || ns >= len(h.labels) {
		return ""
	}
	return h.labels[ns]
}

func label(n *nsctl.Namespace) string {
	switch {
	case n.Name != "":
		return nsctl.Printable(n.Name)
	case len(n.Processes) > 0 && n.Processes[0].Comm != "":
		return nsctl.Printable(n.Processes[0].Comm)
	}
	return n.NS.String()
}

// MountCount is the number of mounts in all namespaces.
func (h *Host) MountCount() int {
	n := 0
	for i := range h.Len() {
		n += len(h.Namespace(i).Mounts)
	}
	return n
}

// pidOf gives a process through which a namespace can be entered; 0 if none is known.
func pidOf(n *nsctl.Namespace) int {
	if len(n.Processes) > 0 {
		return n.Processes[0].PID
	}
	for _, held := range n.HeldBy {
		if held.Kind == nsctl.HeldByProcess || held.Kind == nsctl.HeldByThread {
			return held.PID
		}
	}
	return 0
}

func number[T ~int | ~int32 | ~int64 | ~uint32](n T) string { return strconv.FormatInt(int64(n), 10) }
