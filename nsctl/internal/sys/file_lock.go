package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Locks of a whole file that belong to an open file (F_OFD_SETLK in fcntl(2)): one that a
// child inherits is held as long as parent or child has it open, and freed by the
// kernel when the last of them closes it, or dies.

// TryLockFile takes the lock, unless another open file has it.
func TryLockFile(f *os.File) (bool, error) {
	err := fileLock(f, unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// LockFile waits for the lock.
func LockFile(f *os.File) error {
	return fileLock(f, unix.F_OFD_SETLKW, &unix.Flock_t{Type: unix.F_WRLCK})
}

// FileLocked reports whether another open file has the lock. Nobody who takes it is
// disturbed by that.
func FileLocked(f *os.File) (bool, error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	err := fileLock(f, unix.F_OFD_GETLK, &lock)
	return lock.Type != unix.F_UNLCK, err
}

func fileLock(f *os.File, command int, lock *unix.Flock_t) error {
	_, err := retry(func() (int, error) { return 0, unix.FcntlFlock(f.Fd(), command, lock) })
	if err != nil {
		return &CallError{"fcntl", f.Name(), err}
	}
	return nil
}

// OpenLockFile opens a file below d that is to be locked, and may make it. A symbolic link
// is refused.
func (d Dir) OpenLockFile(name string, create bool) (*os.File, error) {
	flags := unix.O_RDWR | unix.O_CLOEXEC | unix.O_NOFOLLOW
	if create {
		flags |= unix.O_CREAT
	}
	fd, err := retry(func() (int, error) { return unix.Openat(int(d), name, flags, 0o600) })
	if err != nil {
		return nil, &CallError{"open", name, err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
