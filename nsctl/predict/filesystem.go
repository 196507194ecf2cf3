package predict

import (
	"strings"

	"mntscope/nsctl"
)

// fsTraits are what mount(2) depends on of a type of filesystem.
type fsTraits struct {
	// userNS: it can be mounted by root of any user namespace (FS_USERNS_MOUNT).
	userNS bool
	// single: all mounts of it show the same filesystem.
	single bool
	// revealing: in another user namespace it can be mounted only where an instance is
	// already fully visible (mount_too_revealing).
	revealing bool
	// needs is the kind of namespace of which the caller must own his own, besides.
	needs string
}

// filesystems are the types without a device that are well known. All others are taken
// to need the first user namespace, and to be different filesystems each time.
func filesystems(name string) (fsTraits, bool) {
	switch name {
	case "tmpfs", "ramfs", "devpts", "overlay", "fuse", "bpf", "binder", "efs":
		return fsTraits{userNS: true}, true
	case "proc":
		return fsTraits{userNS: true, revealing: true, needs: "pid"}, true
	case "sysfs":
		return fsTraits{userNS: true, single: true, revealing: true, needs: "net"}, true
	case "cgroup2":
		return fsTraits{userNS: true, single: true, needs: "cgroup"}, true
	case "cgroup":
		return fsTraits{userNS: true, needs: "cgroup"}, true
	case "mqueue":
		return fsTraits{userNS: true, single: true, needs: "ipc"}, true
	case "devtmpfs", "debugfs", "tracefs", "securityfs", "configfs", "pstore", "efivarfs", "fusectl", "binfmt_misc", "selinuxfs", "smackfs":
		return fsTraits{single: true}, true
	case "hugetlbfs":
		return fsTraits{}, true
	}
	return fsTraits{}, false
}

// filesystem gives the mount that mount -t TYPE makes, or why it makes none.
func (w *world) filesystem(op nsctl.Op) (*nsctl.Mount, *refusal) {
	name, _, _ := strings.Cut(op.FSType, ".")
	fs, known := filesystems(name)
	owner := w.home().owner()
	inside := owner != 0 && owner != initialUserNS
	switch {
	case inside && known && !fs.userNS, inside && !known:
		return nil, refuse("EPERM", "%s can be mounted only by root of the first user namespace, and %v is owned by %v",
			nsctl.Printable(op.FSType), w.home().info.NS, owner)
	case inside && fs.needs != "":
		w.note("mounting %s in %v takes a %s namespace that %v owns as well, else EPERM", op.FSType, w.home().info.NS, fs.needs, owner)
	}
	if inside && fs.revealing {
		w.note("EPERM if the mounts of %s that are there already are partly covered by locked mounts (mount too revealing)", op.FSType)
	}
	if !known {
		w.note("whether this kernel has %s, and what it says to %s, is not predicted", nsctl.Printable(op.FSType), nsctl.Printable(op.Source))
	}
	m := &nsctl.Mount{Root: "/", FSType: op.FSType, Source: op.Source}
	m.Options, m.SuperOptions = mountOptions(op.Options)
	if same := w.sameFilesystem(op, fs, known); same != nil {
		m.Dev, m.SuperOptions = same.Dev, same.SuperOptions
	} else {
		m.Dev = w.newDev()
	}
	return m, nil
}

// sameFilesystem gives a mount of the filesystem if it is mounted somewhere already: it
// then is the same one that appears again. Mounts in the caller's own namespace come
// first, for there can be one filesystem for each namespace of another kind.
func (w *world) sameFilesystem(op nsctl.Op, fs fsTraits, known bool) *nsctl.Mount {
	if !fs.single && (known || !strings.HasPrefix(op.Source, "/")) {
		return nil
	}
	namespaces := w.g.Snapshot().Namespaces
	for offset := range namespaces {
		ns := &namespaces[(w.by.NS+offset)%len(namespaces)]
		for i := range ns.Mounts {
			m := &ns.Mounts[i]
			if m.FSType == op.FSType && (fs.single || m.Source == op.Source) {
				return m
			}
		}
	}
	return nil
}
