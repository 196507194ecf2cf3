package discover

import (
	"context"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// A MountReader asks the kernel for single mounts, by the ids of their namespaces (Linux
// 6.11; for other namespaces than the caller's own it takes CAP_SYS_ADMIN in the user
// namespace that owns them). It is used by one goroutine at a time.
type MountReader struct {
	table tableReader
	buf   sys.StatBuffer
}

// Mount reads one mount. Its PropagateFrom and HiddenBy are not asked for. The error
// matches sys.Gone if the mount is not in the namespace.
func (r *MountReader) Mount(ns nsctl.NSID, id nsctl.UniqueID) (nsctl.Mount, error) {
	stat, err := sys.StatMount(uint64(ns), uint64(id), statWhole, &r.buf)
	if err != nil {
		return nsctl.Mount{}, err
	}
	return mountFromStat(stat), nil
}

// Again reads only what changes most often of a mount that is known, its propagation,
// parent and options, which costs a third of what Mount does. A change of the
// filesystem's own options, or of its path by a rename, it does not see.
func (r *MountReader) Again(ns nsctl.NSID, m nsctl.Mount) (nsctl.Mount, error) {
	stat, err := sys.StatMount(uint64(ns), uint64(m.ID), sys.StatMountBasic, &r.buf)
	if err != nil {
		return m, err
	}
	from := m.Propagation.PropagateFrom
	m.Propagation = propagationFromStat(stat)
	m.Propagation.PropagateFrom = from
	m.Options = mountOptions(stat.Attributes())
	if parent := nsctl.MountID(stat.ParentID()); parent != m.ParentID {
		return r.Mount(ns, m.ID)
	}
	return m, nil
}

// Settings are what can be set of a mount.
type Settings struct {
	Propagation nsctl.Propagation // without PropagateFrom
	Attributes  uint64            // MOUNT_ATTR_* in include/uapi/linux/mount.h
}

// Settings reads what Again does, without making anything of it.
func (r *MountReader) Settings(ns nsctl.NSID, id nsctl.UniqueID) (Settings, error) {
	stat, err := sys.StatMount(uint64(ns), uint64(id), sys.StatMountBasic, &r.buf)
	if err != nil {
		return Settings{}, err
	}
	return Settings{propagationFromStat(stat), stat.Attributes()}, nil
}

// Mounts reads all mounts of a namespace once, in the order of its table, unless ctx ends.
// A mount that came, went or moved meanwhile may be in it or not, as before or as after.
// PropagateFrom and HiddenBy are not worked out.
func (r *MountReader) Mounts(ctx context.Context, ns nsctl.NSID) ([]nsctl.Mount, error) {
	ids, err := sys.ListMounts(uint64(ns), nil)
	if err != nil {
		return nil, err
	}
	return eachMount(ctx, ids, func(id nsctl.UniqueID) (nsctl.Mount, error) { return r.Mount(ns, id) })
}

// eachMount reads mounts one by one. Those that are gone are left out.
func eachMount(ctx context.Context, ids []uint64, read func(id nsctl.UniqueID) (nsctl.Mount, error)) ([]nsctl.Mount, error) {
	mounts := make([]nsctl.Mount, 0, len(ids))
	for _, id := range ids {
		m, err := read(nsctl.UniqueID(id))
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

// Walk goes through the mount namespaces that the caller may administer, in no particular
// order, whether processes live in them or not (Linux 6.12). The file is closed
// afterwards, unless each says that it keeps it.
func Walk(each func(file sys.NamespaceFile, id nsctl.NSID) (keep bool)) error {
	own, err := sys.OpenNamespace("/proc/self/ns/mnt")
	if err != nil {
		return err
	}
	defer own.Close()
	info, err := own.MountNSInfo()
	if err != nil {
		return err
	}
	if self, err := sys.OpenNamespace("/proc/self/ns/mnt"); err == nil && !each(self, nsctl.NSID(info.ID)) {
		self.Close()
	}
	for _, step := range []func(sys.NamespaceFile) (sys.NamespaceFile, sys.MountNSInfo, error){
		sys.NamespaceFile.Next, sys.NamespaceFile.Prev,
	} {
		if err := walkFrom(own, step, each); err != nil {
			return err
		}
	}
	return nil
}

func walkFrom(
	own sys.NamespaceFile, step func(sys.NamespaceFile) (sys.NamespaceFile, sys.MountNSInfo, error),
	each func(file sys.NamespaceFile, id nsctl.NSID) bool,
) error {
	at, keep := own, true // own is closed by the caller
	for {
		next, info, err := step(at)
		if !keep {
			at.Close()
		}
		if sys.Gone(err) {
			return nil // that was the last
		}
		if err != nil {
			return err
		}
		keep = each(next, nsctl.NSID(info.ID))
		at = next
	}
}

// Describe reads one namespace, as a scan of the host does. The processes, which may be
// none, are those known to be in it.
func (s *Scanner) Describe(ctx context.Context, file sys.NamespaceFile, pids []int) (nsctl.Namespace, []nsctl.Gap, error) {
	run := s.newScan()
	run.ended = ctx.Err
	f := &found{file: file}
	number, err := file.Number()
	if err != nil {
		return nsctl.Namespace{}, nil, err
	}
	f.info.NS = nsctl.NSNumber(number)
	for _, pid := range pids {
		f.addProcess(pid)
	}
	run.readNamespace(f, run.newReader())
	for i, by := range graph.HiddenBy(f.table.mounts) {
		f.table.mounts[i].HiddenBy = by
	}
	return f.namespace(), f.gaps, ctx.Err()
}

// Members gives the processes of each mount namespace, ascending, as far as they may be
// asked. It asks nothing of their threads.
func Members() map[nsctl.NSNumber][]int { return readMembers().of }

// Table reads an open mountinfo file from its beginning, until it did not change
// meanwhile. The mounts have unique ids if that of the namespace is given, and its mounts
// may be asked for theirs; HiddenBy is not worked out.
func (r *MountReader) Table(file sys.File, ns nsctl.NSID) ([]nsctl.Mount, error) {
	r.table.nsID = ns
	for range maxAttempts {
		if err := file.Rewind(); err != nil {
			return nil, err
		}
		if err := r.table.readToEnd(file, func() error { return nil }); err != nil {
			return nil, err
		}
		changed, err := r.table.changedSince(file)
		if err != nil {
			return nil, err
		}
		if !changed {
			mounts, err := parseMountinfo(r.table.buf)
			r.table.identify(mounts)
			return mounts, err
		}
	}
	return nil, errChanging
}
