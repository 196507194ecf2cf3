package predict

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Host is a snapshot that is indexed for predictions. It is immutable, and may be used
// by several goroutines at once.
type Host struct {
	g      *graph.Graph
	kernel kernel
	// mountedOn gives what is mounted on a dentry, in whatever mount and namespace: the
	// kernel's struct mountpoint. byDev gives the mounts of a filesystem.
	mountedOn index[dentry]
	byDev     index[nsctl.Dev]
	next      numbers
}

// numbers are the next ones for what a prediction makes.
type numbers struct {
	mount nsctl.MountID
	group nsctl.GroupID
	ns    nsctl.NSNumber
	owner nsctl.UserNSNumber
	minor uint32
}

const (
	// firstGroup is above every number that the kernel gives to a peer group (it gives the
	// lowest that is free).
	firstGroup nsctl.GroupID = 1_000_000
	// firstMinor is above every minor device number (MINORBITS in include/linux/kdev_t.h).
	firstMinor = 1 << 20
)

// New indexes the snapshot of a graph. It costs time linear in the number of mounts.
func New(g *graph.Graph) *Host {
	s := g.Snapshot()
	h := &Host{g: g, kernel: kernelOf(s.Host.Kernel), next: numbers{-1, firstGroup, -1, -1, firstMinor}}
	for i := range s.Namespaces {
		ns := &s.Namespaces[i]
		h.next.ns, h.next.owner = min(h.next.ns, ns.NS-1), min(h.next.owner, ns.OwnerUserNS-1)
		for j := range ns.Mounts {
			m, r := &ns.Mounts[j], graph.Ref{NS: i, Mount: j}
			h.next.mount = min(h.next.mount, m.MntID-1)
			h.next.group = max(h.next.group, m.Propagation.Shared+1, m.Propagation.Master+1)
			if m.Dev.Major == 0 && m.Dev.Minor >= h.next.minor {
				h.next.minor = m.Dev.Minor + 1
			}
			h.byDev.add(m.Dev, r)
			if parent, ok := g.Parent(r); ok {
				h.mountedOn.add(mountpoint(g.Mount(parent), m), r)
			}
		}
	}
	return h
}

// mountpoint gives the dentry of the parent that a mount is mounted on.
func mountpoint(parent, m *nsctl.Mount) dentry {
	rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint)
	if !ok {
		return dentry{parent.Dev, "?" + m.Mountpoint} // out of a chroot, or torn: a place of its own
	}
	return rootOf(parent).child(rest)
}

// Graph gives the graph that the predictions are made from.
func (h *Host) Graph() *graph.Graph { return h.g }

// index holds lists of mounts by a key.
type index[K comparable] struct {
	number map[K]int32
	lists  [][]graph.Ref
}

func (x *index[K]) add(key K, r graph.Ref) {
	n, ok := x.number[key]
	if !ok {
		if x.number == nil {
			x.number = map[K]int32{}
		}
		n = int32(len(x.lists))
		x.number[key] = n
		x.lists = append(x.lists, nil)
	}
	x.lists[n] = append(x.lists[n], r)
}

func (x *index[K]) of(key K) []graph.Ref {
	if n, ok := x.number[key]; ok {
		return x.lists[n]
	}
	return nil
}
