package keeper

import "strings"

// Step is one step from the copy of the host's tree to a root file system of its own, as
// it is done by hand.
type Step struct {
	Name    string `json:"step"`
	Title   string `json:"title"`
	Why     string `json:"why"`
	Command string `json:"command"` // that it equals
	Taken   bool   `json:"taken"`   // and it worked
}

// The steps by name.
const (
	StepPrivate = "private"
	StepBind    = "bind"
	StepEnter   = "enter"
	StepMkdir   = "mkdir"
	StepPivot   = "pivot"
	StepPath    = "path"
	StepCut     = "cut"
	StepDetach  = "detach"
	StepProc    = "proc"
)

// plan lists the steps that lead to the sandbox's own root file system, in their order.
func (k *keeper) plan() []Step {
	names := []string{StepBind, StepEnter, StepMkdir, StepPivot, StepPath}
	// A shared mount would carry what is mounted on it to its peers, on the host; and one in
	// which the root is mounted keeps pivot_root(2) from working in any case.
	connected := k.setup.Propagation == "shared" || k.setup.Propagation == "" && !k.setup.UserNS
	if connected {
		names = append([]string{StepPrivate}, names...)
	}
	detach := []string{StepDetach}
	if connected && !k.setup.UserNS {
		detach = []string{StepCut, StepDetach}
	}
	switch {
	case k.setup.UserNS && k.setup.PIDNS:
		// There the kernel wants another /proc that is wholly visible, to mount a new one: it is
		// in the old root.
		names = append(append(names, StepProc), detach...)
	case k.setup.UserNS:
		names = append(names, detach...)
	default:
		names = append(append(names, detach...), StepProc)
	}
	steps := make([]Step, len(names))
	for i, name := range names {
		steps[i] = k.step(name)
		steps[i].Taken = k.tree.taken[name]
	}
	return steps
}

// step describes a step as it would be done now.
func (k *keeper) step(name string) Step {
	root := quoted(k.setup.Root)
	s := Step{Name: name}
	switch name {
	case StepPrivate:
		s.Title = "cut the mount that the root is on off from its peers"
		var commands []string
		for _, point := range k.connectedMounts() {
			commands = append(commands, "mount --make-private "+quoted(point))
		}
		s.Command = strings.Join(commands, " && ")
		s.Why = "What is mounted on a shared mount appears on all its peers, and pivot_root refuses a new root that is mounted in one."
	case StepBind:
		s.Title, s.Command = "bind the root on itself", "mount --bind "+root+" "+root
		if k.setup.IDMapped {
			s.Command = "mount --bind -o X-mount.idmap=/proc/self/ns/user " + root + " " + root
		}
		s.Why = "pivot_root takes a mount point as the new root, and a plain directory is none."
	case StepEnter:
		s.Title, s.Command = "enter it", "cd "+root
		s.Why = "The working directory has to be on the new mount; one that was entered before the bind is below it."
	case StepMkdir:
		s.Title, s.Command = "make a place for the old root", "mkdir "+oldRoot
		s.Why = "pivot_root puts the old root somewhere below the new one, so that it can still be reached."
	case StepPivot:
		s.Title, s.Command = "exchange the roots", "pivot_root . "+oldRoot
		s.Why = "The new root becomes the root of the namespace, and of every process in it that had the old one."
	case StepPath:
		s.Title, s.Command = "look for programs where the new root has them", "export PATH="+newPath
		s.Why = "The PATH is still that of the host, and the directories in it need not be here."
	case StepCut:
		s.Title, s.Command = "cut the old root off from the host", "mount --make-rprivate /"+oldRoot
		s.Why = "Its mounts are peers of the host's: umount -l would unmount those, too."
	case StepDetach:
		s.Title, s.Command = "let the old root go", "umount -l /"+oldRoot
		s.Why = "As long as it is mounted the host's files can be reached; -l, because it is busy and has mounts inside."
	case StepProc:
		s.Title, s.Command = "mount a /proc", "mount -t proc proc /proc"
		s.Why = "ps and many others read /proc; a new one shows the processes of the pid namespace of who mounts it."
	}
	return s
}

const (
	oldRoot = "old_root"
	newPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)
