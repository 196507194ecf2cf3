package sys

import "golang.org/x/sys/unix"

// OpenTracefs opens a mount of tracefs that is in no namespace: none is made in the
// caller's, and none must be there. Where such mounts cannot be made (before Linux 5.2),
// one at its usual places is taken. It takes CAP_SYS_ADMIN in the first user namespace
// (EPERM); ENODEV means that the kernel was built without tracing.
func OpenTracefs() (Dir, error) {
	dir, err := detachedTracefs()
	if err == nil {
		return dir, nil
	}
	for _, path := range []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"} {
		if dir, openErr := OpenDir(path); openErr == nil {
			var st unix.Statfs_t
			if unix.Fstatfs(int(dir), &st) == nil && st.Type == unix.TRACEFS_MAGIC {
				return dir, nil
			}
			dir.Close()
		}
	}
	return -1, err
}

func detachedTracefs() (Dir, error) {
	context, err := OpenFilesystem("tracefs")
	if err != nil {
		return -1, err
	}
	defer context.Close()
	mount, err := context.Mount(0)
	if err != nil {
		return -1, err
	}
	defer mount.Close()
	// fsmount(2) gives a descriptor with O_PATH, which files can be opened below; one that
	// keeps the mount and can be listed is needed.
	return mount.OpenDir(".")
}

// ReadSome reads what there is from a file that does not block, which may be nothing.
func (f File) ReadSome(buf []byte) (int, error) {
	n, err := retry(func() (int, error) { return unix.Read(int(f), buf) })
	if err == unix.EAGAIN { //nolint:errorlint // a bare errno, straight from the call
		return 0, nil
	}
	if err != nil {
		return 0, &CallError{"read", "", err}
	}
	return n, nil
}
