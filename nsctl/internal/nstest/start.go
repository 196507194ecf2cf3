package nstest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// start describes processes to be started: one agent, or any number of processes
// that only live.
type start struct {
	// CloneFlags are CLONE_NEWNS and CLONE_NEWUSER. os/exec's other way to a new
	// namespace, Unshareflags, would make every mount private.
	CloneFlags uintptr
	// UID and GID to run as; 0 for those of the process that starts it.
	ID int
	// Agent is where a new agent finds the test; empty for processes that only live.
	Agent string
	// Lives is how many processes that only live are wanted.
	Lives int
	// propagation is applied by the new agent as its first step.
	propagation string
}

// Option changes what [NS.Clone] and [NS.Fork] make.
type Option func(*start)

// User puts the new process into a new user namespace, in which it is root and
// which owns the new mount namespace.
func User() Option {
	return func(s *start) { s.CloneFlags |= syscall.CLONE_NEWUSER }
}

// Propagation changes the propagation type of the new namespace's mounts, in the
// words of [Make]. Without it they stay what the kernel made them: shared mounts are
// peers of the originals, or slaves if the namespace has another owner.
func Propagation(how string) Option {
	return func(s *start) { s.propagation = how }
}

// As lets the new process run as another user, which only root can do.
func As(id int) Option {
	return func(s *start) { s.ID = id }
}

// run starts the processes from the calling thread, whose namespaces they inherit
// or copy. As siblings of the caller their parent is the caller's parent.
func (s start) run(siblings bool, stdin *os.File) (pids []int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	attr := &os.ProcAttr{
		Dir:   "/",
		Env:   append(os.Environ(), agentEnv+"="+s.Agent),
		Files: []*os.File{null, null, os.Stderr},
		Sys:   s.sysProcAttr(siblings),
	}
	if s.Agent != "" {
		pid, err := startProcess("/proc/self/exe", attr)
		return []int{pid}, err
	}
	// cat ends by itself when the last writer of its standard input is gone.
	attr.Files = []*os.File{stdin, null, null}
	cat, err := exec.LookPath("cat")
	if err != nil {
		return nil, err
	}
	for range s.Lives {
		pid, err := startProcess(cat, attr)
		if err != nil {
			return pids, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

func startProcess(path string, attr *os.ProcAttr) (pid int, err error) {
	p, err := os.StartProcess(path, []string{path}, attr)
	if err != nil {
		return 0, fmt.Errorf("starting a process: %w", err)
	}
	pid = p.Pid
	return pid, p.Release()
}

func (s start) sysProcAttr(siblings bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: s.CloneFlags}
	if siblings {
		attr.Cloneflags |= syscall.CLONE_PARENT
	}
	if s.CloneFlags&syscall.CLONE_NEWUSER != 0 {
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	if s.ID != 0 {
		attr.Credential = &syscall.Credential{Uid: uint32(s.ID), Gid: uint32(s.ID)}
	}
	return attr
}
