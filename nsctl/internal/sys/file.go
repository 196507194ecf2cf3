package sys

import (
	"io"
	"slices"

	"golang.org/x/sys/unix"
)

// A Dir is an open directory, which names are looked up relative to. For a
// directory of /proc it stays the same process's, however pids are reused.
type Dir int

// OpenDir opens a directory by its path.
func OpenDir(path string) (Dir, error) { return Dir(unix.AT_FDCWD).OpenDir(path) }

// OpenDir opens a directory below d.
func (d Dir) OpenDir(name string) (Dir, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	return Dir(fd), err
}

// Close closes the directory.
func (d Dir) Close() { closeFD(int(d)) }

// A File is an open file, read without the runtime's poller: files in /proc never
// block, and there are thousands of them.
type File int

// Open opens a file for reading by its path.
func Open(path string) (File, error) { return Dir(unix.AT_FDCWD).Open(path) }

// Open opens a file below d for reading.
func (d Dir) Open(name string) (File, error) {
	fd, err := d.open(name, unix.O_RDONLY)
	return File(fd), err
}

func (d Dir) open(name string, flags int) (int, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(int(d), name, flags|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return -1, &CallError{"open", name, err}
	}
	return fd, nil
}

// Read implements [io.Reader].
func (f File) Read(p []byte) (int, error) {
	n, err := retry(func() (int, error) { return unix.Read(int(f), p) })
	switch {
	case err != nil:
		return 0, &CallError{"read", "", err}
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// Rewind lets the next Read begin at the start of the file.
func (f File) Rewind() error {
	if _, err := unix.Seek(int(f), 0, io.SeekStart); err != nil {
		return &CallError{"lseek", "", err}
	}
	return nil
}

// Close closes the file.
func (f File) Close() { closeFD(int(f)) }

// closeFD ignores errors: nothing was written, and the kernel frees the
// descriptor even when close(2) reports EINTR, so there is nothing to repeat.
func closeFD(fd int) { _ = unix.Close(fd) }

// Fd gives the file's descriptor.
func (f File) Fd() int { return int(f) }

// ReadFile appends the contents of a file below d to buf. It takes a read that fills
// less than the room there is for the last one, as it is for those files of /proc whose
// text the kernel makes as a whole (comm, cgroup, stat, cmdline, environ), but not for
// those that it makes line by line (mountinfo).
func (d Dir) ReadFile(name string, buf []byte) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return buf, err
	}
	defer f.Close()
	for {
		if cap(buf)-len(buf) < 512 {
			buf = slices.Grow(buf, 4096)
		}
		room := buf[len(buf):cap(buf)]
		n, err := retry(func() (int, error) { return unix.Read(int(f), room) })
		if err != nil {
			return buf, &CallError{"read", name, err}
		}
		buf = buf[:len(buf)+n]
		if n < len(room) {
			return buf, nil
		}
	}
}

// Readlink gives the target of a symbolic link below d.
func (d Dir) Readlink(name string) (string, error) {
	var buf [unix.PathMax]byte
	n, err := retry(func() (int, error) { return unix.Readlinkat(int(d), name, buf[:]) })
	if err != nil {
		return "", &CallError{"readlink", name, err}
	}
	return string(buf[:n]), nil
}

// ReadlinkInto does what Readlink does without allocating, for targets that fit into buf.
func (d Dir) ReadlinkInto(name string, buf []byte) ([]byte, error) {
	n, err := retry(func() (int, error) { return unix.Readlinkat(int(d), name, buf) })
	if err != nil {
		return nil, &CallError{"readlink", name, err}
	}
	return buf[:n], nil
}

// FileID identifies a file on a running system.
type FileID struct{ dev, ino uint64 }

// PathID gives the identity of the file at a path.
func PathID(path string) (FileID, error) { return Dir(unix.AT_FDCWD).FileID(path) }

// FileID gives the identity of a file below d. It follows links, also those of /proc that
// are no paths. It asks no server: the root of a process may be on one that is dead.
func (d Dir) FileID(name string) (FileID, error) {
	var st unix.Statx_t
	if err := unix.Statx(int(d), name, unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_INO, &st); err != nil {
		return FileID{}, &CallError{"statx", name, err}
	}
	return FileID{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino}, nil
}

// LinkCount gives the number of hard links of a file below d. For the directory
// task of a process it is the number of its threads and 2.
func (d Dir) LinkCount(name string) (int, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(d), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return 0, &CallError{"stat", name, err}
	}
	return int(st.Nlink), nil
}
