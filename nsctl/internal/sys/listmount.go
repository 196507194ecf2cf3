package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mountIDRequest is struct mnt_id_req in its second version (Linux 6.11), which
// can name a mount namespace.
type mountIDRequest struct {
	size    uint32
	spare   uint32
	mntID   uint64
	param   uint64
	mntNSID uint64
}

const (
	sysStatmount = 457
	sysListmount = 458

	// listmountRoot is LSMT_ROOT: list from the root of the namespace.
	listmountRoot = ^uint64(0)
)

// ListMounts appends to ids the unique ids of the mounts of a mount namespace, in
// ascending order, which is the order of mountinfo too. nsID 0 means the caller's
// own, of which only what is below the caller's root is listed; any other is
// listed whole, and needs CAP_SYS_ADMIN in the user namespace that owns it.
// The root that every namespace has below "/" is not listed.
//
// The list is complete at one moment if it has fewer than cap(ids)-len(ids)
// elements when the call begins; else it is gathered by several calls.
func ListMounts(nsID uint64, ids []uint64) ([]uint64, error) {
	request := mountIDRequest{size: uint32(unsafe.Sizeof(mountIDRequest{})), mntID: listmountRoot, mntNSID: nsID}
	for {
		if cap(ids)-len(ids) < 64 {
			grown := make([]uint64, len(ids), 2*cap(ids)+256)
			copy(grown, ids)
			ids = grown
		}
		room := ids[len(ids):cap(ids)]
		n, _, errno := unix.Syscall6(sysListmount, uintptr(unsafe.Pointer(&request)),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(len(room)), 0, 0, 0)
		switch {
		case errno == unix.EINTR:
			continue
		case errno == unix.ENOSYS:
			return ids, &CallError{"listmount", "", &Missing{"listmount(2)", "6.8", errno}}
		case errno != 0:
			return ids, &CallError{"listmount", "", errno}
		}
		ids = ids[:len(ids)+int(n)]
		if int(n) < len(room) {
			return ids, nil
		}
		request.param = ids[len(ids)-1] // go on after the last
	}
}
