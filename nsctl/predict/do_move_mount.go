package predict

import (
	"mntscope/nsctl"
)

// doMoveMount mirrors do_move_mount: mount --move.
func (w *world) doMoveMount(op nsctl.Op) *refusal {
	p, r := w.find(w.root, op.Target)
	if r != nil {
		return r
	}
	from, r := w.find(w.root, op.Source)
	if r == nil {
		r = w.needMounted(from)
	}
	if r == nil {
		r = w.sameKind(from, p.kind, p, "EINVAL")
	}
	if r != nil {
		return r
	}
	source := from.m
	dest, at := w.top(p)
	if op.Beneath {
		if !p.mounted() {
			return w.needMounted(p)
		}
		over := w.below(p)
		if dest, at = over.parent, over.mp; dest == nil {
			return refuse("EINVAL", "%s is the root of the namespace: nothing goes beneath it", p.name)
		}
	}
	if r := w.movable(source, from); r != nil {
		return r
	}
	if op.Beneath {
		if r := w.canMoveBeneath(source, w.below(p), p, true); r != nil {
			return r
		}
	}
	if r := w.destinationTakes(source, dest, from, p); r != nil {
		return r
	}
	rule := bindRule("move", source, dest)
	if op.Beneath {
		rule += ", beneath the topmost mount"
	}
	return w.attachRecursive(attachment{source: source, dest: dest, at: at, moving: true, rule: rule})
}

// movable is what do_move_mount asks of the mount that is to be moved.
func (w *world) movable(m *mount, from *place) *refusal {
	switch {
	case !m.hasParent():
		return refuse("EINVAL", "%s is the root of the namespace and has no place to be moved from", from.name)
	case w.locked(m):
		return refuse("EINVAL", "%s is locked: it came with the namespace from another user namespace, and moving it would reveal what it covers", from.name)
	case m.parent != nil && m.parent.shared():
		return refuse("EINVAL", "%s is mounted in a shared mount, %s; %s first", from.name, nsctl.Printable(w.path(m.parent)), command("mount", "--make-private", w.path(m.parent)))
	}
	return nil
}

// destinationTakes is what do_move_mount asks of both.
func (w *world) destinationTakes(source, dest *mount, from, p *place) *refusal {
	for _, m := range w.tree(source) {
		if m.unbindable && dest.shared() {
			return refuse("EINVAL", "%s is unbindable and would have to be copied: %s is in a shared mount", nsctl.Printable(w.path(m)), p.name)
		}
	}
	for _, m := range w.tree(source) {
		if !m.root.isMountNamespaceFile() {
			continue
		}
		if older, _ := w.notYounger(m.root); older {
			return refuse("ELOOP", "%s holds %s, this namespace or one with a lower 64-bit id", from.name, m.root.path)
		}
	}
	for m := dest; m != nil; m = m.parent {
		if m == source {
			return refuse("ELOOP", "%s is inside of %s", p.name, from.name)
		}
	}
	if source.parent == nil && w.root == source {
		return refuse("ELOOP", "%s is inside of %s", p.name, from.name)
	}
	return nil
}

// attachBeneath puts a new tree immediately below the topmost mount at a place
// (move_mount with MOVE_MOUNT_BENEATH, from a detached tree).
func (w *world) attachBeneath(source *mount, p *place, kind nsctl.FileKind, rule string) *refusal {
	if !p.mounted() {
		return w.needMounted(p)
	}
	if r := w.sameKind(&place{kind: kind, name: "what is mounted"}, p.kind, p, "EINVAL"); r != nil {
		return r
	}
	over := w.below(p)
	if over.parent == nil {
		return refuse("EINVAL", "%s is the root of the namespace: nothing goes beneath it", p.name)
	}
	if r := w.canMoveBeneath(source, over, p, false); r != nil {
		return r
	}
	return w.attachRecursive(attachment{source: source, dest: over.parent, at: over.mp, rule: rule})
}

// canMoveBeneath mirrors can_move_mount_beneath. own says that the source is in the
// namespace already.
func (w *world) canMoveBeneath(source, over *mount, p *place, own bool) *refusal {
	switch {
	case !w.kernel.beneathLocked && w.locked(over):
		return refuse("EINVAL", "%s is locked, so nothing may be put beneath it", p.name)
	case w.overmount(source) != nil:
		return refuse("EINVAL", "what is to go beneath is itself covered by another mount")
	case !w.kernel.beneathLocked && over == w.root:
		return refuse("EINVAL", "%s is the caller's root: nothing goes beneath it before Linux 7.1", p.name)
	}
	for m := source; m != nil; m = m.parent {
		if m == over {
			return refuse("EINVAL", "what is to go beneath %s is inside of it", p.name)
		}
	}
	if w.wouldOvermount(over.parent, over, over.mp) {
		return refuse("EINVAL", "a copy of what goes beneath %s would be propagated on top of it", p.name)
	}
	if own && w.wouldOvermount(over.parent, source, over.mp) {
		return refuse("EINVAL", "a copy of what goes beneath %s would be propagated on top of itself", p.name)
	}
	return nil
}

// wouldOvermount mirrors propagation_would_overmount: what is mounted in from at a
// dentry also appears on top of to.
func (w *world) wouldOvermount(from, to *mount, at dentry) bool {
	if from.group == nil || to.root != at {
		return false
	}
	if to.group == from.group {
		return true
	}
	for g := to.masterGroup(); g != nil; g = g.master {
		if g == from.group {
			return true
		}
	}
	return false
}
