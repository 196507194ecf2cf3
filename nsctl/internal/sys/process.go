package sys

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exec makes the process run another program (execve(2)). It returns only if that fails.
func Exec(program string, args, environment []string) error {
	_, err := retry(func() (int, error) { return 0, unix.Exec(program, args, environment) })
	return &CallError{"exec", program, err}
}

// Chroot changes the root directory of the process, and goes there (chroot(2)).
func Chroot(dir string) error {
	if err := unix.Chroot(dir); err != nil {
		return &CallError{"chroot", dir, err}
	}
	if err := unix.Chdir("/"); err != nil {
		return &CallError{"chdir", "/", err}
	}
	return nil
}

// Kill sends a signal to a process or a group of them (kill(2)). The signal is a number, or
// a name with or without SIG.
func Kill(pid int, signal string) error {
	number, err := strconv.Atoi(signal)
	if err != nil {
		number = int(unix.SignalNum("SIG" + strings.TrimPrefix(signal, "SIG")))
		if number == 0 {
			return &CallError{"kill", signal, unix.EINVAL}
		}
	}
	if err := unix.Kill(pid, syscall.Signal(number)); err != nil {
		return &CallError{"kill", strconv.Itoa(pid), err}
	}
	return nil
}

// RemoveDir removes a directory, and nothing else (rmdir(2)).
func RemoveDir(dir string) error {
	if err := unix.Rmdir(dir); err != nil {
		return &CallError{"rmdir", dir, err}
	}
	return nil
}

// Quit is the signal of ctrl-\ on a terminal.
const Quit = unix.SIGQUIT

// NotExecutable reports whether err says that a file is in no format that the kernel
// runs, as a script without #! (execve(2), ENOEXEC).
func NotExecutable(err error) bool { return errors.Is(err, unix.ENOEXEC) }

// EndedBy gives the number and the name of the signal that ended a process, or 0.
func EndedBy(state *os.ProcessState) (number int, name string) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0, ""
	}
	return int(status.Signal()), unix.SignalName(status.Signal())
}

// Namespaces are those that a new process can have for itself (namespaces(7)).
type Namespaces struct {
	Mount, PID, UTS, IPC, Net, Cgroup bool
	// User is a user namespace in which the caller is root.
	User bool
}

// For makes a command start in new namespaces.
func (n Namespaces) For(cmd *exec.Cmd) {
	attr := &syscall.SysProcAttr{}
	for _, namespace := range []struct {
		wanted bool
		flag   uintptr
	}{
		{n.Mount, unix.CLONE_NEWNS}, {n.PID, unix.CLONE_NEWPID}, {n.UTS, unix.CLONE_NEWUTS}, {n.IPC, unix.CLONE_NEWIPC},
		{n.Net, unix.CLONE_NEWNET}, {n.Cgroup, unix.CLONE_NEWCGROUP}, {n.User, unix.CLONE_NEWUSER},
	} {
		if namespace.wanted {
			attr.Cloneflags |= namespace.flag
		}
	}
	if n.User {
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	cmd.SysProcAttr = attr
}
