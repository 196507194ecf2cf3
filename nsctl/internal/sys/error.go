package sys

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Missing is the error of a facility that the running kernel does not have.
// It matches [errors.ErrUnsupported].
type Missing struct {
	Facility string // "statmount(2)"
	Since    string // first kernel release that has it: "6.8"
	Err      error  // what the kernel answered
}

func (m *Missing) Error() string {
	return fmt.Sprintf("%s needs Linux %s: %v", m.Facility, m.Since, m.Err)
}

// Is makes a Missing match errors.ErrUnsupported.
func (m *Missing) Is(target error) bool { return target == errors.ErrUnsupported }

func (m *Missing) Unwrap() error { return m.Err }

// CallError says which operation failed, on what, and why.
type CallError struct {
	Op  string // the system call or ioctl
	On  string // its object
	Err error  // a unix.Errno, a *Missing around one, or an error of the package
}

func (e *CallError) Error() string {
	if e.On == "" {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + " " + e.On + ": " + e.Err.Error()
}

func (e *CallError) Unwrap() error { return e.Err }

// ErrnoName gives the name of the error number in err ("EACCES"), or "" if there is none.
func ErrnoName(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return ""
}

// Gone reports whether err says that a process, or what it had, ended while it
// was looked at: /proc answers ENOENT, ESRCH, or, for the mounts of a zombie, EINVAL.
func Gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL)
}

// Refused reports whether err says that the caller may not do this.
func Refused(err error) bool {
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

// retry repeats a call that a signal interrupted.
func retry[T any](call func() (T, error)) (T, error) {
	for {
		v, err := call()
		if err != unix.EINTR { //nolint:errorlint // a bare errno, straight from the call
			return v, err
		}
	}
}

// ErrorByName gives the error number of a name, 0 for one that there is not.
func ErrorByName(name string) error {
	for n := unix.Errno(1); n < 256; n++ {
		if unix.ErrnoName(n) == name {
			return n
		}
	}
	return unix.Errno(0)
}
