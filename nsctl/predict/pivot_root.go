package predict

import (
	"mntscope/nsctl"
)

// pivotRoot mirrors path_pivot_root, with its checks in their order.
func (w *world) pivotRoot(op nsctl.Op) *refusal {
	fresh, r := w.findDirectory(op.Source)
	if r != nil {
		return r
	}
	old, r := w.findDirectory(op.Target)
	if r != nil {
		return r
	}
	root, m := w.root, fresh.m
	put, at := w.top(old)
	switch {
	case put.shared():
		return refuse("EINVAL", "%s is in a shared mount, %s; mount --make-private on that first", old.name, nsctl.Printable(w.path(put)))
	case m.parent != nil && m.parent.shared():
		return refuse("EINVAL", "%s is mounted in a shared mount, %s; %s first", fresh.name, nsctl.Printable(w.path(m.parent)), command("mount", "--make-private", w.path(m.parent)))
	case root.parent != nil && root.parent.shared():
		return refuse("EINVAL", "the root is mounted in a shared mount; make that private first")
	case w.locked(m):
		return refuse("EINVAL", "%s is locked: it came with the namespace from another user namespace; bind it on itself first: mount --rbind %[1]s %[1]s", fresh.name)
	case m == root:
		return refuse("EBUSY", "%s is on the root filesystem's own mount; bind it on itself first: %s", fresh.name, command("mount", "--bind", fresh.spot.path, fresh.spot.path))
	case put == root:
		return refuse("EBUSY", "%s is on the root's own mount, which is to be moved there; it must be below %s", old.name, fresh.name)
	case !root.hasParent():
		return refuse("EINVAL", "the root is the absolute root of the namespace (an initramfs): use switch_root, or move and chroot")
	case !fresh.mounted():
		return w.needMounted(fresh)
	case !m.hasParent():
		return refuse("EINVAL", "%s is the absolute root of the namespace", fresh.name)
	case !w.reachable(put, at, m, fresh.at):
		return refuse("EINVAL", "%s is not below %s", old.name, fresh.name)
	case !w.reachable(m, fresh.at, root, root.root):
		return refuse("EINVAL", "%s is not below the root", fresh.name)
	}
	w.moving(m, "pivot_root: the new root").origin = true
	w.moving(root, "pivot_root: the old root").origin = true
	if w.locked(root) {
		m.lock, m.guessed = nsctl.Locked, root.guessed
		root.lock, root.guessed = nsctl.Unlocked, false
	}
	w.replaceRoot(m, root)
	w.attach(root, put, at)
	return nil
}

// replaceRoot mounts m where the root is. That may be in a mount that no table shows.
func (w *world) replaceRoot(m, root *mount) {
	if root.parent != nil {
		w.attach(m, root.parent, root.mp)
		return
	}
	top := *m.attr
	top.ParentID, top.Mountpoint = root.attr.ParentID, root.attr.Mountpoint
	m.attr, m.parent = &top, nil
}

// reachable mirrors is_path_reachable: the dentry in m is in or below a place.
func (w *world) reachable(m *mount, at dentry, top *mount, from dentry) bool {
	for m != top && m.parent != nil {
		at, m = m.mp, m.parent
	}
	_, ok := at.under(from)
	return m == top && ok
}

func (w *world) findDirectory(name string) (*place, *refusal) {
	p, r := w.find(w.root, name)
	if r == nil && p.kind == nsctl.NotDirectory {
		return nil, refuse("ENOTDIR", "%s is not a directory", p.name)
	}
	return p, r
}
