package discover

import (
	"context"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// Refresh reads the mounts of a snapshot's namespaces again, and nothing else: their names,
// processes and holders stay as they were. That takes a fraction of the time of a scan. It
// is false if there may be other namespaces now than the snapshot has, or it cannot be
// told that there are none: then the host must be read as a whole. To tell it takes
// CAP_SYS_ADMIN in the first user namespace and Linux 6.12.
func Refresh(ctx context.Context, s *nsctl.Snapshot) (fresh *nsctl.Snapshot, ok bool, err error) {
	if !sys.AdministersHost() {
		return nil, false, nil
	}
	known := make(map[nsctl.NSID]bool, len(s.Namespaces))
	for i := range s.Namespaces {
		known[s.Namespaces[i].NSID] = true
	}
	met := 0
	if err := Walk(func(_ sys.NamespaceFile, id nsctl.NSID) bool {
		if known[id] && id != 0 {
			met++
		} else {
			met = -len(s.Namespaces) - 1<<30 // there is another one
		}
		return false
	}); err != nil || met != len(s.Namespaces) {
		return nil, false, nil //nolint:nilerr // what cannot be walked is read as a whole
	}
	head := describeHost()
	head.Taken = s.Taken
	head.Gaps = s.Gaps
	head.Namespaces = make([]nsctl.Namespace, len(s.Namespaces))
	all := make([]int, len(s.Namespaces))
	var r MountReader
	for i := range s.Namespaces {
		mounts, err := r.Mounts(ctx, s.Namespaces[i].NSID)
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if err != nil {
			return nil, false, nil //nolint:nilerr // it has ended, or is read in another way
		}
		for j, by := range graph.HiddenBy(mounts) {
			mounts[j].HiddenBy = by
		}
		head.Namespaces[i] = nsctl.Namespace{NamespaceInfo: s.Namespaces[i].NamespaceInfo, Mounts: mounts}
		all[i] = i
	}
	for _, left := range graph.PropagateFrom(&head, all) {
		askPropagateFrom(&head.Namespaces[left.NS], left.Mount)
	}
	return &head, true, nil
}
