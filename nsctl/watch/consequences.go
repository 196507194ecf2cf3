package watch

import (
	"cmp"
	"maps"
	"slices"

	"mntscope/nsctl"
)

// askMasters looks, where a mount has lost its master and nobody told of it, at the
// namespaces that the master was in: what was the last of its group may have left it.
func (w *watcher) askMasters(f *found) error {
	asked := map[*space]bool{}
	for _, ch := range slices.Clone(f.changes) {
		if ch.kind != nsctl.EventPropagation || ch.call != nil || ch.cause != nil || ch.was.Propagation.Master == ch.mount.Propagation.Master {
			continue
		}
		if g := w.state.groups[ch.was.Propagation.Master]; g != nil {
			for _, other := range slices.Collect(maps.Keys(g.members)) {
				if !asked[other] {
					asked[other] = true
					if err := w.lookForChanges(other, nil, f); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// followUp looks at the slaves of groups that have lost their last member, and at what
// follows from that.
func (w *watcher) followUp(f *found) {
	for todo := f.ended; len(todo) > 0; {
		from := len(f.ended)
		for _, g := range todo {
			w.followUpOne(g, f)
		}
		todo = f.ended[from:]
	}
}

func (w *watcher) followUpOne(g endedGroup, f *found) {
	group := w.state.groups[g.id]
	if group == nil || g.cause.mount.MntID != 0 && w.state.hasMember(g.id, g.cause.mount.Dev) {
		return // nobody depended on it, or it goes on
	}
	for r := range group.slaves {
		at, ok := r.space.find(r.id, r.mnt)
		if !ok || r.space.info.NSID == 0 || r.id == 0 {
			continue
		}
		now, err := w.reader.Again(r.space.info.NSID, r.space.mounts[at])
		if err != nil || sameState(&now, &r.space.mounts[at]) {
			continue
		}
		from := len(f.changes)
		w.renew(r.space, now, renewal{pid: g.cause.pid}, f)
		for _, ch := range f.changes[from:] {
			ch.cause, ch.via = g.cause, &nsctl.Via{Group: g.id, MntID: r.mnt}
		}
	}
}

// explain finds out, of mounts that lost a master whose group has ended, by what it has.
func (w *watcher) explain(f *found) {
	var left map[membership]*change // made when it is needed
	for _, ch := range f.changes {
		was, now := ch.was.Propagation, ch.mount.Propagation
		if ch.kind != nsctl.EventPropagation || ch.cause != nil || was.Master == 0 || was.Master == now.Master ||
			was.Shared != now.Shared || was.Unbindable != now.Unbindable {
			continue
		}
		if w.state.hasMember(was.Master, ch.mount.Dev) {
			continue // it left by itself
		}
		ch.orphaned = true
		if left == nil {
			left = f.leavers()
		}
		other := cmp.Or(left[membership{was.Master, ch.mount.Dev}], left[membership{group: was.Master}])
		if other != nil && other != ch {
			ch.cause, ch.orphaned, ch.via = other, false, &nsctl.Via{Group: was.Master, MntID: ch.mount.MntID}
		}
	}
}

// membership is that in a group; its number is used again for another filesystem.
type membership struct {
	group nsctl.GroupID
	dev   nsctl.Dev
}

// leavers gives the changes by which mounts left groups, or namespaces took all of one
// with them.
func (f *found) leavers() map[membership]*change {
	left := map[membership]*change{}
	for _, ch := range f.changes {
		group := ch.was.Propagation.Shared
		if ch.kind == nsctl.EventUmount {
			group = ch.mount.Propagation.Shared
		}
		leaves := ch.kind == nsctl.EventUmount || ch.kind == nsctl.EventPropagation && ch.mount.Propagation.Shared != group
		if group != 0 && leaves && ch.cause == nil {
			left[membership{group, ch.mount.Dev}] = ch
		}
	}
	for _, g := range f.ended {
		if g.cause.kind == nsctl.EventNamespaceGone { // of which the mounts are forgotten
			left[membership{group: g.id}] = g.cause
		}
	}
	return left
}
