package discover

import (
	"errors"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// openNamespaceOf opens the file of a live namespace of a snapshot, whichever way leads
// there. If none does, the error is the one that says most.
func openNamespaceOf(g *graph.Graph, ns int) (sys.NamespaceFile, error) {
	info := &g.Namespace(ns).NamespaceInfo
	result := errors.New("nothing leads to it")
	for _, path := range waysTo(g, info) {
		file, err := sys.OpenNamespace(path)
		if err == nil {
			number, numErr := file.Number()
			if numErr == nil && (info.NS == 0 || nsctl.NSNumber(number) == info.NS) && file.IsMountNamespace() {
				return file, nil
			}
			file.Close()
			err = errReplaced
		}
		if !sys.Refused(result) {
			result = err
		}
	}
	if info.NSID != 0 {
		if file, err := sys.OpenMountNamespaceByID(uint64(info.NSID), uint64(info.NS)); err == nil {
			return file, nil
		}
	}
	return sys.NamespaceFile{File: -1}, result
}

// Ways gives the paths that the file of a namespace had when the snapshot was taken. What
// is found there now may be another one.
func Ways(g *graph.Graph, ns int) []string { return waysTo(g, &g.Namespace(ns).NamespaceInfo) }

// waysTo gives the paths that the file of a namespace had when the snapshot was taken.
func waysTo(g *graph.Graph, info *nsctl.NamespaceInfo) []string {
	var paths []string
	if own := g.Snapshot().Observer.NS; own != 0 && own == info.NS {
		paths = append(paths, "/proc/self/ns/mnt")
	}
	for _, pid := range inhabitants(info) {
		paths = append(paths, procPath(pid, 0)+"/ns/mnt")
	}
	for _, h := range info.HeldBy {
		switch h.Kind {
		case nsctl.HeldByFD:
			paths = append(paths, h.Path)
		case nsctl.HeldByBind:
			for i := range g.Snapshot().Namespaces {
				holder := &g.Namespace(i).NamespaceInfo
				if holder.NS != h.NS {
					continue
				}
				for _, pid := range inhabitants(holder) {
					paths = append(paths, procPath(pid, 0)+"/root"+h.Path)
				}
			}
		}
	}
	return paths
}
