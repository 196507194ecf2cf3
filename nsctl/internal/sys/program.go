package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// IsDirectory reports whether a path leads to a directory.
func IsDirectory(path string) bool {
	var st unix.Stat_t
	_, err := retry(func() (int, error) { return 0, unix.Stat(path, &st) })
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

// IsThere reports whether a path leads anywhere.
func IsThere(path string) bool {
	var st unix.Stat_t
	_, err := retry(func() (int, error) { return 0, unix.Stat(path, &st) })
	return err == nil
}

// MayRun says why a path does not lead to a program that the process may run; nil if it
// does.
func MayRun(path string) error {
	var st unix.Stat_t
	_, err := retry(func() (int, error) { return 0, unix.Stat(path, &st) })
	if err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
		err = unix.EACCES
	}
	if err == nil {
		err = unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS)
	}
	if err != nil {
		return &CallError{"execve", path, err}
	}
	return nil
}

// ErrNotFound is the error of a program that is nowhere.
func ErrNotFound() error { return unix.ENOENT }

// NotFound reports whether err says that there is no such file.
func NotFound(err error) bool { return errors.Is(err, unix.ENOENT) }

// ConnectionReset reports whether err says that the other end of a socket was closed with
// something unread in it.
func ConnectionReset(err error) bool { return errors.Is(err, unix.ECONNRESET) }

// ErrorText is the error number's text, or else the error's.
func ErrorText(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// CloseOnExec keeps a descriptor from the programs that the process starts.
func CloseOnExec(fd int) { unix.CloseOnExec(fd) }

// Exists reports whether err says that there is such a file already.
func Exists(err error) bool { return errors.Is(err, unix.EEXIST) }
