package carry

import (
	"errors"
	"fmt"
	"syscall"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// Job is one operation in one namespace. It travels as gob, which keeps paths whole that
// are not UTF-8.
type Job struct {
	Op nsctl.Op // its paths are absolute
	// In is where it is done, and To where the other mount of a rejoin is, or what is bound
	// from another namespace.
	In, To Space
	// Expect is what its paths led to when it was decided on. What is nil is not compared.
	Expect Places
	// OnlyLook lets everything be as it is, and tells where the paths lead.
	OnlyLook bool
	// Locks are mounts of which only is asked whether they are locked.
	Locks []LockQuestion
	// List is a directory of which only the names are asked for.
	List *Listing
	// Classic does without the calls that are newer than Linux 5.6.
	Classic bool
}

// LockQuestion names a mount by a path that should lead to it.
type LockQuestion struct {
	Path  string
	Mount nsctl.MountID
}

// Places are what the paths of an operation lead to: those that it has.
type Places struct {
	Source, Target, To *Place
}

// Place is where a path leads.
type Place struct {
	Mount nsctl.MountID
	ID    nsctl.UniqueID // 0 before Linux 6.8
	// Path is what the kernel calls the place: without links, from the root of who looks.
	Path      string
	MountRoot bool
	Directory bool
}

// Report is what became of a job.
type Report struct {
	Places  Places
	Locks   []nsctl.LockState // for each question; unknown if the path leads elsewhere
	Names   *Names
	Entered bool // false: the namespace could not be entered, and nothing was tried
	Failure *Failure
}

// Failure is why a job was not done. Nothing has changed then.
type Failure struct {
	Call  string // the system call, or what was done instead of one
	Path  string // of the operation, if it is about one
	Errno syscall.Errno
	Text  string
	// Changed: a path does not lead any more to what was expected.
	Changed bool
	Gone    bool // the namespace is
	// Half: a rejoin with --slave joined, and then could not be made a slave.
	Half bool
}

func (f *Failure) Error() string { return f.Text }

// Unwrap gives the error number, if there was one.
func (f *Failure) Unwrap() error {
	if f.Errno == 0 {
		return nil
	}
	return f.Errno
}

// failed makes a Failure of an error.
func failed(path string, err error) *Failure {
	if err == nil {
		return nil
	}
	f := &Failure{Path: path, Text: err.Error()}
	if errors.As(err, &f) {
		return f
	}
	var call *sys.CallError
	if errors.As(err, &call) {
		f.Call = call.Op
	}
	errors.As(err, &f.Errno)
	f.Gone = errors.Is(err, ErrGone)
	return f
}

// Unprivileged is the failure of a caller who cannot change mounts where he is; nil if he may be
// able to.
func Unprivileged() *Failure {
	if sys.Administers() {
		return nil
	}
	return &Failure{Errno: syscall.EPERM, Text: "there is no CAP_SYS_ADMIN"}
}

// changed is the failure of a path that leads somewhere else than expected.
func changed(path, format string, args ...any) *Failure {
	return &Failure{Call: "openat2", Path: path, Changed: true, Text: nsctl.Printable(path) + " " + fmt.Sprintf(format, args...)}
}
