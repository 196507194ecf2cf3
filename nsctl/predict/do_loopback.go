package predict

import (
	"mntscope/nsctl"
)

// doLoopback mirrors do_loopback: mount --bind and --rbind.
func (w *world) doLoopback(op nsctl.Op) *refusal {
	if op.Beneath {
		return w.bindBeneath(op)
	}
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	from, r := w.bindSource(op)
	if r == nil {
		r = w.mntNSLoop(from)
	}
	if r != nil {
		return r
	}
	dest, at := w.top(p)
	rule := bindRule(bindWord(op), from.m, dest)
	source, r := w.loopback(from, op.Recursive)
	if r != nil {
		return r
	}
	if r := w.sameKind(from, w.kindAt(p, dest), p, "ENOTDIR"); r != nil {
		return r
	}
	return w.attachRecursive(attachment{source: source, dest: dest, at: at, rule: rule})
}

// bindBeneath is what mount(8) does for --beneath: it makes a detached copy (open_tree),
// and only then looks at the target (move_mount).
func (w *world) bindBeneath(op nsctl.Op) *refusal {
	from, r := w.bindSource(op)
	if r != nil {
		return r
	}
	source, r := w.loopback(from, op.Recursive)
	if r != nil {
		return r
	}
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	dest, _ := w.top(p)
	return w.attachBeneath(source, p, from.kind, bindRule(bindWord(op), from.m, dest)+", beneath the topmost mount")
}

// bindSource follows the path of what is bound. It can be in another namespace: then who
// does it opens a detached copy there (open_tree), and mounts that here (move_mount).
func (w *world) bindSource(op nsctl.Op) (*place, *refusal) {
	if op.FromNS != "" {
		return w.findIn(op.FromNS, op.Source)
	}
	return w.find(w.root, op.Source)
}

func bindWord(op nsctl.Op) string {
	if op.Recursive {
		return "rbind"
	}
	return "bind"
}

// loopback mirrors __do_loopback: the copy that is to be mounted.
func (w *world) loopback(from *place, recursive bool) (*mount, *refusal) {
	if from.m.unbindable {
		return nil, refuse("EINVAL", "%s is on an unbindable mount; mount --make-private on its mount point makes it bindable", from.name)
	}
	if recursive {
		return w.copyTree(from.m, from.at, copyFlags{namespaceFiles: true})
	}
	if locked := w.lockedChild(from.m, from.at); locked != nil {
		return nil, refuse("EINVAL", "%s below it is locked, and binding without it would reveal what it covers; --rbind takes it along", nsctl.Printable(w.path(locked)))
	}
	return w.cloneMnt(from.m, from.at, copyFlags{namespaceFiles: true}), nil
}

// lockedChild mirrors has_locked_children.
func (w *world) lockedChild(m *mount, below dentry) *mount {
	for _, c := range w.kids(m) {
		if _, ok := c.mp.under(below); ok && w.locked(c) {
			return c
		}
	}
	return nil
}

// sameKind is the check that directories go on directories and files on files.
func (w *world) sameKind(from *place, on nsctl.FileKind, p *place, errno string) *refusal {
	switch {
	case from.kind == nsctl.KindUnknown || on == nsctl.KindUnknown:
		if from.kind != on {
			w.note("%s if only one of %s and %s is a directory", errno, from.name, p.name)
		}
		return nil
	case from.kind != on:
		return refuse(errno, "of %s and %s only one is a directory: a directory goes on a directory, a file on a file", from.name, p.name)
	}
	return nil
}

// mntNSLoop mirrors mnt_ns_loop: a namespace may hold the files of those that were made
// after it only, by their 64-bit ids, so that none keeps itself alive.
func (w *world) mntNSLoop(from *place) *refusal {
	if !from.at.isMountNamespaceFile() {
		return nil
	}
	older, known := w.notYounger(from.at)
	if !known {
		w.note("EINVAL unless %s has a higher 64-bit id than the namespace it is mounted in", from.at.path)
	}
	if older {
		return refuse("EINVAL", "%s is this namespace or one with a lower 64-bit id: it could keep itself alive", from.at.path)
	}
	return nil
}

// notYounger says that the id of a namespace is not above that of the caller's.
func (w *world) notYounger(file dentry) (older, known bool) {
	number, err := nsctl.ParseNSNumber(file.path)
	own := w.home().info
	if err != nil || own.NSID == 0 {
		return number == own.NS, number == own.NS
	}
	for i := range w.g.Snapshot().Namespaces {
		if ns := w.g.Namespace(i); ns.NS == number {
			return own.NSID >= ns.NSID && ns.NSID != 0, ns.NSID != 0
		}
	}
	return number == own.NS, number == own.NS
}
