package predict

import (
	"mntscope/nsctl"
)

// doSetGroup mirrors do_set_group: a private mount joins the group, or gets the master, of
// another mount of the same filesystem (MOVE_MOUNT_SET_GROUP).
func (w *world) doSetGroup(op nsctl.Op) *refusal {
	to, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	from, r := w.findIn(op.ToNS, op.To)
	if r == nil {
		r = w.setGroupAllowed(from, to)
	}
	if r != nil {
		return r
	}
	e := w.changing(to.m, "rejoin: it gets the group and the master of the other mount")
	e.origin = true
	if g := from.m.group; g != nil {
		w.join(to.m, g)
		to.m.unbindable = false
		e.via = &nsctl.Via{Group: g.id, MntID: from.m.id}
	} else {
		w.setMaster(to.m, from.m.master)
		e.via = &nsctl.Via{Group: from.m.master.id, MntID: from.m.id}
	}
	if op.Slave {
		w.changePropagation(to.m, nsctl.Slave, "rejoin --slave: it only receives from the group of the other mount")
	}
	return nil
}

func (w *world) setGroupAllowed(from, to *place) *refusal {
	_, contained := to.m.root.under(from.m.root)
	switch {
	case !from.mounted():
		return w.needMounted(from)
	case !to.mounted():
		return w.needMounted(to)
	case from.m.root.dev != to.m.root.dev:
		return refuse("EINVAL", "%s and %s are not of the same filesystem", to.name, from.name)
	case !contained:
		return refuse("EINVAL", "%s shows a directory that %s does not contain", to.name, from.name)
	case w.lockedChild(from.m, to.m.root) != nil:
		return refuse("EINVAL", "a locked mount covers what %s shows in %s", to.name, from.name)
	case to.m.shared() || to.m.slave():
		return refuse("EINVAL", "%s is %s already; %s first", to.name, to.m.propagation().Type(), command("mount", "--make-private", to.spot.path))
	case to.m.unbindable && !w.kernel.rejoinsUnbindable:
		return refuse("EINVAL", "%s is unbindable; %s first", to.name, command("mount", "--make-private", to.spot.path))
	case !from.m.shared() && !from.m.slave():
		return refuse("EINVAL", "%s is %s: there is no group to join; in its namespace, %s first", from.name, from.m.propagation().Type(), command("mount", "--make-shared", from.spot.path))
	}
	return nil
}

// findIn follows a path in another namespace, from the root that who enters it gets.
func (w *world) findIn(ref, name string) (*place, *refusal) {
	find := w.by.FindNS
	if find == nil {
		s := w.g.Snapshot()
		infos := make([]nsctl.NamespaceInfo, len(s.Namespaces))
		for i := range s.Namespaces {
			infos[i] = s.Namespaces[i].NamespaceInfo
		}
		find = func(ref string) (int, error) { return nsctl.FindNamespace(infos, w.home().info.NS, ref) }
	}
	pos, err := find(ref)
	if err != nil {
		return nil, refuse("ENOENT", "%v", err)
	}
	if pos == w.by.NS {
		return w.find(w.root, name)
	}
	root, ok := w.by.Root(pos)
	if !ok {
		return nil, refuse("ENOENT", "%v", noRootError{w.g.Namespace(pos).NS})
	}
	return w.find(w.mount(root), name)
}
