package discover

import "mntscope/nsctl/internal/sys"

// features are the facilities of the kernel that scans can do without. They are
// found out by trying; tests switch them off to run the ways around them.
type features struct {
	// mountinfo: tables are read from /proc/PID/mountinfo where that is cheaper. Every
	// kernel has it.
	mountinfo bool
	// walk: NS_MNT_GET_NEXT and _PREV lead to every mount namespace (Linux 6.12).
	walk bool
	// listns: listns(2) tells the ids of mount namespaces (Linux 6.19).
	listns bool
	// statmount: listmount(2) and statmount(2) take a namespace id and tell all that
	// mountinfo does (Linux 6.13).
	statmount bool
}

func probeFeatures() *features {
	own, err := sys.OpenNamespace("/proc/self/ns/mnt")
	if err != nil {
		return &features{mountinfo: true}
	}
	defer own.Close()
	info, err := own.MountNSInfo()
	if err != nil {
		return &features{mountinfo: true}
	}
	_, err = sys.ListMountNamespaces()
	return &features{mountinfo: true, walk: true, listns: err == nil, statmount: probeStatmount(info.ID)}
}

// probeStatmount asks about the caller's own mounts, which needs no privilege. Bits
// that a kernel does not know are passed over in silence, so what counts is what it
// answers: an empty source looks like an unknown one, but never for all mounts.
func probeStatmount(nsID uint64) bool {
	ids, err := sys.ListMounts(nsID, nil)
	if err != nil {
		return false
	}
	var buf sys.StatBuffer
	for _, id := range ids {
		stat, err := sys.StatMount(nsID, id, statWhole, &buf)
		if err == nil && stat.Has(sys.StatSource) {
			return true
		}
	}
	return false
}
