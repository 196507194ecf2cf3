package sys

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ioctls of namespace files (ioctl_nsfs(2), include/uapi/linux/nsfs.h).
const (
	nsGetUserNS  = 0xb701     // NS_GET_USERNS, Linux 4.9
	nsGetParent  = 0xb702     // NS_GET_PARENT, Linux 4.9
	nsGetNSType  = 0xb703     // NS_GET_NSTYPE, Linux 4.11
	nsGetOwner   = 0xb704     // NS_GET_OWNER_UID, Linux 4.11
	nsMntGetInfo = 0x8010b70a // NS_MNT_GET_INFO, Linux 6.12
	nsMntGetNext = 0x8010b70b // NS_MNT_GET_NEXT, Linux 6.12
	nsMntGetPrev = 0x8010b70c // NS_MNT_GET_PREV, Linux 6.12
	nsGetMntNSID = 0x8008b705 // NS_GET_MNTNS_ID, Linux 6.11
)

// A NamespaceFile is an open namespace file. It keeps the namespace alive until
// it is closed.
type NamespaceFile struct{ File }

// OpenNamespace opens a namespace file below d. The caller says what kind it
// expects by what it does with it: every ioctl on a wrong kind fails.
func (d Dir) OpenNamespace(name string) (NamespaceFile, error) {
	f, err := d.Open(name)
	return NamespaceFile{f}, err
}

// OpenNamespace opens a namespace file by its path.
func OpenNamespace(path string) (NamespaceFile, error) { return Dir(unix.AT_FDCWD).OpenNamespace(path) }

// IsMountNamespace reports whether the file is that of a mount namespace.
func (n NamespaceFile) IsMountNamespace() bool {
	kind, err := n.ioctl("NS_GET_NSTYPE", nsGetNSType, nil)
	return err == nil && kind == unix.CLONE_NEWNS
}

// Number gives the inode number of the file: the N of mnt:[N].
func (n NamespaceFile) Number() (int64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(n.File), &st); err != nil {
		return 0, &CallError{"fstat", "namespace file", err}
	}
	return int64(st.Ino), nil
}

// MountNSInfo is struct mnt_ns_info.
type MountNSInfo struct {
	size   uint32
	Mounts uint32 // in the namespace, without the root that is hidden below "/"
	ID     uint64 // never reused
}

// MountNSInfo asks for the id and the number of mounts of a mount namespace.
func (n NamespaceFile) MountNSInfo() (MountNSInfo, error) {
	info := MountNSInfo{size: uint32(unsafe.Sizeof(MountNSInfo{}))}
	_, err := n.ioctl("NS_MNT_GET_INFO", nsMntGetInfo, unsafe.Pointer(&info))
	return info, missing(err, "6.12")
}

// MountNSID asks for the id of a mount namespace. It works from Linux 6.11 on, one
// release before MountNSInfo.
func (n NamespaceFile) MountNSID() (uint64, error) {
	var id uint64
	_, err := n.ioctl("NS_GET_MNTNS_ID", nsGetMntNSID, unsafe.Pointer(&id))
	return id, missing(err, "6.11")
}

// Next opens the mount namespace with the next higher id of those that the caller
// may administer: all of the host for root, whether a process lives in them or
// not. After the last it fails with ENOENT.
func (n NamespaceFile) Next() (NamespaceFile, MountNSInfo, error) {
	return n.neighbour("NS_MNT_GET_NEXT", nsMntGetNext)
}

// Prev does what Next does towards lower ids.
func (n NamespaceFile) Prev() (NamespaceFile, MountNSInfo, error) {
	return n.neighbour("NS_MNT_GET_PREV", nsMntGetPrev)
}

func (n NamespaceFile) neighbour(name string, request uintptr) (NamespaceFile, MountNSInfo, error) {
	info := MountNSInfo{size: uint32(unsafe.Sizeof(MountNSInfo{}))}
	fd, err := n.ioctl(name, request, unsafe.Pointer(&info))
	if err != nil {
		return NamespaceFile{-1}, info, missing(err, "6.12")
	}
	return NamespaceFile{File(fd)}, info, nil
}

// Owner opens the user namespace that owns this namespace. It fails with EPERM
// if that is neither the caller's own nor below it.
func (n NamespaceFile) Owner() (NamespaceFile, error) {
	fd, err := n.ioctl("NS_GET_USERNS", nsGetUserNS, nil)
	return NamespaceFile{File(fd)}, err
}

// Parent opens the user namespace that this one was made in. It fails with EPERM if that is
// neither the caller's own nor below it.
func (n NamespaceFile) Parent() (NamespaceFile, error) {
	fd, err := n.ioctl("NS_GET_PARENT", nsGetParent, nil)
	return NamespaceFile{File(fd)}, err
}

// OwnerUID gives the user who made this user namespace, as seen from the
// caller's user namespace.
func (n NamespaceFile) OwnerUID() (uint32, error) {
	var uid uint32
	_, err := n.ioctl("NS_GET_OWNER_UID", nsGetOwner, unsafe.Pointer(&uid))
	return uid, err
}

func (n NamespaceFile) ioctl(name string, request uintptr, arg unsafe.Pointer) (int, error) {
	v, err := retry(func() (int, error) {
		r, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(n.File), request, uintptr(arg))
		if errno != 0 {
			return -1, errno
		}
		return int(r), nil
	})
	if err != nil {
		return -1, &CallError{"ioctl " + name, "", err}
	}
	return v, nil
}

// missing turns ENOTTY, which a kernel gives for an ioctl it does not know, into
// an error that says which one does.
func missing(err error, since string) error {
	var call *CallError
	if errors.As(err, &call) && errors.Is(err, unix.ENOTTY) {
		return &CallError{call.Op, call.On, &Missing{call.Op, since, call.Err}}
	}
	return err
}
