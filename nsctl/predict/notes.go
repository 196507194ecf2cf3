package predict

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// refusal is an operation that the kernel refuses.
type refusal struct {
	errno  string
	reason string
}

func refuse(errno, format string, args ...any) *refusal {
	return &refusal{errno, fmt.Sprintf(format, args...)}
}

// noRootError is the error for a namespace in which nothing can be looked up.
type noRootError struct{ ns nsctl.NSNumber }

func (e noRootError) Error() string {
	return fmt.Sprintf("nothing is known to be mounted at / in %v: its mounts could not be read, or it has none; try as root", e.ns)
}

// notes collects what is not certain.
type notes struct {
	uncertain []string
	locks     []graph.Ref
	ask       []graph.Ref
}

// note adds a sentence, once.
func (w *world) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(w.notes.uncertain, text) {
		w.notes.uncertain = append(w.notes.uncertain, text)
	}
}

// noteUnseenMembers says that a group was taken to have lost its last member, where
// others could be in namespaces that were not read.
func (w *world) noteUnseenMembers(g *group) {
	if w.unread() {
		w.note("shared:%d may have members in namespaces that could not be read: then it goes on, and its slaves stay with it", g.id)
	}
}

// unread says that mounts are missing in the snapshot.
func (h *Host) unread() bool {
	return slices.ContainsFunc(h.g.Snapshot().Gaps, func(gap nsctl.Gap) bool { return gap.What == "mounts" || gap.What == "namespace" })
}

// locked says whether a mount is locked. Where the snapshot does not know, it is inferred,
// and noted as not certain.
func (w *world) locked(m *mount) bool {
	if m.lock != nsctl.LockUnknown {
		return m.lock == nsctl.Locked
	}
	m.lock, m.guessed = nsctl.Unlocked, true
	likely := w.couldBeLocked(m)
	// Where it came from may be gone, so that nothing tells: then it is worth a question.
	if likely || !m.fresh && m.hasParent() && m.space.owner() != 0 && m.space.owner() != initialUserNS {
		w.notes.ask = append(w.notes.ask, m.ref)
	}
	if likely {
		m.lock = nsctl.Locked
		w.notes.locks = append(w.notes.locks, m.ref)
		w.note("%s may be locked: it is in a namespace of another user namespace than where it seems to come from; the kernel does not show it",
			placeName(w.g, m.ref.NS, w.path(m)))
	}
	return m.lock == nsctl.Locked
}

// initialUserNS is the number of the first user namespace (PROC_USER_INIT_INO in
// include/uapi/linux/nsfs.h). Namespaces that it owns have locked mounts only after
// acrobatics: nsenter into a container's mount namespace alone, then unshare; or where a
// mount was made a peer of one of a container (rejoin), what is mounted there and comes here.
const initialUserNS nsctl.UserNSNumber = 4026531837

// couldBeLocked says that a mount is in a namespace of a user namespace that is not the
// first one, and that the same directory of its filesystem is mounted in a namespace
// of another owner, from which it was probably copied (lock_mnt_tree). What has a higher
// unique id was made later: it may be a copy of m, but not the other way round.
func (w *world) couldBeLocked(m *mount) bool {
	if m.fresh {
		return false
	}
	owner := m.space.owner()
	if owner == 0 || !m.hasParent() {
		return false
	}
	if owner == initialUserNS {
		return w.hasMemberElsewhere(m.group, owner) || w.hasMemberElsewhere(m.masterGroup(), owner)
	}
	for _, r := range w.byDev.of(m.root.dev) {
		other := w.g.Mount(r)
		later := m.attr.ID != 0 && other.ID > m.attr.ID
		if w.g.Namespace(r.NS).OwnerUserNS != owner && rootOf(other) == m.root && !later {
			return true
		}
	}
	// A user who sees only his own namespaces sees the originals in none.
	return m.masterGroup() != nil && w.isGhost(m.masterGroup())
}

// hasMemberElsewhere says that a group has a mount in a namespace of another owner.
func (w *world) hasMemberElsewhere(g *group, owner nsctl.UserNSNumber) bool {
	return g != nil && slices.ContainsFunc(w.know(g).members, func(m *mount) bool {
		return m.space != nil && m.space.owner() != owner && m.space.owner() != 0
	})
}

func (w *world) isGhost(g *group) bool { return !g.fresh && w.know(g).ghost && len(g.members) == 0 }
