package sys

import "golang.org/x/sys/unix"

// AdoptOrphans makes descendants of the process that lose their parent its children
// (PR_SET_CHILD_SUBREAPER), as they are of the first process of a pid namespace.
func AdoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return &CallError{"prctl", "PR_SET_CHILD_SUBREAPER", err}
	}
	return nil
}

// SetDumpable lets the process be looked at again after it has become another user
// (PR_SET_DUMPABLE).
func SetDumpable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		return &CallError{"prctl", "PR_SET_DUMPABLE", err}
	}
	return nil
}

// GoTo makes d the working directory of all threads of the process.
func (d Dir) GoTo() error {
	if err := unix.Fchdir(int(d)); err != nil {
		return &CallError{"fchdir", "", err}
	}
	return nil
}
