package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// CurrentDir stands for the working directory, as AT_FDCWD does: paths below it
// are ordinary paths.
const CurrentDir Dir = unix.AT_FDCWD

// Flags of open_tree(2) and move_mount(2).
const (
	OpenTreeClone     = unix.OPEN_TREE_CLONE
	OpenTreeRecursive = unix.AT_RECURSIVE

	MoveMountSetGroup = unix.MOVE_MOUNT_SET_GROUP // Linux 5.15
	MoveMountBeneath  = 0x200                     // MOVE_MOUNT_BENEATH, Linux 6.5
)

// OpenTree opens a mount, or with OpenTreeClone a detached copy of it, which
// belongs to no namespace and is gone when the Dir is closed before MoveMount
// attached it (open_tree(2)). An empty path stands for d itself.
func (d Dir) OpenTree(path string, flags uint) (Dir, error) {
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	fd, err := retry(func() (int, error) {
		return unix.OpenTree(int(d), path, flags|unix.OPEN_TREE_CLOEXEC)
	})
	if err != nil {
		return -1, missingCall("open_tree(2)", "5.2", &CallError{"open_tree", path, err})
	}
	return Dir(fd), nil
}

// MoveMount attaches the mount at the path from below d to the path to below dir
// (move_mount(2)). An empty path stands for the Dir itself. Symbolic links at the
// end of a path are followed, as mount(2) does.
func (d Dir) MoveMount(from string, dir Dir, to string, flags int) error {
	flags |= unix.MOVE_MOUNT_F_SYMLINKS | unix.MOVE_MOUNT_T_SYMLINKS
	if from == "" {
		flags |= unix.MOVE_MOUNT_F_EMPTY_PATH
	}
	if to == "" {
		flags |= unix.MOVE_MOUNT_T_EMPTY_PATH
	}
	_, err := retry(func() (int, error) {
		return 0, unix.MoveMount(int(d), from, int(dir), to, flags)
	})
	if err != nil {
		return missingCall("move_mount(2)", "5.2", &CallError{"move_mount", to, err})
	}
	return nil
}

// missingCall turns ENOSYS into an error that says which kernel has the call.
func missingCall(facility, since string, err *CallError) error {
	if errors.Is(err.Err, unix.ENOSYS) {
		err.Err = &Missing{facility, since, err.Err}
	}
	return err
}
