package keeper

import (
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
)

// guarded does an operation that mounts something, unless the mount that it mounts on has peers
// outside of the sandbox: it would appear on these, too.
func (k *keeper) guarded(op nsctl.Op, held carry.Held) error {
	j := carry.Job{Op: op, In: carry.Space{Own: true}, OnlyLook: true}
	r := j.DoInside(k.tree.proc, held)
	if r.Failure != nil {
		return r.Failure
	}
	j.OnlyLook, j.Expect = false, r.Places
	all, err := mounts()
	if err != nil {
		return err
	}
	m, err := mountOf(r.Places.Target.Mount, all)
	if err != nil {
		return err
	}
	if k.outside(m) {
		return refusal(fmt.Sprintf("%s is on a shared mount, %s, with peers outside of the sandbox, where it would be mounted, too", quoted(op.Target), quoted(m.Mountpoint)),
			"mount --make-private "+quoted(m.Mountpoint))
	}
	return k.tree.watchGroups(func() error { return k.done(j, held) })
}

// guardedUmount unmounts a mount and all below it, unless one that something is mounted on has
// peers outside of the sandbox: what is mounted on those would be unmounted, too.
func (k *keeper) guardedUmount(op nsctl.Op) error {
	all, err := mounts()
	if err != nil {
		return err
	}
	byID := make(map[nsctl.MountID]*nsctl.Mount, len(all))
	for i := range all {
		byID[all[i].MntID] = &all[i]
	}
	for i := range all {
		m := &all[i]
		if m.Mountpoint != op.Target && !strings.HasPrefix(m.Mountpoint, op.Target+"/") {
			continue
		}
		if parent := byID[m.ParentID]; parent != nil && k.outside(parent) {
			return refusal(fmt.Sprintf("%s is mounted on a shared mount, %s, with peers outside of the sandbox, where it would be unmounted, too", quoted(m.Mountpoint), quoted(parent.Mountpoint)),
				"mount --make-rprivate "+quoted(op.Target))
		}
	}
	return k.change(op, carry.Nothing())
}

// outside reports whether what is mounted on a mount would appear outside of the sandbox. In a
// user namespace nothing does: what was shared when it was copied is a slave there.
func (k *keeper) outside(m *nsctl.Mount) bool {
	group := m.Propagation.Shared
	return group != 0 && !k.setup.UserNS && !k.tree.own[group]
}

func refusal(why, remedy string) *Failure {
	return &Failure{Text: why + "; not done. In the sandbox first: " + remedy}
}
