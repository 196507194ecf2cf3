package predict

import (
	"strings"

	"mntscope/nsctl"
)

// doNewMount mirrors do_new_mount and do_add_mount: mount -t TYPE. What the filesystem
// itself has to say to its source and its options is not predicted.
func (w *world) doNewMount(op nsctl.Op) *refusal {
	if op.Beneath {
		return w.mountBeneath(op)
	}
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	fs, r := w.filesystem(op)
	if r != nil {
		return r
	}
	root := dentry{fs.Dev, fs.Root}
	m := w.newMount(fs, root)
	dest, at := w.top(p)
	if dest.root == at && at.dev == root.dev {
		return refuse("EBUSY", "%s has the same filesystem mounted already", p.name)
	}
	if w.kindAt(p, dest) == nsctl.NotDirectory {
		return refuse("ENOTDIR", "%s is not a directory, and the root of the new mount is", p.name)
	}
	return w.attachRecursive(attachment{source: m, dest: dest, at: at, rule: bindRule("new mount", m, dest)})
}

// mountBeneath is what mount(8) does for --beneath: it makes a detached mount (fsmount),
// and only then looks at the target (move_mount).
func (w *world) mountBeneath(op nsctl.Op) *refusal {
	fs, r := w.filesystem(op)
	if r != nil {
		return r
	}
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	m := w.newMount(fs, dentry{fs.Dev, fs.Root})
	return w.attachBeneath(m, p, nsctl.Directory, "new mount beneath the topmost one")
}

// kindAt gives the kind of file that something is mounted on: p, or what covers it.
func (w *world) kindAt(p *place, dest *mount) nsctl.FileKind {
	if dest != p.m {
		if kind := w.kindOf(dest); kind != nsctl.KindUnknown {
			return kind
		}
	}
	return p.kind
}

// bindRule names the row and column of the kernel's tables for bind and move (see
// attach_recursive_mnt).
func bindRule(what string, source, dest *mount) string {
	into := "private"
	switch {
	case dest.shared():
		into = "shared"
	case dest.slave():
		into = "slave"
	case dest.unbindable:
		into = "unbindable"
	}
	return what + ": " + source.propagation().Type().String() + " source on " + into + " destination"
}

// mountOptions splits -o into what mountinfo will show of the mount, and of the filesystem.
func mountOptions(options string) (mount, super string) {
	mode, atime := "rw", "relatime"
	var flags, rest []string
	for o := range strings.SplitSeq(options, ",") {
		switch o {
		case "ro", "rw":
			mode = o
		case "noatime":
			atime = o
		case "strictatime":
			atime = ""
		case "nosuid", "nodev", "noexec", "nodiratime", "nosymfollow":
			flags = append(flags, o)
		case "", "defaults", "suid", "dev", "exec", "atime", "diratime", "relatime", "norelatime", "nostrictatime", "symfollow":
		default:
			rest = append(rest, o)
		}
	}
	words := append([]string{mode}, flags...)
	if atime != "" {
		words = append(words, atime)
	}
	return strings.Join(words, ","), strings.Join(append([]string{mode}, rest...), ",")
}
