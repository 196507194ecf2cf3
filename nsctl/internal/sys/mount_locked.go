package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Why the lock of a mount cannot be told.
var (
	ErrNotMountPoint = errors.New("not a mount point in the caller's namespace")
	ErrOwnRoot       = errors.New("the caller's own root directory")
)

// MountLocked says whether the topmost mount at a path is locked (MNT_LOCKED), which the
// kernel shows nowhere. It asks for an umount that cannot succeed: one of a mount that
// is not in use, while it is in use. The kernel looks at the lock first (can_umount in
// fs/namespace.c), then at the use (do_umount), and changes nothing. It takes
// CAP_SYS_ADMIN in the user namespace that owns the mount namespace.
//
// Of the caller's own root directory it cannot be told (ErrOwnRoot): such an umount of
// that is always refused in the same way.
func MountLocked(path string) (bool, error) {
	fd, err := CurrentDir.open(path, unix.O_PATH)
	if err != nil {
		return false, err
	}
	defer closeFD(fd) // it is what the mount is in use by
	var at, root unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &at); err != nil {
		return false, &CallError{"statx", path, err}
	}
	if err := unix.Statx(unix.AT_FDCWD, "/", unix.AT_STATX_DONT_SYNC, unix.STATX_MNT_ID, &root); err != nil {
		return false, &CallError{"statx", "/", err}
	}
	switch {
	case at.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && at.Attributes&unix.STATX_ATTR_MOUNT_ROOT == 0:
		return false, &CallError{"umount", path, ErrNotMountPoint}
	case at.Mnt_id == root.Mnt_id:
		return false, &CallError{"umount", path, ErrOwnRoot}
	}
	err = unix.Unmount(path, unix.MNT_EXPIRE)
	switch {
	case err == unix.EBUSY || err == unix.EAGAIN: //nolint:errorlint // a bare errno, straight from the call
		return false, nil // EAGAIN: something else was mounted there just now
	case err == unix.EINVAL: //nolint:errorlint // as above
		return true, nil
	case err == nil:
		return false, nil // cannot be: the descriptor is open
	}
	return false, &CallError{"umount", path, err}
}
