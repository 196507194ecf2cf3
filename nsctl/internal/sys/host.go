package sys

import (
	"golang.org/x/sys/unix"
)

// HostNames gives the name and the kernel release of the host (uname(2)).
func HostNames() (name, release string) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", "" // uname fails only on a bad pointer
	}
	return unix.ByteSliceToString(u.Nodename[:]), unix.ByteSliceToString(u.Release[:])
}

// SetHostName changes the name of the host in the caller's UTS namespace (sethostname(2)).
func SetHostName(name string) error {
	if err := unix.Sethostname([]byte(name)); err != nil {
		return &CallError{"sethostname", name, err}
	}
	return nil
}

// InChroot reports whether the root of the caller is not that of its mount namespace,
// as far as that can be told: that root is the root of a mount.
func InChroot() bool {
	root, err := OpenPlace("/")
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Stat()
	return err == nil && info.Mount != 0 && !info.MountRoot
}
