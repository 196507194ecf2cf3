package predict

import (
	"strings"

	"mntscope/nsctl"
)

// doUmount mirrors can_umount and do_umount.
func (w *world) doUmount(op nsctl.Op) *refusal {
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	if over := w.lookup(p.m, p.at); over != nil { // LOOKUP_MOUNTPOINT: on "/", too, the topmost
		p.m = w.topmost(over)
		p.at = p.m.root
	}
	switch {
	case !p.mounted():
		return w.notMounted(p, "")
	case w.locked(p.m):
		return refuse("EINVAL", "%s is locked: it came with the namespace from another user namespace, and unmounting it would reveal what it covers; only whole trees of locked mounts can be unmounted, by their top", p.name)
	case p.m == w.root && !op.Lazy:
		return w.umountRoot(p)
	case !p.m.hasParent():
		return refuse("EINVAL", "%s is the root of the namespace, which cannot be unmounted", p.name)
	}
	if op.Lazy {
		if p.m == w.root {
			w.note("the caller and every process whose root is %s keep it as a tree that no namespace shows, and can mount nothing any more", p.name)
		}
		w.umountTree(p.m, "umount -l: the whole tree")
		return nil
	}
	if kids := w.kids(p.m); len(kids) > 0 {
		return refuse("EBUSY", "%s is mounted in it; unmount that first, or all at once with umount -l", nsctl.Printable(w.path(kids[0])))
	}
	w.note("EBUSY if a process has a file, working directory or root on it, or on a copy that would go too, in any namespace; mntscope holders tells")
	w.umountTree(p.m, "umount")
	return nil
}

// umountRoot mirrors do_umount_root: instead of unmounting the caller's root the kernel
// makes its filesystem read-only, for everybody.
func (w *world) umountRoot(p *place) *refusal {
	if owner := w.home().owner(); owner != 0 && owner != initialUserNS {
		w.note("EPERM if the filesystem at the root was not mounted in %v", owner)
	}
	w.note("EBUSY if a file on it is open for writing")
	rule := "umount of the caller's root does not unmount it: its filesystem becomes read-only, in every namespace"
	for _, r := range w.byDev.of(p.m.root.dev) {
		m := w.mount(r)
		options, ok := strings.CutPrefix(m.attr.SuperOptions, "rw")
		if !ok {
			continue
		}
		changed := *m.attr
		changed.SuperOptions = "ro" + options
		m.attr = &changed
		w.effects = append(w.effects, &effect{kind: nsctl.EffectRemount, m: m, rule: rule, origin: m == p.m})
	}
	return nil
}
