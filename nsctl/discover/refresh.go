package discover

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// Refresh reads the mounts of a snapshot's namespaces again, which takes a fraction of the
// time of a scan. Namespaces that have ended are left out, and those that have come are read
// as in a scan; of the others the names, processes and holders stay as they were. It is
// false if the host must be read as a whole, because there is more to find out.
//
// Who has CAP_SYS_ADMIN in the first user namespace is told by the kernel which namespaces
// there are (Linux 6.12); anybody else notices only those that processes are in.
//
// The options of filesystems, but for whether they are read-only, are read again in the
// namespaces in whole only, by their positions.
func (s *Scanner) Refresh(ctx context.Context, last *nsctl.Snapshot, whole map[int]bool) (fresh *nsctl.Snapshot, ok bool, err error) {
	r := s.newRefresh(last)
	defer r.dropNew()
	if err := r.readTables(ctx, whole); err != nil {
		return nil, false, err
	}
	if !r.census(ctx) || !r.complete() {
		return nil, false, ctx.Err()
	}
	return r.snapshot(), true, ctx.Err()
}

// Tables reads the mounts of a snapshot's namespaces again, as Refresh does, whether there are
// others now or not. It is false if one could not be read in a simple way, and has not
// ended: then the host must be read as a whole.
func (s *Scanner) Tables(ctx context.Context, last *nsctl.Snapshot, whole map[int]bool) (fresh *nsctl.Snapshot, ok bool, err error) {
	r := s.newRefresh(last)
	defer r.dropNew()
	if err := r.readTables(ctx, whole); err != nil {
		return nil, false, err
	}
	if slices.ContainsFunc(r.known, func(k again) bool { return k.err != nil }) && !r.census(ctx) || !r.complete() {
		return nil, false, ctx.Err()
	}
	r.dropNew()
	return r.snapshot(), true, ctx.Err()
}

// refresh is one reading of a host that was read before.
type refresh struct {
	scanner *Scanner
	last    *nsctl.Snapshot
	walks   bool    // the kernel tells which namespaces there are
	members members // else processes do
	known   []again // the namespaces of last
	come    []*found
}

// again is a namespace that was there before.
type again struct {
	mounts []nsctl.Mount
	err    error // why they could not be read
	byID   bool  // they are read by their ids, and therefore without PropagateFrom
	gone   bool
}

func (s *Scanner) newRefresh(last *nsctl.Snapshot) *refresh {
	r := &refresh{scanner: s, last: last, walks: s.features.walk && sys.AdministersHost(), known: make([]again, len(last.Namespaces))}
	if !r.walks {
		r.members = readMembers()
	}
	return r
}

// dropNew leaves out the namespaces that have come.
func (r *refresh) dropNew() {
	for _, f := range r.come {
		if f.file.File >= 0 {
			f.file.Close()
		}
	}
	r.come = nil
}

// readTables reads the tables of all namespaces that were there.
func (r *refresh) readTables(ctx context.Context, whole map[int]bool) error {
	readers := sync.Pool{New: func() any { return new(MountReader) }}
	return r.scanner.workers.each(ctx, len(r.known), func(i int) {
		reader := readers.Get().(*MountReader)
		defer readers.Put(reader)
		r.known[i] = r.readTable(ctx, reader, &r.last.Namespaces[i], whole[i])
	})
}

func (r *refresh) readTable(ctx context.Context, reader *MountReader, ns *nsctl.Namespace, whole bool) (k again) {
	k.err = errElsewhere
	if ns.NSID != 0 && r.scanner.features.statmount {
		k.mounts, k.err = reader.reread(ctx, ns, whole)
		k.byID = k.err == nil
	}
	// Who may not administer a namespace is told that there is none with its id.
	if !k.byID && (!sys.Gone(k.err) || !r.walks) {
		k.mounts, k.err = tableOfInhabitant(reader, ns, r.members.of[ns.NS])
	}
	switch {
	case len(ns.Mounts) == 0 && k.err != nil:
		k.mounts, k.err = []nsctl.Mount{}, nil // it could not be read before, either: there is a gap for that
	case len(ns.Mounts) > 0 && k.err == nil && len(k.mounts) == 0: // there are other ways, which cost more
		k.err = errElsewhere
	}
	for j, by := range graph.HiddenBy(k.mounts) {
		k.mounts[j].HiddenBy = by
	}
	return k
}

// snapshot puts together what was read.
func (r *refresh) snapshot() *nsctl.Snapshot {
	fresh := describeHost()
	fresh.Taken = time.Now().UTC()
	fresh.Gaps = r.gaps()
	type read struct {
		nsctl.Namespace
		byID bool
	}
	var all []read
	for i, k := range r.known {
		if !k.gone {
			all = append(all, read{nsctl.Namespace{NamespaceInfo: r.last.Namespaces[i].NamespaceInfo, Mounts: k.mounts}, k.byID})
		}
	}
	for _, f := range r.come {
		if !f.ended {
			all = append(all, read{f.namespace(), !f.table.fromMountinfo})
		}
	}
	slices.SortStableFunc(all, func(a, b read) int { // as a scan does
		if (a.NS == 0) != (b.NS == 0) {
			return cmp.Compare(b.NS, a.NS)
		}
		return cmp.Compare(a.NS, b.NS)
	})
	var without []int
	for i := range all {
		fresh.Namespaces = append(fresh.Namespaces, all[i].Namespace)
		if all[i].byID {
			without = append(without, i)
		}
	}
	for _, left := range graph.PropagateFrom(&fresh, without) {
		askPropagateFrom(&fresh.Namespaces[left.NS], left.Mount)
	}
	return &fresh
}

// gaps gives those of namespaces that are still there, and of those that have come.
func (r *refresh) gaps() []nsctl.Gap {
	var gone []*nsctl.NamespaceInfo
	for i, k := range r.known {
		if k.gone {
			gone = append(gone, &r.last.Namespaces[i].NamespaceInfo)
		}
	}
	gaps := slices.DeleteFunc(slices.Clone(r.last.Gaps), func(g nsctl.Gap) bool {
		return slices.ContainsFunc(gone, func(ns *nsctl.NamespaceInfo) bool {
			return g.NS == ns.NS && (ns.NS != 0 || g.PID != 0 && slices.Contains(inhabitants(ns), g.PID))
		})
	})
	for _, f := range r.come {
		if !f.ended {
			gaps = append(gaps, f.gaps...)
		}
	}
	return gaps
}

// errElsewhere says that no process of a namespace shows its table as a whole.
var errElsewhere = errors.New("no process that was in the namespace shows its mounts")
