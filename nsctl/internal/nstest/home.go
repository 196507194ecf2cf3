package nstest

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"mntscope/nsctl/internal/sys"
)

// home is what an agent keeps from where it was started: scenes may have nothing of
// that, no /proc, no program, and no way to one.
type home struct {
	root sys.Dir
	proc sys.Dir
	// far says that the agent lives in such a scene.
	far bool
}

// homeEnv tells an agent that its root directory is not where it is to live, but home.
// If it is root of a new user namespace, the value is the user and group that it
// is outside of that.
const homeEnv = "MNTSCOPE_NSTEST_HOME"

// openHome is an agent's first step.
func openHome() (h home, err error) {
	if h.root, err = sys.OpenDir("/"); err != nil {
		return h, err
	}
	if h.proc, err = sys.OpenDir("/proc"); err != nil {
		return h, err
	}
	var ids string
	if ids, h.far = os.LookupEnv(homeEnv); !h.far {
		return h, nil
	}
	if err := os.Unsetenv(homeEnv); err != nil { //nolint:forbidigo // this process is nothing but an agent
		return h, err
	}
	var uid, gid int
	if n, _ := fmt.Sscan(ids, &uid, &gid); n == 2 {
		if err := becomeRoot(uid, gid); err != nil {
			return h, err
		}
	}
	var root sys.Dir
	newWorker().do(func() { root, err = h.rootOfNamespace() })
	if err != nil {
		return h, err
	}
	defer root.Close()
	return h, changeRoot(root)
}

// becomeRoot writes the maps of a new user namespace (user_namespaces(7)). The process
// that made it cannot: it finds no /proc.
func becomeRoot(uid, gid int) error {
	for _, file := range []struct{ name, text string }{
		{"setgroups", "deny"},
		{"uid_map", fmt.Sprintf("0 %d 1", uid)},
		{"gid_map", fmt.Sprintf("0 %d 1", gid)},
	} {
		if err := os.WriteFile("/proc/self/"+file.name, []byte(file.text), 0); err != nil {
			return err
		}
	}
	return nil
}

// rootOfNamespace gives the root directory of the process's mount namespace. Only a
// thread that shares its own with no other may enter a namespace.
func (h home) rootOfNamespace() (sys.Dir, error) {
	ns, err := h.proc.OpenNamespace("self/ns/mnt")
	if err != nil {
		return -1, err
	}
	defer ns.Close()
	if err := sys.UnshareFS(); err != nil {
		return -1, err
	}
	if err := ns.EnterMountNamespace(); err != nil {
		return -1, err
	}
	return sys.OpenDir("/")
}

func changeRoot(dir sys.Dir) error {
	if err := syscall.Fchdir(int(dir)); err != nil {
		return fmt.Errorf("going to a root directory: %w", err)
	}
	if err := syscall.Chroot("."); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return nil
}

// start starts another agent from the calling thread, in a copy of its namespaces. It is
// at home until it is an agent, and then at the root of its mount namespace.
func (h home) start(s start) (pid int, err error) {
	before, err := sys.OpenDir(".")
	if err != nil {
		return 0, err
	}
	defer before.Close()
	ids := ""
	attr := &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdin, os.Stderr}, Sys: s.sysProcAttr(true)}
	attr.Sys.Chroot = "."
	if s.CloneFlags&syscall.CLONE_NEWUSER != 0 {
		ids = fmt.Sprint(os.Geteuid(), " ", os.Getegid())
		attr.Sys.UidMappings, attr.Sys.GidMappings = nil, nil
		attr.Sys.AmbientCaps = capabilities // execve(2) takes them from one who is not root yet
	}
	attr.Env = append(os.Environ(), agentEnv+"="+s.Agent, homeEnv+"="+ids)
	if err := syscall.Fchdir(int(h.root)); err != nil {
		return 0, fmt.Errorf("going home: %w", err)
	}
	pid, err = startProcess("/proc/self/exe", attr)
	if back := syscall.Fchdir(int(before)); err == nil && back != nil {
		err = fmt.Errorf("going back: %w", back)
	}
	return pid, err
}

// capabilities are those that agents make use of (capabilities(7)): CAP_CHOWN,
// CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID,
// CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_ADMIN, and CAP_SETFCAP for maps of their own children.
var capabilities = []uintptr{0, 1, 2, 3, 5, 6, 7, 18, 19, 21, 31}

// enter takes the calling thread to the namespace and the root directory of another
// thread of the process, and on from there with the next step: also where something is
// mounted on top of that root, below which one that only enters the namespace
// would never get.
func (h home) enter(tid int, next func() error) error {
	task, err := h.proc.OpenDir("self/task/" + strconv.Itoa(tid))
	if err != nil {
		return err
	}
	defer task.Close()
	root, err := task.OpenDir("root")
	if err != nil {
		return err
	}
	defer root.Close()
	ns, err := task.OpenNamespace("ns/mnt")
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := sys.UnshareFS(); err != nil {
		return err
	}
	if err := ns.EnterMountNamespace(); err != nil {
		return err
	}
	if err := changeRoot(root); err != nil {
		return err
	}
	return next()
}
