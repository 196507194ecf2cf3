package discover

import (
	"context"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// What following a host may cost.
const (
	// maxShare is how much of one core it may use on average, as one part in so many.
	// That is less than the 2 % allowed, as the garbage collector goes on afterwards.
	maxShare = 60
	// minPause is how long it rests between two scans at least, which on small hosts
	// costs a tenth of that.
	minPause = 3 * time.Second
)

// Follow scans the host until ctx ends, which it returns the error of. It calls
// deliver with partial results of the first scan, with the whole of it, and from then on with
// each state that differs from the last. It measures the processor time that the process
// uses during a scan, and pauses so long that it is at most 2 % of one core on average.
//
// deliver is called from several goroutines, but never twice at once, and must not wait.
func (s *Scanner) Follow(ctx context.Context, deliver func(Update)) error {
	partial := deliver
	var last *nsctl.Snapshot
	for {
		start, used := time.Now(), sys.ProcessCPU()
		snapshot, err := s.snapshot(ctx, partial)
		if err != nil {
			return err
		}
		if last == nil || !sameState(last, snapshot) {
			if last != nil {
				shareUnchanged(last, snapshot)
			}
			deliver(Update{Snapshot: snapshot, Read: len(snapshot.Namespaces), Total: len(snapshot.Namespaces)})
			last, partial = snapshot, nil
		}
		used = sys.ProcessCPU() - used
		pause := max(minPause, maxShare*used-time.Since(start))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.rescan:
		case <-time.After(pause):
		}
	}
}

// Rescan makes Follow look at once instead of after its pause. It does not wait, and may
// be called from any goroutine.
func (s *Scanner) Rescan() {
	select {
	case s.rescan <- struct{}{}:
	default: // asked already
	}
}

// sameState reports whether two snapshots of a host say the same.
func sameState(a, b *nsctl.Snapshot) bool {
	return slices.Equal(a.Gaps, b.Gaps) &&
		slices.EqualFunc(a.Namespaces, b.Namespaces, func(a, b nsctl.Namespace) bool {
			return SameInfo(&a.NamespaceInfo, &b.NamespaceInfo) && slices.Equal(a.Mounts, b.Mounts)
		})
}

// SameInfo says that two descriptions of a namespace say the same.
func SameInfo(a, b *nsctl.NamespaceInfo) bool {
	return a.NS == b.NS && a.NSID == b.NSID && a.Kind == b.Kind && a.Name == b.Name &&
		samePointed(a.Container, b.Container) && a.OwnerUserNS == b.OwnerUserNS &&
		samePointed(a.OwnerUID, b.OwnerUID) && a.ProcessCount == b.ProcessCount &&
		slices.Equal(a.Processes, b.Processes) && slices.Equal(a.HeldBy, b.HeldBy)
}

func samePointed[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// shareUnchanged gives a new snapshot the tables of the last one where they are
// equal, so that following a large host does not hold them twice.
func shareUnchanged(last, snapshot *nsctl.Snapshot) {
	byFirst := make(map[nsctl.MountID][]nsctl.Mount, len(last.Namespaces)) // a mount is in one namespace only
	for i := range last.Namespaces {
		if mounts := last.Namespaces[i].Mounts; len(mounts) > 0 {
			byFirst[mounts[0].MntID] = mounts
		}
	}
	for i := range snapshot.Namespaces {
		ns := &snapshot.Namespaces[i]
		if len(ns.Mounts) == 0 {
			continue
		}
		if mounts := byFirst[ns.Mounts[0].MntID]; slices.Equal(mounts, ns.Mounts) {
			ns.Mounts = mounts
		}
	}
}
