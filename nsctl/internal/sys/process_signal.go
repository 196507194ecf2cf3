package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Signals that are sent and passed on here.
const (
	SignalHangUp    = int(unix.SIGHUP)
	SignalInterrupt = int(unix.SIGINT)
	SignalKill      = int(unix.SIGKILL)
	SignalStop      = int(unix.SIGSTOP)
)

// Signal sends a signal to a process, or with a negative pid to a process group. It must
// be a child that has not been reaped, or a group that has a member which has not.
func Signal(pid, signal int) error {
	if err := unix.Kill(pid, unix.Signal(signal)); err != nil {
		return &CallError{"kill", "", err}
	}
	return nil
}

// Signal sends a signal to the process that a file stands for, of OpenProcess
// (pidfd_send_signal(2)).
func (f File) Signal(signal int) error { return signalFile(int(f), signal) }

// Signal sends a signal to the process whose directory in /proc this is.
func (d Dir) Signal(signal int) error { return signalFile(int(d), signal) }

func signalFile(fd, signal int) error {
	if err := unix.PidfdSendSignal(fd, unix.Signal(signal), nil, 0); err != nil {
		return missingCall("pidfd_send_signal(2)", "5.1", &CallError{"pidfd_send_signal", "", err})
	}
	return nil
}

// NoProcess reports whether err says that there is no such process, or none any more.
func NoProcess(err error) bool { return errors.Is(err, unix.ESRCH) }

// NoChild reports whether err says that the process has no children.
func NoChild(err error) bool { return errors.Is(err, unix.ECHILD) }

// EndSignals ask a process to end.
func EndSignals() []os.Signal { return []os.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP} }

// SignalNumber gives the number of a signal.
func SignalNumber(s os.Signal) int {
	if number, ok := s.(unix.Signal); ok {
		return int(number)
	}
	return 0
}
