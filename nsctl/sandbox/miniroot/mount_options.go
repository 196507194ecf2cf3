package miniroot

import (
	"strings"

	"mntscope/nsctl/internal/sys"
)

// mountFlag is an option of mount(8) that is a flag of mount(2), or takes one away.
type mountFlag struct {
	flag   uintptr
	remove bool
}

func mountFlags() map[string]mountFlag {
	return map[string]mountFlag{
		"ro": {flag: sys.MountReadOnly}, "rw": {sys.MountReadOnly, true},
		"nosuid": {flag: sys.MountNoSUID}, "suid": {sys.MountNoSUID, true},
		"nodev": {flag: sys.MountNoDev}, "dev": {sys.MountNoDev, true},
		"noexec": {flag: sys.MountNoExec}, "exec": {sys.MountNoExec, true},
		"sync": {flag: sys.MountSync}, "async": {sys.MountSync, true},
		"dirsync": {flag: sys.MountDirSync}, "nosymfollow": {flag: sys.MountNoSymlink}, "symfollow": {sys.MountNoSymlink, true},
		"noatime": {flag: sys.MountNoATime}, "atime": {sys.MountNoATime, true},
		"nodiratime": {flag: sys.MountNoDirATime}, "diratime": {sys.MountNoDirATime, true},
		"relatime": {flag: sys.MountRelATime}, "norelatime": {sys.MountRelATime, true},
		"strictatime": {flag: sys.MountStrictTime}, "nostrictatime": {sys.MountStrictTime, true},
		"lazytime": {flag: sys.MountLazyTime}, "nolazytime": {sys.MountLazyTime, true},
		"bind": {flag: sys.MountBind}, "rbind": {flag: sys.MountBind | sys.MountRecursive}, "move": {flag: sys.MountMove},
		"remount": {flag: sys.MountRemount}, "defaults": {},
		"private": {flag: sys.MountPrivate}, "rprivate": {flag: sys.MountPrivate | sys.MountRecursive},
		"slave": {flag: sys.MountSlave}, "rslave": {flag: sys.MountSlave | sys.MountRecursive},
		"shared": {flag: sys.MountShared}, "rshared": {flag: sys.MountShared | sys.MountRecursive},
		"unbindable": {flag: sys.MountUnbindable}, "runbindable": {flag: sys.MountUnbindable | sys.MountRecursive},
	}
}

const (
	propagationFlags = sys.MountPrivate | sys.MountSlave | sys.MountShared | sys.MountUnbindable
	operationFlags   = sys.MountBind | sys.MountMove | sys.MountRemount | sys.MountRecursive
)

// addOptions takes the options of -o apart: what mount(2) does, the flags it does it
// with, changes of propagation afterwards, and what is left for the filesystem.
func (m *mounting) addOptions(list string) {
	known := mountFlags()
	for option := range strings.SplitSeq(list, ",") {
		f, ok := known[option]
		switch {
		case option == "":
		case !ok:
			m.data = append(m.data, option)
		case f.flag&propagationFlags != 0:
			m.makes = append(m.makes, f.flag)
		case f.flag&operationFlags != 0:
			m.operation |= f.flag
		default:
			m.changes = append(m.changes, f)
		}
	}
}

// apply gives flags with the changes that the options say.
func (m *mounting) apply(flags uintptr) uintptr {
	for _, f := range m.changes {
		if f.remove {
			flags &^= f.flag
		} else {
			flags |= f.flag
		}
	}
	return flags
}
