package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// OpenPlainly opens the place that a path leads to for the calling thread, which must be
// all paths and links that are paths: what /proc has in the shape of a link but leads
// wherever its process wants (/proc/PID/root, /proc/PID/fd/N) is refused with ELOOP
// (openat2(2), Linux 5.6).
func OpenPlainly(path string) (Place, error) {
	fd, err := openat2(unix.AT_FDCWD, path, unix.RESOLVE_NO_MAGICLINKS)
	return Place(fd), err
}

// OpenBelow opens the place with a single name in the directory p: no link, and not
// outside of it.
func (p Place) OpenBelow(name string) (Place, error) {
	fd, err := openat2(int(p), name, unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_BENEATH)
	return Place(fd), err
}

func openat2(dir int, path string, resolve uint64) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: resolve}
	err := error(unix.EAGAIN) // while something is moved on the host
	for try := 0; try < maxAgain && errors.Is(err, unix.EAGAIN); try++ {
		var fd int
		fd, err = retry(func() (int, error) { return unix.Openat2(dir, path, &how) })
		if err == nil {
			return fd, nil
		}
	}
	return -1, missingCall("openat2(2)", "5.6", &CallError{"openat2", path, err})
}

// Dir gives the place for calls that take a directory or a mount.
func (p Place) Dir() Dir { return Dir(p) }

// Enter makes d the working directory of the calling thread, which must share its own with
// no other (see UnshareFS).
func (d Dir) Enter() error {
	if err := unix.Fchdir(int(d)); err != nil {
		return &CallError{"fchdir", "", err}
	}
	return nil
}
