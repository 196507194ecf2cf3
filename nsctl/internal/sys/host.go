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
