// Package screen holds the explorer's screens: plain structs that the root model
// routes to. They do no I/O and read no clock; what takes long is handed back as a
// command, and its result comes in as a message.
package screen

import (
	"slices"
	"strconv"
	"sync"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
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

	ties   ties
	labels []string
	// labelled is how many namespaces have a label.
	labelled map[string]int
	groupAt  map[nsctl.GroupID]int32 // positions in the forest
	texts    texts
	// predictor indexes the graph for predictions, the first time that it is called.
	predictor func() *predict.Host
	whatIf    *thought // nil: this is how the host is
}

// NewHost prepares a snapshot. Self is the start namespace; 0 stands for the one
// in which the snapshot was taken.
func NewHost(s *nsctl.Snapshot, self nsctl.NSNumber, read, total int) *Host {
	if self == 0 {
		self = s.Observer.NS
	}
	g := graph.New(s)
	h := &Host{Graph: g, Forest: g.Forest(), Read: read, Total: total}
	h.prepare(slices.IndexFunc(s.Namespaces, func(n nsctl.Namespace) bool { return self != 0 && n.NS == self }))
	return h
}

// prepare works out the rest, of which graph and forest are the beginning.
func (h *Host) prepare(start int) {
	s := h.Snapshot()
	h.Start, h.labels, h.labelled = start, make([]string, len(s.Namespaces)), map[string]int{}
	h.predictor = sync.OnceValue(func() *predict.Host { return predict.New(h.Graph) })
	h.groupAt = make(map[nsctl.GroupID]int32, len(h.Forest.Groups))
	for i := range h.Forest.Groups {
		h.groupAt[h.Forest.Groups[i].ID] = int32(i)
	}
	for i := range s.Namespaces {
		h.labels[i] = label(&s.Namespaces[i])
		h.labelled[h.labels[i]]++
	}
	h.ties = newTies(s, h.Start)
	h.texts = newTexts(s, h.Forest, h.labels)
	h.Relations = h.ties.relations(s, h.Start)
}

// Predictor gives the index from which predictions are made. The first call takes time
// in proportion to the number of mounts: it is made by commands.
func (h *Host) Predictor() *predict.Host { return h.predictor() }

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

// Name is the label of a namespace, with its number, or else a process of it, if another one
// has the same label.
func (h *Host) Name(ns int) string {
	label := h.Label(ns)
	if label == "" || h.labelled[label] < 2 {
		return label
	}
	switch n := h.Namespace(ns); {
	case n.NS > 0:
		return label + " " + strconv.FormatUint(uint64(n.NS), 10)
	case len(n.Processes) > 0:
		return label + " pid " + strconv.Itoa(n.Processes[0].PID)
	}
	return label
}

// Called gives the position of the namespace that a reference names, or -1.
func (h *Host) Called(ref string) int {
	infos := make([]nsctl.NamespaceInfo, h.Len())
	for i := range infos {
		infos[i] = h.Namespace(i).NamespaceInfo
	}
	at, err := nsctl.FindNamespace(infos, h.Snapshot().Observer.NS, ref)
	if err != nil {
		return -1
	}
	return at
}

// LabelOf names the namespace of a number.
func (h *Host) LabelOf(number nsctl.NSNumber) string {
	for i := range h.Len() {
		if h.Namespace(i).NS == number {
			return h.Label(i)
		}
	}
	return number.String()
}

func label(n *nsctl.Namespace) string {
	switch {
	case n.Name != "":
		return nsctl.Printable(n.Name)
	case n.NS < 0:
		return "new namespace"
	case len(n.Processes) > 0 && n.Processes[0].Comm != "":
		return nsctl.Printable(n.Processes[0].Comm)
	}
	return n.NS.String()
}

// MountCount is the number of mounts in all namespaces.
func (h *Host) MountCount() int {
	n := 0
	for i := range h.Len() {
		n += h.mountsIn(i)
	}
	return n
}

// mountsIn is the number of mounts in a namespace, without those that would vanish.
func (h *Host) mountsIn(ns int) int {
	return len(h.Namespace(ns).Mounts) - h.Counts(ns).Vanish
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

// Enter gives the words of a command with which a shell on the host gets into a
// namespace: none for the start namespace. It is false if nothing leads there.
func (h *Host) Enter(ns int) (words []string, ok bool) {
	n := h.Namespace(ns)
	if ns == h.Start {
		return nil, true
	}
	if pid := pidOf(n); pid != 0 {
		words = []string{"nsenter", "-t", number(pid), "-m"}
		if h.otherOwner(n) {
			words = append(words, "-U", "--preserve-credentials")
		}
		return append(words, "--"), true
	}
	for _, held := range n.HeldBy {
		if held.Path != "" {
			return []string{"nsenter", "--mount=" + held.Path, "--"}, true
		}
	}
	return nil, false
}

// otherOwner reports whether an ordinary user must enter the user namespace that owns a
// namespace first.
func (h *Host) otherOwner(n *nsctl.Namespace) bool {
	return h.Snapshot().Observer.UID != 0 && h.Start >= 0 && n.OwnerUserNS != 0 && n.OwnerUserNS != h.Namespace(h.Start).OwnerUserNS
}
