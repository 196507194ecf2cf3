package sys

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A NamespaceProgram is a program to be started inside a user namespace.
type NamespaceProgram struct {
	UserNS NamespaceFile
	Path   string // of the program, here and not there: "/proc/self/exe"
	Args   []string
	Env    []string
	// Stdin and Stdout become the descriptors 0 and 1 of the program. All others are
	// closed, but for 2.
	Stdin, Stdout int
}

// Start starts the program, as root of the user namespace if that has one, with all
// capabilities in it. It takes CAP_SYS_ADMIN there, which who made the namespace has.
//
// setns(2) lets only a process of a single thread into a user namespace, which no Go
// program is, and os/exec can make new namespaces but enter none. So this forks by itself:
// the child is a copy of the calling thread alone. It may do nothing but system
// calls, as the runtime's other threads are missing in it; signals are blocked until
// it has become the program, so that no handler of the runtime runs.
func (p NamespaceProgram) Start() (*os.Process, error) {
	exe, err := CurrentDir.OpenPlace(p.Path)
	if err != nil {
		return nil, err
	}
	defer exe.Close()
	argv, err := cStrings(p.Args)
	if err != nil {
		return nil, &CallError{"execveat", p.Path, err}
	}
	envv, err := cStrings(p.Env)
	if err != nil {
		return nil, &CallError{"execveat", p.Path, err}
	}
	var report [2]int // closed by a successful execveat
	if err := unix.Pipe2(report[:], unix.O_CLOEXEC); err != nil {
		return nil, &CallError{"pipe2", "", err}
	}
	pid, errno := forkInto(&childJob{
		userNS: uintptr(p.UserNS.File), exe: uintptr(exe), in: uintptr(p.Stdin), out: uintptr(p.Stdout), report: uintptr(report[1]),
		argv: &argv[0], envv: &envv[0], empty: new(byte), all: ^uint64(0),
		caps: unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3},
	})
	closeFD(report[1])
	defer closeFD(report[0])
	if errno != 0 {
		return nil, &CallError{"clone", "", errno}
	}
	process, err := os.FindProcess(int(pid))
	if err != nil {
		return nil, err
	}
	var failure [2]uint32
	n, err := retry(func() (int, error) {
		return unix.Read(report[0], (*[8]byte)(unsafe.Pointer(&failure))[:])
	})
	if err == nil && n == 0 {
		return process, nil
	}
	_, _ = process.Wait() // it has ended
	if failure[0] == stepEnter {
		return nil, &CallError{"setns", "user namespace", unix.Errno(failure[1])}
	}
	return nil, &CallError{"execveat", p.Path, unix.Errno(failure[1])}
}

// cStrings gives strings as execve(2) takes them.
func cStrings(list []string) ([]*byte, error) {
	pointers := make([]*byte, len(list)+1)
	for i, text := range list {
		var err error
		if pointers[i], err = unix.BytePtrFromString(text); err != nil {
			return nil, err
		}
	}
	return pointers, nil
}

// childJob is all that the child needs: it must not allocate.
type childJob struct {
	userNS, exe, in, out, report uintptr
	argv, envv                   **byte
	empty                        *byte
	all, old                     uint64 // sets of signals
	caps                         unix.CapUserHeader
	data                         [2]unix.CapUserData
	failure                      [2]uint32
}

// The steps of the child that can fail.
const (
	stepEnter = 1
	stepExec  = 2
)

const (
	prCapAmbient      = 47 // PR_CAP_AMBIENT
	prCapAmbientRaise = 2  // PR_CAP_AMBIENT_RAISE
	lastCap           = 63
	sizeofSigset      = 8
)

// forkInto forks, and in the child becomes the program. Nothing in it may be preempted or
// grow the stack.
//
//go:norace
//go:noinline
//go:nosplit
func forkInto(j *childJob) (pid uintptr, errno unix.Errno) {
	all, old := uintptr(unsafe.Pointer(&j.all)), uintptr(unsafe.Pointer(&j.old))
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, all, old, sizeofSigset, 0, 0)
	pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, old, 0, sizeofSigset, 0, 0)
		return pid, errno
	}
	j.failure[0] = stepEnter
	_, _, errno = unix.RawSyscall(unix.SYS_SETNS, j.userNS, unix.CLONE_NEWUSER, 0)
	if errno == 0 {
		j.failure[0] = stepExec
		// As nsenter(1) does: what it makes belongs to root there. Where no user 0 is
		// mapped it stays who it is.
		_, _, _ = unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0)
		_, _, _ = unix.RawSyscall(unix.SYS_SETGID, 0, 0, 0)
		_, _, _ = unix.RawSyscall(unix.SYS_SETUID, 0, 0, 0)
		// execve(2) takes the capabilities from who is not root, unless they are ambient.
		caps, data := uintptr(unsafe.Pointer(&j.caps)), uintptr(unsafe.Pointer(&j.data))
		_, _, _ = unix.RawSyscall(unix.SYS_CAPGET, caps, data, 0)
		j.data[0].Inheritable, j.data[1].Inheritable = j.data[0].Permitted, j.data[1].Permitted
		_, _, _ = unix.RawSyscall(unix.SYS_CAPSET, caps, data, 0)
		for c := uintptr(0); c <= lastCap; c++ {
			_, _, _ = unix.RawSyscall6(unix.SYS_PRCTL, prCapAmbient, prCapAmbientRaise, c, 0, 0, 0)
		}
		_, _, _ = unix.RawSyscall(unix.SYS_DUP3, j.in, 0, 0)
		_, _, _ = unix.RawSyscall(unix.SYS_DUP3, j.out, 1, 0)
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, old, 0, sizeofSigset, 0, 0)
		_, _, errno = unix.RawSyscall6(unix.SYS_EXECVEAT, j.exe, uintptr(unsafe.Pointer(j.empty)),
			uintptr(unsafe.Pointer(j.argv)), uintptr(unsafe.Pointer(j.envv)), unix.AT_EMPTY_PATH, 0)
	}
	j.failure[1] = uint32(errno)
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, j.report, uintptr(unsafe.Pointer(&j.failure)), unsafe.Sizeof(j.failure))
	for {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 1, 0, 0)
	}
}
