package holders

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// InSnapshot finds the mounts of a filesystem, and the overlays with a layer on it. The
// lists of the result are never nil.
func InSnapshot(s *nsctl.Snapshot, dev nsctl.Dev) *nsctl.FilesystemHolders {
	h := &nsctl.FilesystemHolders{
		Dev: dev, Mounts: []nsctl.MountHolder{}, Processes: []nsctl.ProcessHolder{}, Others: overlaysOn(s, dev),
		Release: []nsctl.ReleaseStep{}, Gaps: []nsctl.Gap{},
	}
	for i := range s.Namespaces {
		ns := &s.Namespaces[i]
		for j := range ns.Mounts {
			m := &ns.Mounts[j]
			if m.Dev != dev {
				continue
			}
			if len(h.Mounts) == 0 {
				h.FSType, h.Source = m.FSType, m.Source
			}
			holder := nsctl.MountHolder{NS: ns.NS, Name: ns.Name, PID: entrance(&ns.NamespaceInfo), Mount: *m, Space: i}
			if holder.PID == 0 {
				holder.HeldBy = ns.HeldBy
			}
			h.Mounts = append(h.Mounts, holder)
		}
	}
	for _, g := range s.Gaps {
		if g.What != "owner" { // which hides no holder
			h.Gaps = append(h.Gaps, g)
		}
	}
	return h
}

// entrance gives a process or thread whose file in /proc leads to the namespace; 0 if
// none lives in it.
func entrance(ns *nsctl.NamespaceInfo) int {
	for _, h := range ns.HeldBy {
		if h.Kind == nsctl.HeldByProcess || h.Kind == nsctl.HeldByThread {
			return h.PID
		}
	}
	if len(ns.Processes) > 0 {
		return ns.Processes[0].PID
	}
	return 0
}

// MountAt gives the mount that a path without symbolic links leads to in a namespace: the
// topmost at the path itself, or else at the nearest directory above it.
func MountAt(ns *nsctl.Namespace, path string) (m *nsctl.Mount, ok bool) {
	for i := range ns.Mounts {
		candidate := &ns.Mounts[i]
		if candidate.HiddenBy != 0 || candidate.Mountpoint == "" {
			continue
		}
		if _, above := graph.Below(candidate.Mountpoint, path); !above {
			continue
		}
		if m == nil || len(candidate.Mountpoint) > len(m.Mountpoint) {
			m = candidate
		}
	}
	return m, m != nil
}

// Observers gives the namespace of the snapshot's observer; nil if it is not in there.
func Observers(s *nsctl.Snapshot) *nsctl.Namespace {
	for i := range s.Namespaces {
		if s.Namespaces[i].NS == s.Observer.NS && s.Observer.NS != 0 {
			return &s.Namespaces[i]
		}
	}
	return nil
}
