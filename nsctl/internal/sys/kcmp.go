package sys

import "golang.org/x/sys/unix"

// What kcmp(2) compares (include/uapi/linux/kcmp.h).
const (
	kcmpFiles = 2
	kcmpFS    = 3
)

// ShareFiles reports whether two threads have their descriptors in common
// (CLONE_FILES). It takes permission to trace both.
func ShareFiles(a, b int) (bool, error) { return kcmp(a, b, kcmpFiles) }

// ShareFS reports whether two threads have root and working directory in common
// (CLONE_FS).
func ShareFS(a, b int) (bool, error) { return kcmp(a, b, kcmpFS) }

func kcmp(a, b, what int) (bool, error) {
	order, err := retry(func() (uintptr, error) {
		order, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(a), uintptr(b), uintptr(what), 0, 0, 0)
		if errno != 0 {
			return 0, errno
		}
		return order, nil
	})
	if err != nil {
		return false, &CallError{"kcmp", "", err}
	}
	return order == 0, nil
}
