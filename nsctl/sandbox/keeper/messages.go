package keeper

import (
	"mntscope/nsctl/internal/sys"
)

// Name is the first argument of a keeper, and what ps shows. It is as long as the name of
// a process can be.
const Name = "mntscope-keeper"

// Link is a path, below a /proc, by which a new keeper finds the program: a link of that Name in
// its directory. The kernel calls a process by the path that it was started with, and so
// this one by its name from the beginning.
const Link = "self/fd/6/" + Name

// LinkTo is where the link leads.
const LinkTo = "/proc/self/exe"

// Setup is what a new keeper is told first.
type Setup struct {
	Sandbox string
	// Propagation is what the types of all mounts become: private, slave or shared;
	// empty to leave them as they were copied.
	Propagation string
	// UserNS says that it is in a new user namespace. WriteMap is the map that it writes
	// itself, AwaitMap that another process writes one. With Become it is not root there from
	// the beginning, but as soon as it has opened what it needs.
	UserNS   bool
	WriteMap *OwnMap
	AwaitMap bool
	Become   bool
	PIDNS    bool
	// Root is the directory that is to become the root, with IDMapped through a mount that maps
	// the owners of its files; empty for the tree as it was copied.
	Root     string
	IDMapped bool
	// Inside says that it is started by another keeper, whose view of /proc it has.
	Inside bool
}

// OwnMap makes one user and group root.
type OwnMap struct{ UID, GID int }

// Control is what a keeper is told on its control socket after the Setup.
type Control struct {
	Mapped bool // the user namespace has its map now
	Keep   bool // the sandbox outlives who made it
}

// Report is what a keeper answers when it is ready; or could not be.
type Report struct {
	Failure *Failure
}

// Failure is an error on its way to another process.
type Failure struct {
	Op    string // "mount --make-rprivate /"
	Text  string
	Errno string // EPERM; empty if there was none
}

func (f *Failure) Error() string {
	if f.Op == "" {
		return f.Text
	}
	return f.Op + ": " + f.Text
}

func failure(op string, err error) *Failure {
	return &Failure{Op: op, Text: sys.ErrorText(err), Errno: sys.ErrnoName(err)}
}

// Request is what a keeper is asked: exactly one of its fields.
type Request struct {
	Exec  *Exec
	Start *Start
	Step  *TakeStep
	// Job is an operation on mounts, packed by package carry. The keeper sends that it is Ready,
	// does it when it is told to Go, and answers with Message.Report.
	Job []byte
	End bool
}

// TakeStep asks to take a step, the next one if Step is empty, or to tell what they are.
// With StepBind may come a mount that is to be attached in place of a copy of the
// directory's own.
type TakeStep struct {
	Step string
	List bool
}

// Exec asks to run a program. With it come the program's standard input, output and
// error; then with Restore the terminal of the one who asks.
type Exec struct {
	// Argv and Env are bytes, of any kind but NUL. An empty Argv asks for the user's
	// shell.
	Argv, Env [][]byte
	// Dir is where it runs, if that is there and the sandbox has not been entered deeper.
	Dir []byte
	// Terminal says that standard input is the terminal of the new session.
	Terminal bool
	// Restore says that the terminal's settings are put back if the connection ends
	// before the program does: who asked has died, and cannot.
	Restore bool
}

// Start asks to start the keeper of a sandbox inside this one. With it come the control
// socket, the lock, the socket, and the directory.
type Start struct {
	Sandbox    string
	Namespaces uintptr
	Capable    bool
}

// Message is what both sides send while a program runs.
type Message struct {
	Started bool
	// Failure ends a request, with Status that the caller should exit with.
	Failure *Failure
	Status  int
	Ended   *sys.Ended
	Steps   []Step // all of them, or the one that was taken, or failed
	// Ready asks whether the peer is still there, to do a job; Go says so. One who has gone
	// because it took too long counts on it that nothing is done any more.
	Ready, Go bool
	Report    []byte // what became of a job
	Signal    int    // to the program
	// Restored says that the peer has put his terminal back himself. From then on its settings are
	// somebody else's.
	Restored bool
}
