package sys

import (
	"errors"
	"slices"
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
// The list is of one moment if there was room for it in ids; else it is gathered by
// several calls.
func ListMounts(nsID uint64, ids []uint64) ([]uint64, error) {
	after := uint64(0)
	for {
		if cap(ids)-len(ids) < 64 {
			grown := make([]uint64, len(ids), 2*cap(ids)+256)
			copy(grown, ids)
			ids = grown
		}
		room := cap(ids) - len(ids)
		before := len(ids)
		var err error
		if ids, err = listMounts(nsID, after, ids, room); err != nil || len(ids)-before < room {
			return ids, err
		}
		after = ids[len(ids)-1]
	}
}

// ListMountsAfter does what ListMounts does, for at most n mounts, those with the lowest
// ids that are higher than after.
func ListMountsAfter(nsID, after uint64, ids []uint64, n int) ([]uint64, error) {
	return listMounts(nsID, after, slices.Grow(ids, n), n)
}

// listMounts appends at most n ids, which there must be room for, of those higher
// than after.
func listMounts(nsID, after uint64, ids []uint64, n int) ([]uint64, error) {
	request := mountIDRequest{
		size: uint32(unsafe.Sizeof(mountIDRequest{})), mntID: listmountRoot, param: after, mntNSID: nsID,
	}
	room := ids[len(ids) : len(ids)+n]
	count, err := retry(func() (int, error) {
		count, _, errno := unix.Syscall6(sysListmount, uintptr(unsafe.Pointer(&request)),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(n), 0, 0, 0)
		if errno != 0 {
			return 0, errno
		}
		return int(count), nil
	})
	if errors.Is(err, unix.ENOSYS) {
		err = &Missing{"listmount(2)", "6.8", err}
	}
	if err != nil {
		return ids, &CallError{"listmount", "", err}
	}
	return ids[:len(ids)+count], nil
}
