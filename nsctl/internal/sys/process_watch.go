package sys

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A Process is one that can be waited for and killed, and no other that gets its pid.
type Process struct {
	pid  int
	file *os.File // a pidfd, in the runtime's poller
}

// WatchProcess begins to watch a process. It fails with ESRCH if there is none (Linux
// 5.10).
func WatchProcess(pid int) (*Process, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil, missingCall("pidfd_open(2) with PIDFD_NONBLOCK", "5.10", &CallError{"pidfd_open", "", err})
	}
	return &Process{pid, os.NewFile(uintptr(fd), "process")}, nil
}

// PID is the process's id. It may be another's when the process has ended.
func (p *Process) PID() int { return p.pid }

// Signal sends a signal. It fails with ESRCH if the process has ended.
func (p *Process) Signal(signal int) (err error) {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	if failed := raw.Control(func(fd uintptr) { err = signalFile(int(fd), signal) }); failed != nil {
		return failed
	}
	return err
}

// Wait waits until the process has ended, and reports whether it has within the limit. A
// child is there to be reaped then.
func (p *Process) Wait(limit time.Duration) bool {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return false
	}
	if limit != Forever {
		_ = p.file.SetReadDeadline(time.Now().Add(limit)) // fails only on a closed file
	}
	return raw.Read(func(fd uintptr) bool {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := retry(func() (int, error) { return unix.Poll(fds, 0) })
		return err == nil && n > 0
	}) == nil
}

// Reap frees the pid of a child that has ended.
func (p *Process) Reap() {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.Waitid(unix.P_PIDFD, int(fd), nil, unix.WEXITED|unix.WNOHANG, nil) // ECHILD: it is none
	})
}

// Close ends watching. It makes a Wait return that it has not ended.
func (p *Process) Close() { _ = p.file.Close() }

// FileOwner gives the owner of an open file.
func FileOwner(f *os.File) (uid int, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, &CallError{"fstat", f.Name(), err}
	}
	return int(st.Uid), nil
}

// Unlinked reports whether an open file has no name any more.
func Unlinked(f *os.File) (bool, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return false, &CallError{"fstat", f.Name(), err}
	}
	return st.Nlink == 0, nil
}
