package discover

import (
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Locks asks the kernel which of some mounts are locked, and changes nothing by it. It
// can tell only of mounts that a path leads to, and only to who has CAP_SYS_ADMIN over
// their namespace and may enter it. The rest is missing in the answer, and for each
// namespace that could not be asked there is an error, a sentence that says why.
func (l *Looker) Locks(mounts []graph.Ref) (map[graph.Ref]nsctl.LockState, []error) {
	locks := map[graph.Ref]nsctl.LockState{}
	bySpace := map[int][]graph.Ref{}
	var order []int
	for _, r := range mounts {
		if bySpace[r.NS] == nil {
			order = append(order, r.NS)
		}
		bySpace[r.NS] = append(bySpace[r.NS], r)
	}
	var failed []error
	for _, ns := range order {
		if err := l.locksIn(ns, bySpace[ns], locks); err != nil {
			failed = append(failed, fmt.Errorf("which mounts are locked in %v cannot be asked: %s", l.g.Namespace(ns).NS, whyNotEntered(err)))
		}
	}
	return locks, failed
}

// locksIn asks about the mounts of one namespace, on a thread that enters it.
func (l *Looker) locksIn(ns int, mounts []graph.Ref, locks map[graph.Ref]nsctl.LockState) error {
	file, err := openNamespaceOf(l.g, ns)
	if err != nil {
		return err
	}
	defer file.Close()
	return nsthread.In(file, func() error {
		for _, r := range mounts {
			m := l.g.Mount(r)
			if !leadsTo(m) {
				continue
			}
			switch locked, err := sys.MountLocked(m.Mountpoint); {
			case err != nil: // it cannot be told, or is not there any more
			case locked:
				locks[r] = nsctl.Locked
			default:
				locks[r] = nsctl.Unlocked
			}
		}
		return nil
	})
}

// leadsTo says that the path of a mount leads to it, and not to one that covers it.
func leadsTo(m *nsctl.Mount) bool {
	place, err := sys.OpenPlace(m.Mountpoint)
	if err != nil {
		return false
	}
	defer place.Close()
	info, err := place.Stat()
	return err == nil && info.MountRoot && nsctl.MountID(info.Mount) == m.MntID
}
