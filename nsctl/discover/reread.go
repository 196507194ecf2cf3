package discover

import (
	"context"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// The mounts of one namespace that is known are read again.

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
	return eachMount(ctx, ids, func(id nsctl.UniqueID) (nsctl.Mount, error) { return r.since(ns.NSID, id, known[id]) })
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

// tableOfInhabitant reads the table that a process in a namespace sees, if that is the
// whole: it must have the mount that was at the top of it before. The processes are those
// that were in it, or have come since.
func tableOfInhabitant(r *MountReader, ns *nsctl.Namespace, come []int) ([]nsctl.Mount, error) {
	for _, pid := range append(inhabitants(&ns.NamespaceInfo), come...) {
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
	if ns.NS != 0 && !isIn(process, &ns.NamespaceInfo) {
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

// isIn says that a process is in a namespace, and not in a later one with the same number.
func isIn(process sys.Dir, ns *nsctl.NamespaceInfo) bool {
	if ns.NSID == 0 {
		number, err := readNSLink(process, "ns/mnt")
		return err == nil && number == ns.NS
	}
	file, err := process.OpenNamespace("ns/mnt")
	if err != nil {
		return false
	}
	defer file.Close()
	id, err := file.MountNSID()
	return err == nil && nsctl.NSID(id) == ns.NSID
}
