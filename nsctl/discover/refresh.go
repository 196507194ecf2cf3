package discover

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// Refresh reads the mounts of a snapshot's namespaces again, and nothing else: their names,
// processes and holders stay as they were. That takes a fraction of the time of a scan. It
// is false if there are other namespaces now than the snapshot has: then the host must be
// read as a whole. Who has CAP_SYS_ADMIN in the first user namespace is told by the kernel
// (Linux 6.12); anybody else notices only those that he sees processes in.
//
// The options of filesystems, but for whether they are read-only, are read again in the
// namespaces in whole only, by their positions.
func Refresh(ctx context.Context, s *nsctl.Snapshot, whole map[int]bool) (fresh *nsctl.Snapshot, ok bool, err error) {
	same := sameMembers
	if sys.AdministersHost() {
		same = sameWalk
	}
	if !same(s) {
		return nil, false, nil
	}
	fresh, ok, err = Tables(ctx, s, whole)
	return fresh, ok && len(fresh.Namespaces) == len(s.Namespaces), err
}

// sameWalk says that the kernel knows just the namespaces of a snapshot.
func sameWalk(s *nsctl.Snapshot) bool {
	known := make(map[nsctl.NSID]bool, len(s.Namespaces))
	for i := range s.Namespaces {
		known[s.Namespaces[i].NSID] = true
	}
	met, others := 0, 0
	err := Walk(func(_ sys.NamespaceFile, id nsctl.NSID) bool {
		if known[id] && id != 0 {
			met++
		} else {
			others++
		}
		return false
	})
	return err == nil && others == 0 && met == len(s.Namespaces)
}

// sameMembers says that processes are just in those namespaces of a snapshot that had some.
func sameMembers(s *nsctl.Snapshot) bool {
	members := Members()
	for i := range s.Namespaces {
		ns := &s.Namespaces[i]
		if _, lives := members[ns.NS]; !lives && ns.NS != 0 && len(ns.Processes) > 0 {
			return false
		}
		delete(members, ns.NS)
	}
	return len(members) == 0
}

// Tables reads the mounts of a snapshot's namespaces again, as Refresh does, whether there are
// others now or not. It is false if one has ended, or could not be read in a simple way:
// then the host must be read as a whole.
func Tables(ctx context.Context, s *nsctl.Snapshot, whole map[int]bool) (fresh *nsctl.Snapshot, ok bool, err error) {
	head := describeHost()
	head.Gaps = s.Gaps
	head.Namespaces = make([]nsctl.Namespace, len(s.Namespaces))
	byID := make([]bool, len(s.Namespaces)) // and therefore without PropagateFrom
	var failed atomic.Bool
	readers := sync.Pool{New: func() any { return new(MountReader) }}
	err = newPool().each(ctx, len(s.Namespaces), func(i int) {
		if failed.Load() {
			return
		}
		r := readers.Get().(*MountReader)
		defer readers.Put(r)
		ns := &s.Namespaces[i]
		mounts, err := r.reread(ctx, ns, whole[i])
		byID[i] = err == nil
		if ns.NSID == 0 || sys.Refused(err) || errors.Is(err, errors.ErrUnsupported) {
			mounts, err = tableOfInhabitant(r, ns)
		}
		if err != nil && len(ns.Mounts) == 0 {
			err = nil // it could not be read before, either: there is a gap for that
		}
		if err != nil || len(mounts) == 0 && len(ns.Mounts) > 0 { // there are other ways, which cost more
			failed.Store(true)
			return
		}
		for j, by := range graph.HiddenBy(mounts) {
			mounts[j].HiddenBy = by
		}
		head.Namespaces[i] = nsctl.Namespace{NamespaceInfo: ns.NamespaceInfo, Mounts: mounts}
	})
	if err != nil || failed.Load() {
		return nil, false, err
	}
	var without []int
	for i := range byID {
		if byID[i] {
			without = append(without, i)
		}
	}
	head.Taken = time.Now().UTC()
	for _, left := range graph.PropagateFrom(&head, without) {
		askPropagateFrom(&head.Namespaces[left.NS], left.Mount)
	}
	return &head, true, nil
}

// reread reads the mounts of a namespace by their ids. Of those that are known, unless whole,
// only that is asked for which changes.
func (r *MountReader) reread(ctx context.Context, ns *nsctl.Namespace, whole bool) ([]nsctl.Mount, error) {
	if ns.NSID == 0 {
		return nil, errElsewhere
	}
	if whole {
		return r.Mounts(ctx, ns.NSID)
	}
	ids, err := sys.ListMounts(uint64(ns.NSID), nil)
	if err != nil {
		return nil, err
	}
	known := make(map[nsctl.UniqueID]*nsctl.Mount, len(ns.Mounts))
	for i := range ns.Mounts {
		known[ns.Mounts[i].ID] = &ns.Mounts[i]
	}
	mounts := make([]nsctl.Mount, 0, len(ids))
	for _, id := range ids {
		m, err := r.since(ns.NSID, nsctl.UniqueID(id), known[nsctl.UniqueID(id)])
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
			mounts = append(mounts, m)
		case !sys.Gone(err):
			return nil, err
		}
	}
	return mounts, nil
}

// statSince is what changes of a mount.
const statSince = sys.StatMountBasic | sys.StatSBBasic | sys.StatPoint

// since reads what has changed of a mount; of one that is not known, all.
func (r *MountReader) since(ns nsctl.NSID, id nsctl.UniqueID, known *nsctl.Mount) (nsctl.Mount, error) {
	if known == nil {
		return r.Mount(ns, id)
	}
	stat, err := sys.StatMount(uint64(ns), uint64(id), statSince, &r.buf)
	if err != nil {
		return nsctl.Mount{}, err
	}
	readOnly := stat.SuperFlags()&0x1 != 0
	if nsctl.MountID(stat.ParentID()) != known.ParentID || string(stat.Point()) != known.Mountpoint || readOnly != strings.HasPrefix(known.SuperOptions, "ro") {
		return r.Mount(ns, id)
	}
	m := *known
	m.Propagation, m.Options, m.Locked, m.HiddenBy = propagationFromStat(stat), mountOptions(stat.Attributes()), nsctl.LockUnknown, 0
	return m, nil
}

// errElsewhere says that no process of a namespace shows its table as a whole.
var errElsewhere = errors.New("no process that was in the namespace shows its mounts")

// tableOfInhabitant reads the table that a process in a namespace sees, if that is the
// whole: it must have the mount that was at the top of it before.
func tableOfInhabitant(r *MountReader, ns *nsctl.Namespace) ([]nsctl.Mount, error) {
	for _, pid := range inhabitants(&ns.NamespaceInfo) {
		dir, err := sys.OpenDir(procPath(pid, 0)) // stays the same process's
		if err != nil {
			continue
		}
		mounts, err := tableIn(r, dir, ns)
		dir.Close()
		if err == nil {
			return mounts, nil
		}
	}
	return nil, errElsewhere
}

func tableIn(r *MountReader, process sys.Dir, ns *nsctl.Namespace) ([]nsctl.Mount, error) {
	// Where the number may not be read, the first mount tells: it is in one namespace only.
	if number, err := readNSLink(process, "ns/mnt"); ns.NS != 0 && (err != nil || number != ns.NS) {
		return nil, errElsewhere
	}
	file, err := process.Open("mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	mounts, err := r.Table(file, ns.NSID)
	if err != nil || len(mounts) == 0 || len(ns.Mounts) == 0 || mounts[0].MntID != ns.Mounts[0].MntID {
		return nil, errElsewhere
	}
	return mounts, nil
}
