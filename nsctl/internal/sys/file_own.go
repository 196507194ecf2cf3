package sys

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrNotOwn is matched by the error of a file that somebody else may have planted or written.
var ErrNotOwn = errors.New("it cannot be trusted")

// OpenOwnFile opens a file that is to be read, or to be read and appended to and then is
// made if there is none. It must be a regular file of the calling user that nobody else may
// write, and no symbolic link.
func OpenOwnFile(path string, appending bool) (*os.File, error) {
	flags := unix.O_RDONLY
	if appending {
		flags = unix.O_RDWR | unix.O_CREAT | unix.O_APPEND
	}
	fd, err := retry(func() (int, error) {
		return unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600) // of a pipe nobody may hold the other end
	})
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("%w: %s is a symbolic link", ErrNotOwn, path)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	if err := ownRegular(fd, path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func ownRegular(fd int, path string) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &CallError{"fstat", path, err}
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return fmt.Errorf("%w: %s is no regular file", ErrNotOwn, path)
	case int(st.Uid) != os.Geteuid():
		return fmt.Errorf("%w: %s belongs to another user (uid %d)", ErrNotOwn, path, st.Uid)
	case st.Mode&0o022 != 0:
		return fmt.Errorf("%w: others may write %s (mode %#o)", ErrNotOwn, path, st.Mode&0o777)
	}
	return nil
}

// OwnDir says that nobody but the calling user may exchange what is in a directory.
func OwnDir(path string) error {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	switch {
	case int(st.Uid) != os.Geteuid():
		return fmt.Errorf("%w: %s belongs to another user (uid %d)", ErrNotOwn, path, st.Uid)
	case st.Mode&0o002 != 0:
		return fmt.Errorf("%w: everybody may write to %s (mode %#o)", ErrNotOwn, path, st.Mode&0o7777)
	}
	return nil
}

// TryLock takes the lock that [Dir.Lock] waits for, unless another open file has it.
func (d Dir) TryLock() (bool, error) {
	_, err := retry(func() (int, error) { return 0, unix.Flock(int(d), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, &CallError{"flock", "", err}
	}
	return true, nil
}

// LockHolder gives the process that has a file locked with flock(2), as /proc/locks tells;
// 0 if it does not.
func LockHolder(f *os.File) (pid int) {
	var st unix.Stat_t
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return 0
	}
	defer locks.Close()
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return 0
	}
	inode := fmt.Sprintf(":%d", st.Ino)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // 1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF
		if len(fields) > 5 && fields[1] == "FLOCK" && strings.HasSuffix(fields[5], inode) {
			if _, err := fmt.Sscan(fields[4], &pid); err == nil && pid > 0 {
				return pid
			}
		}
	}
	return 0
}
