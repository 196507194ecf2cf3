package sys

import "golang.org/x/sys/unix"

// WriteFile writes a text to an existing file below d with a single call, as the files
// of the kernel's own filesystems want it.
func (d Dir) WriteFile(name, text string) error {
	fd, err := d.open(name, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer closeFD(fd)
	n, err := retry(func() (int, error) { return unix.Write(fd, []byte(text)) })
	if err == nil && n != len(text) {
		err = unix.EIO
	}
	if err != nil {
		return &CallError{"write", name, err}
	}
	return nil
}

// MakeDir makes a directory below d.
func (d Dir) MakeDir(name string) error {
	if err := unix.Mkdirat(int(d), name, 0o700); err != nil {
		return &CallError{"mkdir", name, err}
	}
	return nil
}

// RemoveDir removes a directory below d that is empty, or an instance of tracefs.
func (d Dir) RemoveDir(name string) error {
	if err := unix.Unlinkat(int(d), name, unix.AT_REMOVEDIR); err != nil {
		return &CallError{"rmdir", name, err}
	}
	return nil
}

// Lock waits for a lock of the directory that only one open file can have (flock(2)). It
// ends with Unlock, or when the directory is closed, also by the death of the process.
func (d Dir) Lock() error {
	if _, err := retry(func() (int, error) { return 0, unix.Flock(int(d), unix.LOCK_EX) }); err != nil {
		return &CallError{"flock", "", err}
	}
	return nil
}

// Unlock ends what Lock began.
func (d Dir) Unlock() { _ = unix.Flock(int(d), unix.LOCK_UN) } // fails only on what is no open file
