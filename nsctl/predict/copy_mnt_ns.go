package predict

import (
	"mntscope/nsctl"
)

// copyMntNS mirrors copy_mnt_ns: a new namespace with a copy of every mount, and then what
// unshare(1) does with their propagation.
func (w *world) copyMntNS(op nsctl.Op) *refusal {
	if top, ok := w.g.Entry(w.by.NS); op.User && ok && w.root.ref != top {
		return refuse("EPERM", "the caller's root directory is not the root of the namespace, so no user namespace can be made (current_chrooted)")
	}
	old := w.home()
	info := &nsctl.NamespaceInfo{NS: w.next.ns, Kind: nsctl.KindOther, OwnerUserNS: old.owner(), OwnerUID: old.info.OwnerUID}
	if op.User {
		info.OwnerUserNS = w.next.owner
	}
	fresh := &space{pos: len(w.g.Snapshot().Namespaces), info: info}
	w.spaces[fresh.pos] = fresh
	how := copyFlags{slave: op.User, unbindable: true}
	rule := "copied with the namespace"
	if op.User {
		rule += " into a less privileged one: only receives, and is locked"
	}
	if op.Then != nsctl.ThenUnchanged {
		rule += "; then made " + op.Then.String()
	}
	var root *mount
	for _, r := range w.g.Roots(w.by.NS) {
		top := w.mount(r)
		if top.root.isMountNamespaceFile() {
			continue
		}
		copied, _ := w.copyTree(top, top.root, how) // refuses unbindable mounts and namespace files only
		copied.lock, copied.guessed = top.lock, top.guessed
		if op.User {
			w.lockTree(copied)
			if top.hasParent() {
				copied.lock, copied.guessed = nsctl.Locked, false
			}
		}
		for _, m := range w.tree(copied) {
			m.space = fresh
			fresh.count++
			w.appears(m, rule, nil).origin = true
		}
		if root == nil || top == w.root {
			root = copied
		}
	}
	if root != nil {
		w.thenChange(root, op.Then)
	}
	return nil
}

// thenChange is the second step of unshare(1): mount(2) with MS_REC on "/".
func (w *world) thenChange(root *mount, then nsctl.UnsharePropagation) {
	to, ok := map[nsctl.UnsharePropagation]nsctl.PropagationType{
		nsctl.ThenPrivate: nsctl.Private, nsctl.ThenSlave: nsctl.Slave, nsctl.ThenShared: nsctl.Shared,
	}[then]
	if !ok {
		return
	}
	for _, m := range w.tree(root) {
		w.changePropagation(m, to, "")
	}
}
