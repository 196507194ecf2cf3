package sys

import "golang.org/x/sys/unix"

// Flags of mount(2) and umount2(2), by the names that the manual pages use.
const (
	MountReadOnly   = unix.MS_RDONLY
	MountNoSUID     = unix.MS_NOSUID
	MountNoDev      = unix.MS_NODEV
	MountNoExec     = unix.MS_NOEXEC
	MountSync       = unix.MS_SYNCHRONOUS
	MountDirSync    = unix.MS_DIRSYNC
	MountNoSymlink  = unix.MS_NOSYMFOLLOW
	MountNoATime    = unix.MS_NOATIME
	MountNoDirATime = unix.MS_NODIRATIME
	MountRelATime   = unix.MS_RELATIME
	MountStrictTime = unix.MS_STRICTATIME
	MountLazyTime   = unix.MS_LAZYTIME
	MountRemount    = unix.MS_REMOUNT
	MountBind       = unix.MS_BIND
	MountMove       = unix.MS_MOVE
	MountRecursive  = unix.MS_REC
	MountShared     = unix.MS_SHARED
	MountSlave      = unix.MS_SLAVE
	MountPrivate    = unix.MS_PRIVATE
	MountUnbindable = unix.MS_UNBINDABLE

	UnmountDetach   = unix.MNT_DETACH
	UnmountForce    = unix.MNT_FORCE
	UnmountExpire   = unix.MNT_EXPIRE
	UnmountNoFollow = unix.UMOUNT_NOFOLLOW
)

// MountFlagsOf gives the flags of mount(2) that stand for attributes of a mount
// (MountAttr...).
func MountFlagsOf(attributes uint64) (flags uintptr) {
	for _, pair := range [...]struct {
		attribute uint64
		flag      uintptr
	}{
		{MountAttrReadOnly, unix.MS_RDONLY}, {MountAttrNoSUID, unix.MS_NOSUID}, {MountAttrNoDev, unix.MS_NODEV},
		{MountAttrNoExec, unix.MS_NOEXEC}, {MountAttrNoDirAccessTime, unix.MS_NODIRATIME}, {MountAttrNoSymlinkFollow, unix.MS_NOSYMFOLLOW},
		{MountAttrNoAccessTime, unix.MS_NOATIME}, {MountAttrStrictAccessTime, unix.MS_STRICTATIME},
	} {
		if attributes&pair.attribute != 0 {
			flags |= pair.flag
		}
	}
	return flags
}

// Mount calls mount(2), whose flags decide which of its arguments count.
func Mount(source, target, fstype string, flags uintptr, data string) error {
	_, err := retry(func() (int, error) {
		return 0, unix.Mount(source, target, fstype, flags, data)
	})
	if err != nil {
		return &CallError{"mount", target, err}
	}
	return nil
}

// Unmount calls umount2(2). It is not repeated after EINTR or EAGAIN, which
// means something with UnmountExpire.
func Unmount(target string, flags int) error {
	if err := unix.Unmount(target, flags); err != nil {
		return &CallError{"umount", target, err}
	}
	return nil
}

// PivotRoot makes newRoot the root of the caller's mount namespace and moves the
// old one to putOld (pivot_root(2)).
func PivotRoot(newRoot, putOld string) error {
	if err := unix.PivotRoot(newRoot, putOld); err != nil {
		return &CallError{"pivot_root", newRoot, err}
	}
	return nil
}
