package trace

import "time"

// Record is a system call of a process as it begins or, with Exit, ends; or it says, if
// Lost is not 0, that records are missing.
//
// The records of one processor come in the order in which they happened; between
// processors they are as a rule ordered by Time, but one that was written while the pipe
// was read can come after later ones.
type Record struct {
	// Time is when it happened, by CLOCK_MONOTONIC, in whole microseconds.
	Time time.Duration
	// Start is, with Exit, the Time when the call began; 0 if that record is missing, in
	// which case Flags is 0 as well.
	Start time.Duration
	// TID is the thread that made the call, TGID its process, as seen from the first pid
	// namespace (sys.InFirstPIDNamespace), as is Ret of clone. TGID is TID if it is unknown, which happens for threads that are not the
	// first of their process if it ends at once.
	TID, TGID int
	// Comm is the name of the thread when it made the call, which may hold any byte;
	// empty if it is unknown. Of one that holds " newcomm=" only the end may be told.
	Comm string
	// Call is the system call: mount, umount, move_mount, mount_setattr, open_tree_attr,
	// pivot_root, fsconfig, unshare, setns, or clone; or rename, when a thread got a name, as
	// each program does that is executed: TID is that thread then, and TGID the same.
	Call string
	// Flags are the flags that the call was made with, in the numbers of that call; those
	// of unshare have CLONE_NEWNS. Setns is made with 0 or CLONE_NEWNS.
	// The record with Exit has them too. They are 0 for mount_setattr, where they do not
	// say what changes, and fsconfig, which is one that reconfigures.
	Flags uint64
	// Exit says that the call has ended. A clone is only told when it has.
	Exit bool
	// Ret is, with Exit, what the call returned: a negative error number if it failed; for
	// clone the new process.
	Ret int64
	// Lost, if not 0, is how many records were overwritten before they were read, at
	// least. All other fields are 0.
	Lost uint64
}

// Failed reports whether the call has ended with an error.
func (r Record) Failed() bool { return r.Exit && r.Ret < 0 }
