package sys

import "golang.org/x/sys/unix"

// The attributes of a mount (MOUNT_ATTR_*). MountAttrAccessTime are the bits of which the
// next two are values; a mount with neither has relatime.
const (
	MountAttrReadOnly         = unix.MOUNT_ATTR_RDONLY
	MountAttrNoSUID           = unix.MOUNT_ATTR_NOSUID
	MountAttrNoDev            = unix.MOUNT_ATTR_NODEV
	MountAttrNoExec           = unix.MOUNT_ATTR_NOEXEC
	MountAttrNoDirAccessTime  = unix.MOUNT_ATTR_NODIRATIME
	MountAttrNoSymlinkFollow  = unix.MOUNT_ATTR_NOSYMFOLLOW
	MountAttrAccessTime       = unix.MOUNT_ATTR__ATIME
	MountAttrNoAccessTime     = unix.MOUNT_ATTR_NOATIME
	MountAttrStrictAccessTime = unix.MOUNT_ATTR_STRICTATIME
)

// MountAttributes are what mount_setattr(2) changes: attributes (MOUNT_ATTR_*) to
// set and clear, and the propagation type, one of MountShared, MountSlave,
// MountPrivate and MountUnbindable, or 0 to leave it.
type MountAttributes struct {
	Set, Clear  uint64
	Propagation uint64
}

// SetMountAttributes changes the mount at a path below d, with recursive also all
// those below it, all or none (mount_setattr(2), Linux 5.12). An empty path stands
// for d itself.
func (d Dir) SetMountAttributes(path string, attr MountAttributes, recursive bool) error {
	var flags uint
	if recursive {
		flags |= unix.AT_RECURSIVE
	}
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	kernel := unix.MountAttr{Attr_set: attr.Set, Attr_clr: attr.Clear, Propagation: attr.Propagation}
	_, err := retry(func() (int, error) {
		return 0, unix.MountSetattr(int(d), path, flags, &kernel)
	})
	if err != nil {
		return missingCall("mount_setattr(2)", "5.12", &CallError{"mount_setattr", path, err})
	}
	return nil
}

// MapOwners makes a detached mount show the owners of its files as a user namespace has
// them (MOUNT_ATTR_IDMAP, Linux 5.12). EINVAL means that the filesystem cannot do that.
func (d Dir) MapOwners(users NamespaceFile) error {
	kernel := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users.File)}
	_, err := retry(func() (int, error) {
		return 0, unix.MountSetattr(int(d), "", unix.AT_EMPTY_PATH, &kernel)
	})
	if err != nil {
		return missingCall("mount_setattr(2)", "5.12", &CallError{"mount_setattr", "MOUNT_ATTR_IDMAP", err})
	}
	return nil
}
