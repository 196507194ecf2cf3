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
