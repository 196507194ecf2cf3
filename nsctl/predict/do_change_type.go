package predict

import (
	"mntscope/nsctl"
)

// doChangeType mirrors do_change_type: mount --make-*.
func (w *world) doChangeType(op nsctl.Op) *refusal {
	p, r := w.find(w.root, op.Target)
	if r == nil {
		r = w.needMounted(p)
	}
	if r != nil {
		return r
	}
	mounts := []*mount{p.m}
	if op.Recursive {
		mounts = w.tree(p.m)
	}
	for _, m := range mounts {
		w.changePropagation(m, op.Type, "make-"+op.Type.String()).origin = true
	}
	return nil
}

// changePropagation mirrors change_mnt_propagation.
func (w *world) changePropagation(m *mount, to nsctl.PropagationType, rule string) *effect {
	e := w.changing(m, rule)
	if to == nsctl.Shared {
		w.share(m)
		m.unbindable = false
		return e
	}
	source := w.leave(m)
	if to == nsctl.Slave {
		w.setMaster(m, source)
		return e
	}
	w.setMaster(m, nil)
	m.unbindable = to == nsctl.Unbindable
	return e
}
