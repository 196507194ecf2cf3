package sys

import "golang.org/x/sys/unix"

// UnshareMounts gives the calling thread a copy of its mount namespace, and so a
// root and working directory of its own (unshare(2)). The propagation types of the
// mounts stay as they are.
func UnshareMounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return &CallError{"unshare", "CLONE_NEWNS", err}
	}
	return nil
}
