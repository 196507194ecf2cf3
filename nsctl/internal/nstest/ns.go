package nstest

import (
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
)

// Scratch is the directory that is an empty tmpfs in every [Host].
const Scratch = "/mnt"

// NS is a mount namespace with an agent in it: a process, or a thread of one.
// Its methods may be used by several goroutines; steps are taken one at a time.
type NS struct {
	pid    int
	ns     nsctl.NSNumber
	thread int // 0 for the process itself
	link   *link
	end    func() error
}

// link is the connection to an agent, which its threads have in common.
type link struct {
	mu   sync.Mutex
	conn *net.UnixConn
	in   *gob.Decoder
	out  *gob.Encoder
}

// Host makes a namespace to play the host: a copy of the machine's, cut off from
// it, with all mounts shared and an empty tmpfs on Scratch. The machine's own root
// is read-only there, for tests that take the tmpfs away and go on; the directory for
// temporary files is not. See the package documentation for what it is without root.
func Host(t testing.TB) *NS {
	t.Helper()
	s := start{CloneFlags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		s.CloneFlags |= syscall.CLONE_NEWUSER
	}
	n, err := launch(s, func(s start) ([]int, error) { return s.run(false, nil) })
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSPC) {
		Unavailable(t, fmt.Sprintf("no mount namespace can be made here: %v", err))
	}
	n = n.keep(t, err)
	temp := os.TempDir()
	n.Must(t, Make("rprivate", "/"), Rbind(temp, temp), ReadOnly("/"), Make("rshared", "/"), Tmpfs(Scratch))
	return n
}

// Unavailable ends a test that needs something this machine does not have: it is
// skipped, or fails where the environment says that it should have run (CI=true).
func Unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// Clone starts an agent in a copy of the namespace.
func (n *NS) Clone(t testing.TB, options ...Option) *NS {
	t.Helper()
	return n.start(t, start{CloneFlags: syscall.CLONE_NEWNS}, options)
}

// Fork starts another agent in the same namespace, with the same root directory.
func (n *NS) Fork(t testing.TB, options ...Option) *NS {
	t.Helper()
	return n.start(t, start{}, options)
}

// TryClone does what Clone does, but gives the error if no process can be started.
func (n *NS) TryClone(t testing.TB, options ...Option) (*NS, error) {
	t.Helper()
	return n.try(t, start{CloneFlags: syscall.CLONE_NEWNS}, options)
}

func (n *NS) start(t testing.TB, s start, options []Option) *NS {
	t.Helper()
	child, err := n.try(t, s, options)
	if err != nil {
		t.Fatal(err)
	}
	return child
}

func (n *NS) try(t testing.TB, s start, options []Option) (*NS, error) {
	t.Helper()
	for _, option := range options {
		option(&s)
	}
	child, err := launch(s, func(s start) ([]int, error) {
		r, err := n.ask(request{Start: &s})
		return r.Numbers, err
	})
	if child == nil {
		return nil, err
	}
	child.keep(t, err)
	if s.propagation != "" {
		child.Must(t, Make(s.propagation, "/"))
	}
	return child, nil
}

// Thread starts a thread of the agent's process in a copy of the namespace, at the same
// root directory. Its PID is the thread's id, which works in /proc like a process's.
func (n *NS) Thread(t testing.TB) *NS {
	t.Helper()
	r, err := n.ask(request{NewThread: true})
	if err != nil {
		t.Fatal(err)
	}
	thread := &NS{pid: r.Numbers[0], thread: r.Numbers[0], link: n.link}
	thread.end = sync.OnceValue(func() error {
		_, err := thread.ask(request{EndThread: true})
		if errors.Is(err, net.ErrClosed) { // the process ended before
			return nil
		}
		return err
	})
	thread.ns, err = NumberOf(thread.Proc("ns/mnt"))
	return thread.keep(t, err)
}

// keep ends the test if there was an error, and else n with the test.
func (n *NS) keep(t testing.TB, err error) *NS {
	t.Helper()
	if n != nil {
		t.Cleanup(func() {
			if err := n.end(); err != nil {
				t.Errorf("ending agent %d: %v", n.pid, err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// launch starts an agent and waits until it is there. Where it fails after the
// process was started, that has ended.
func launch(s start, run func(start) ([]int, error)) (*NS, error) {
	// An abstract address: it needs no file, and works from other mount and user namespaces.
	s.Agent = "@mntscope-nstest-" + rand.Text()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.Agent, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	pids, err := run(s)
	if err != nil {
		return nil, err
	}
	n := &NS{pid: pids[0], link: &link{}}
	n.end = sync.OnceValue(n.kill)
	if err := listener.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return n, err
	}
	conn, err := listener.AcceptUnix()
	if err != nil {
		return n, fmt.Errorf("agent %d did not report: %w", n.pid, err)
	}
	n.link.conn, n.link.in, n.link.out = conn, gob.NewDecoder(conn), gob.NewEncoder(conn)
	n.ns, err = NumberOf(n.Proc("ns/mnt"))
	return n, err
}

func (n *NS) kill() error {
	var closing error
	if n.link.conn != nil {
		closing = n.link.conn.Close()
	}
	return errors.Join(closing, killAndWait(n.pid))
}

// killAndWait ends a child. Its pid is its own until it has been waited for.
func killAndWait(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err = p.Wait()
	return err
}

// PID is the agent's process id, or its thread's.
func (n *NS) PID() int { return n.pid }

// NS is the number of the namespace that the agent started in.
func (n *NS) NS() nsctl.NSNumber { return n.ns }

// Proc gives the path of a file of the agent in /proc: Proc("mountinfo").
func (n *NS) Proc(file string) string {
	return filepath.Join("/proc", strconv.Itoa(n.pid), file)
}

// Path gives a path by which the test itself reaches a file in the namespace.
func (n *NS) Path(path string) string { return n.Proc("root") + path }

// Mounts reads the mount table that the agent sees.
func (n *NS) Mounts(t testing.TB) []nsctl.Mount {
	t.Helper()
	mounts, err := ReadMountinfo(n.Proc("mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	return mounts
}

// Exit ends the agent, and with it the namespace unless something else holds it.
func (n *NS) Exit(t testing.TB) {
	t.Helper()
	if err := n.end(); err != nil {
		t.Fatalf("ending agent %d: %v", n.pid, err)
	}
}

// NumberOf gives the number of the mount namespace that a file like
// /proc/PID/ns/mnt names.
func NumberOf(nsFile string) (nsctl.NSNumber, error) {
	target, err := os.Readlink(nsFile)
	if err != nil {
		return 0, err
	}
	return nsctl.ParseNSNumber(target)
}
