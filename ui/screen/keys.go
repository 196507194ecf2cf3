package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// identity is what the detail pane is about.
type identity interface {
	// is reports whether the other one is of the same thing, in another snapshot.
	is(other identity) bool
}

// agree reports whether two ids that are never reused can be the same: what a partial
// snapshot does not know yet is 0.
func agree[T nsctl.NSID | nsctl.UniqueID](a, b T) bool { return a == b || a == 0 || b == 0 }

// NSKey identifies a namespace from one snapshot to the next.
type NSKey struct {
	id  nsctl.NSID
	ns  nsctl.NSNumber
	pid int // of a process in it
}

// KeyOf gives the key of a namespace.
func KeyOf(n *nsctl.NamespaceInfo) NSKey {
	k := NSKey{id: n.NSID, ns: n.NS}
	if len(n.Processes) > 0 {
		k.pid = n.Processes[0].PID
	}
	return k
}

// same goes by the number and the id that is never reused, as far as they are known,
// and only without either by a process.
func (k NSKey) same(o NSKey) bool {
	switch {
	case k.ns != 0 && o.ns != 0:
		return k.ns == o.ns && agree(k.id, o.id)
	case k.id != 0 && o.id != 0:
		return k.id == o.id
	}
	return k == o || k.pid != 0 && k.pid == o.pid
}

func (k NSKey) is(other identity) bool {
	o, ok := other.(NSKey)
	return ok && k.same(o)
}

// FindNS gives the position of a namespace, or -1.
func (h *Host) FindNS(k NSKey) int {
	for i := range h.Len() {
		if KeyOf(&h.Namespace(i).NamespaceInfo).same(k) {
			return i
		}
	}
	return -1
}

// MountKey identifies a mount from one snapshot to the next.
type MountKey struct {
	unique nsctl.UniqueID
	id     nsctl.MountID
	ns     NSKey
}

// MountKey gives the key of a mount.
func (h *Host) MountKey(r graph.Ref) MountKey {
	return KeyOfMount(&h.Namespace(r.NS).NamespaceInfo, h.Mount(r))
}

// KeyOfMount gives the key of a mount in a namespace.
func KeyOfMount(ns *nsctl.NamespaceInfo, m *nsctl.Mount) MountKey {
	return MountKey{unique: m.ID, id: m.MntID, ns: KeyOf(ns)}
}

func (k MountKey) same(o MountKey) bool {
	return k.id == o.id && agree(k.unique, o.unique) && k.ns.same(o.ns)
}

func (k MountKey) is(other identity) bool {
	o, ok := other.(MountKey)
	return ok && k.same(o)
}

// findKey finds a mount of a namespace by its key.
func (h *Host) findKey(ns int, key MountKey) (graph.Ref, bool) {
	mounts := h.Namespace(ns).Mounts
	for i := range mounts {
		if r := (graph.Ref{NS: ns, Mount: i}); mounts[i].MntID == key.id && h.MountKey(r).same(key) {
			return r, true
		}
	}
	return graph.Ref{}, false
}

// FindMount finds a mount by its key and that of its namespace.
func (h *Host) FindMount(ns NSKey, key MountKey) (graph.Ref, bool) {
	at := h.FindNS(ns)
	if at < 0 {
		return graph.Ref{}, false
	}
	return h.findKey(at, key)
}

// mountSet is a set of mounts that outlives snapshots. No two mounts of a host have
// the same id at one time.
type mountSet map[nsctl.MountID]MountKey

func (s mountSet) add(k MountKey)    { s[k.id] = k }
func (s mountSet) remove(k MountKey) { delete(s, k.id) }

func (s mountSet) has(k MountKey) bool {
	known, ok := s[k.id]
	return ok && known.same(k)
}

// peerKey identifies a row of the propagation forest from one snapshot to the next.
type peerKey struct {
	group nsctl.GroupID
	mount MountKey // zero for the group itself
}

func (k peerKey) same(o peerKey) bool { return k.group == o.group && k.mount.same(o.mount) }

func (k peerKey) is(other identity) bool {
	o, ok := other.(peerKey)
	return ok && k.same(o)
}
