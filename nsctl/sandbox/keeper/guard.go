package keeper

import (
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// guarded does something that mounts at a place, unless the mount there has peers outside of
// the sandbox: it would appear on these, too.
func (k *keeper) guarded(path string, place sys.Place, do func() error) error {
	all, err := mounts()
	if err != nil {
		return err
	}
	m, err := mountOf(place, all)
	if err != nil {
		return err
	}
	if k.outside(m) {
		return refusal(fmt.Sprintf("%s is on a shared mount, %s, with peers outside of the sandbox, where it would be mounted, too", quoted(path), quoted(m.Mountpoint)),
			"mount --make-private "+quoted(m.Mountpoint))
	}
	return k.tree.watchGroups(do)
}

// guardedUmount does something that unmounts the mount at a path and all below it, unless one
// that something is mounted on has peers outside of the sandbox: what is mounted on those
// would be unmounted, too.
func (k *keeper) guardedUmount(path string, do func() error) error {
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
		if m.Mountpoint != path && !strings.HasPrefix(m.Mountpoint, path+"/") {
			continue
		}
		if parent := byID[m.ParentID]; parent != nil && k.outside(parent) {
			return refusal(fmt.Sprintf("%s is mounted on a shared mount, %s, with peers outside of the sandbox, where it would be unmounted, too", quoted(m.Mountpoint), quoted(parent.Mountpoint)),
				"mount --make-rprivate "+quoted(path))
		}
	}
	return do()
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
