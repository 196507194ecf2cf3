package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Kinds of namespaces that a Child can be given (clone(2)).
const (
	NewMountNS  = unix.CLONE_NEWNS
	NewUserNS   = unix.CLONE_NEWUSER
	NewPIDNS    = unix.CLONE_NEWPID
	NewUTSNS    = unix.CLONE_NEWUTS
	NewIPCNS    = unix.CLONE_NEWIPC
	NewNetNS    = unix.CLONE_NEWNET
	NewCgroupNS = unix.CLONE_NEWCGROUP
)

// Child is a process to be started. Unlike one of os/exec it is waited for with
// [WaitForChild] and [Reap], by whoever reaps all children of the process.
type Child struct {
	Path      string // relative to Dir, if it is not absolute
	Argv, Env []string
	// Dir is the working directory; empty for that of the caller.
	Dir string
	// Files become the descriptors 0, 1, 2, and so on; all others are closed.
	Files []int
	// Namespaces are made new: NewMountNS and the like. The propagation types of
	// mounts stay as the kernel copies them.
	Namespaces uintptr
	// UIDs and GIDs are the maps of a new user namespace, written by the caller; nil if
	// somebody else is going to.
	UIDs, GIDs []IDRange
	// SetGroups leaves setgroups(2) allowed in a new user namespace, which only the
	// privileged may.
	SetGroups bool
	// Capable lets it keep all capabilities of its user namespace although it is not
	// root there (yet).
	Capable bool
	// Session makes it the leader of a new session, Terminal also of descriptor 0, a
	// terminal.
	Session, Terminal bool
}

// IDRange is a line of a uid_map or gid_map (user_namespaces(7)).
type IDRange struct {
	Inside  int `json:"inside"`
	Outside int `json:"outside"`
	Count   int `json:"count"`
}

// Start starts the process. If an error is returned, there is none.
func (c Child) Start() (pid int, err error) {
	attr := &syscall.ProcAttr{Dir: c.Dir, Env: c.Env, Sys: &syscall.SysProcAttr{
		Cloneflags:                 c.Namespaces,
		UidMappings:                mappings(c.UIDs),
		GidMappings:                mappings(c.GIDs),
		GidMappingsEnableSetgroups: c.SetGroups,
		Setsid:                     c.Session,
		Setctty:                    c.Terminal,
	}}
	for _, fd := range c.Files {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	if c.Capable {
		attr.Sys.AmbientCaps = allCapabilities()
	}
	pid, err = syscall.ForkExec(c.Path, c.Argv, attr)
	if err != nil {
		return 0, &CallError{"starting", c.Path, err}
	}
	return pid, nil
}

func mappings(ranges []IDRange) []syscall.SysProcIDMap {
	var maps []syscall.SysProcIDMap
	for _, r := range ranges {
		maps = append(maps, syscall.SysProcIDMap{ContainerID: r.Inside, HostID: r.Outside, Size: r.Count})
	}
	return maps
}

// allCapabilities are those that the running kernel knows.
func allCapabilities() []uintptr {
	var caps []uintptr
	for c := uintptr(0); ; c++ {
		if _, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil {
			return caps
		}
		caps = append(caps, c)
	}
}

// BecomeRoot makes all threads of the process user and group 0 of its user namespace,
// without supplementary groups.
func BecomeRoot() error {
	if err := syscall.Setgroups(nil); err != nil {
		return &CallError{"setgroups", "", err}
	}
	if err := syscall.Setresgid(0, 0, 0); err != nil {
		return &CallError{"setresgid", "0", err}
	}
	if err := syscall.Setresuid(0, 0, 0); err != nil {
		return &CallError{"setresuid", "0", err}
	}
	return nil
}
