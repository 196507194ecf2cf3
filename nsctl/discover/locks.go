package discover

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// Locks asks the kernel which of some mounts are locked, and changes nothing by it. It
// gives the looker's snapshot with the answers in it, and how many there are. The kernel
// can tell only of mounts that a path leads to, and only to who has CAP_SYS_ADMIN over
// their namespace and may enter it: for each namespace that could not be asked there is
// an error, a sentence that says why.
func (l *Looker) Locks(mounts []graph.Ref) (s *nsctl.Snapshot, answers int, failed []error) {
	locks := map[graph.Ref]nsctl.LockState{}
	bySpace := map[int][]graph.Ref{}
	var order []int
	for _, r := range mounts {
		if bySpace[r.NS] == nil {
			order = append(order, r.NS)
		}
		bySpace[r.NS] = append(bySpace[r.NS], r)
	}
	for _, ns := range order {
		if err := l.locksIn(ns, bySpace[ns], locks); err != nil {
			failed = append(failed, fmt.Errorf("which mounts are locked in %v cannot be asked: %s", l.g.Namespace(ns).NS, whyNotEntered(err)))
		}
	}
	return withLocks(l.g.Snapshot(), locks), len(locks), failed
}

// withLocks gives a snapshot in which some locks are known besides.
func withLocks(s *nsctl.Snapshot, locks map[graph.Ref]nsctl.LockState) *nsctl.Snapshot {
	known := *s
	known.Namespaces = slices.Clone(s.Namespaces)
	own := map[int]bool{} // the namespaces whose table is a copy already
	for r, lock := range locks {
		ns := &known.Namespaces[r.NS]
		if !own[r.NS] {
			own[r.NS] = true
			ns.Mounts = slices.Clone(ns.Mounts)
		}
		ns.Mounts[r.Mount].Locked = lock
	}
	return &known
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
