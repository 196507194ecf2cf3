package nstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mntscope/nsctl"
)

// Error says which step failed, and where.
type Error struct {
	Op  string
	NS  nsctl.NSNumber
	PID int
	// Err matches the error number, where there was one: errors.Is(err, syscall.EINVAL).
	Err error
}

func (e *Error) Error() string {
	return fmt.Sprintf("agent %d in %v: %s: %v", e.PID, e.NS, e.Op, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Do takes steps, one after the other, up to the first that fails. Its error is
// an *[Error].
func (n *NS) Do(ops ...Op) error {
	_, err := n.ask(request{Ops: ops})
	return err
}

// Must takes steps and ends the test if one fails.
func (n *NS) Must(t testing.TB, ops ...Op) {
	t.Helper()
	if err := n.Do(ops...); err != nil {
		t.Fatal(err)
	}
}

// Timed takes steps as Must does, and gives when the last had been taken (sys.Monotonic).
func (n *NS) Timed(t testing.TB, ops ...Op) time.Duration {
	t.Helper()
	r, err := n.ask(request{Ops: ops})
	if err != nil {
		t.Fatal(err)
	}
	return r.Ended
}

// Run runs a program in the namespace and gives what it printed on both outputs.
func (n *NS) Run(argv ...string) ([]byte, error) {
	r, err := n.ask(request{Run: argv})
	return r.Output, err
}

// Open opens a file in the namespace and keeps it open. It gives the descriptor's
// number in the agent's process.
func (n *NS) Open(t testing.TB, path string) int {
	t.Helper()
	r, err := n.ask(request{Open: path})
	if err != nil {
		t.Fatal(err)
	}
	return r.Numbers[0]
}

// Locked says of the topmost mounts at some paths which are locked (sys.MountLocked).
func (n *NS) Locked(paths ...string) ([]bool, error) {
	r, err := n.ask(request{Probe: paths})
	locked := make([]bool, len(r.Numbers))
	for i, number := range r.Numbers {
		locked[i] = number != 0
	}
	return locked, err
}

// EndLeader ends the first thread of the agent's process while the others live:
// /proc/PID then shows a zombie, whose namespace and mounts only its threads tell.
func (n *NS) EndLeader(t testing.TB) {
	t.Helper()
	if _, err := n.ask(request{EndLeader: true}); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request to the agent and waits for the answer.
func (n *NS) ask(r request) (reply, error) {
	n.link.mu.Lock()
	defer n.link.mu.Unlock()
	r.Thread = n.thread
	var answer reply
	err := n.link.out.Encode(r)
	if err == nil {
		err = n.link.in.Decode(&answer)
	}
	if err != nil {
		return answer, &Error{"asking the agent", n.ns, n.pid, err}
	}
	if f := answer.Failure; f != nil {
		return answer, &Error{f.Op, n.ns, n.pid, f.err()}
	}
	return answer, nil
}

// err restores an error from another process: its text, and the number within.
func (f *failure) err() error {
	if f.Errno == 0 {
		return errors.New(f.Text)
	}
	return remoteError{f.Text, f.Errno}
}

// remoteError is an error of another process.
type remoteError struct {
	text  string
	errno error
}

func (e remoteError) Error() string { return e.text }

func (e remoteError) Unwrap() error { return e.errno }
