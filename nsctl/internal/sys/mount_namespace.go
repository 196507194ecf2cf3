package sys

import "golang.org/x/sys/unix"

// NewMountNamespace is the flag of clone(2) and unshare(2) for a mount namespace.
const NewMountNamespace = unix.CLONE_NEWNS

// UnshareMounts gives the calling thread a copy of its mount namespace, and so a
// root and working directory of its own (unshare(2)). The propagation types of the
// mounts stay as they are.
func UnshareMounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return &CallError{"unshare", "CLONE_NEWNS", err}
	}
	return nil
}
