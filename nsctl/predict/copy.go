package predict

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// How a mount is copied: the flags of clone_mnt and copy_tree (fs/pnode.h).
type copyFlags struct {
	slave          bool // CL_SLAVE: a slave of the original's group
	makeShared     bool // CL_MAKE_SHARED: into a new group if it is in none
	unbindable     bool // CL_COPY_UNBINDABLE: unbindable mounts as well
	namespaceFiles bool // CL_COPY_MNT_NS_FILE: files of mount namespaces as well
}

// newMount makes a mount that is nowhere yet.
func (w *world) newMount(attr *nsctl.Mount, root dentry) *mount {
	m := &mount{ref: graph.Ref{NS: -1, Mount: -1}, attr: attr, id: w.next.mount, root: root, fresh: true, lock: nsctl.Unlocked}
	w.next.mount--
	w.made = append(w.made, m)
	return m
}

// cloneMnt mirrors clone_mnt: a copy of one mount that shows what is at root.
func (w *world) cloneMnt(old *mount, root dentry, how copyFlags) *mount {
	attr := old.attr
	if root != old.root {
		changed := *attr
		changed.Root = displayedRoot(old, root)
		attr = &changed
	}
	m := w.newMount(attr, root)
	m.unbindable = old.unbindable && how.unbindable && !w.kernel.dropsUnbindable
	switch {
	case !how.slave && old.group != nil:
		w.join(m, old.group)
		return m
	case how.slave && old.group != nil:
		w.setMaster(m, old.group)
	default:
		w.setMaster(m, old.masterGroup())
	}
	if how.makeShared {
		w.share(m)
	}
	return m
}

// displayedRoot gives the root of a copy as mountinfo shows it.
func displayedRoot(old *mount, root dentry) string {
	if rest, ok := root.under(old.root); ok && old.root.path != old.attr.Root {
		return old.attr.Root + rest // nfs: the text of the dentry is not what is shown
	}
	return root.path
}

// copyTree mirrors copy_tree: a copy of a mount and of all that is mounted in it at or
// below root, but for what is not to be copied and all below that.
func (w *world) copyTree(old *mount, root dentry, how copyFlags) (*mount, *refusal) {
	if !how.namespaceFiles && root.isMountNamespaceFile() {
		return nil, refuse("EINVAL", "the file of a mount namespace cannot be propagated: a mount with it goes on one that sends to no other")
	}
	top := w.cloneMnt(old, root, how)
	type pair struct{ old, copied *mount }
	todo := []pair{{old, top}}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, c := range w.kids(at.old) {
			if _, ok := c.mp.under(root); at.old == old && !ok {
				continue
			}
			if c.unbindable && !how.unbindable {
				if w.locked(c) {
					return nil, refuse("EPERM", "%s below it is locked and unbindable: leaving it out would reveal what it covers", nsctl.Printable(w.path(c)))
				}
				continue
			}
			if c.root.isMountNamespaceFile() && !how.namespaceFiles {
				continue
			}
			copied := w.cloneMnt(c, c.root, how)
			w.locked(c)
			copied.lock, copied.guessed = c.lock, c.guessed
			w.attach(copied, at.copied, c.mp)
			todo = append(todo, pair{c, copied})
		}
	}
	return top, nil
}
