package sys

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// ListMountNamespaces gives the 64-bit ids of all mount namespaces that the caller may
// know of, ascending (listns(2), Linux 6.19).
func ListMountNamespaces() ([]uint64, error) {
	request := unix.NsIdReq{Size: unix.NS_ID_REQ_SIZE_VER0, Ns_type: unix.CLONE_NEWNS}
	var all []uint64
	page := make([]uint64, 512)
	for {
		n, err := retry(func() (int, error) { return unix.Listns(&request, page, 0) })
		if errors.Is(err, unix.ENOSYS) {
			err = &Missing{"listns(2)", "6.19", err}
		}
		if err != nil {
			return nil, &CallError{"listns", "", err}
		}
		all = append(all, page[:n]...)
		if n < len(page) {
			return all, nil
		}
		request.Ns_id = page[n-1] // go on after the last
	}
}

// A namespace's file handle, struct nsfs_file_handle in include/uapi/linux/nsfs.h.
const (
	nsfsRoot       = -10003 // FD_NSFS_ROOT
	nsfsHandleType = 0xf1   // FILEID_NSFS
	nsfsHandleSize = 16
)

// OpenMountNamespaceByID opens a mount namespace by its 64-bit id (Linux 6.18). number is
// its inode number; 0, for unknown, is accepted from Linux 6.19 on. ESTALE means that
// there is no such namespace.
func OpenMountNamespaceByID(id, number uint64) (NamespaceFile, error) {
	handle := binary.NativeEndian.AppendUint64(nil, id)
	handle = binary.NativeEndian.AppendUint32(handle, unix.CLONE_NEWNS)
	handle = binary.NativeEndian.AppendUint32(handle, uint32(number))
	fd, err := retry(func() (int, error) {
		return unix.OpenByHandleAt(nsfsRoot, unix.NewFileHandle(nsfsHandleType, handle[:nsfsHandleSize]), unix.O_RDONLY|unix.O_CLOEXEC)
	})
	if err != nil {
		return NamespaceFile{-1}, &CallError{"open_by_handle_at", "mount namespace", err}
	}
	return NamespaceFile{File(fd)}, nil
}
