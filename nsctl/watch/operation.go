package watch

import (
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// change is what happened to one mount, as it was noticed.
type change struct {
	kind  nsctl.EventKind
	space *space
	mount nsctl.Mount // afterwards; of an umount, as it was
	was   nsctl.Mount // before, of a move, a remount, or a change of propagation
	// parent is what the mount is mounted in, or, of an umount, was; zero if unknown.
	parent nsctl.Mount
	pid    int // who, as fanotify tells; 0 if unknown
	via    *nsctl.Via
	call   *call   // that made it; nil if unknown
	cause  *change // of what is known to follow from another change
	// orphaned says that it follows from something that nobody saw.
	orphaned bool
	// missed says that the notice of it was lost: it is part of the difference that follows
	// a resync.
	missed bool
	// isFirst says that its filesystem was mounted nowhere before.
	isFirst bool
	// inTree says that the mount came or went with the one that it is mounted in.
	inTree bool
	at     dentry        // where it is mounted; zero if unknown
	table  []nsctl.Mount // of a namespace that came or went: what was mounted in it then
	op     *operation
}

// operation is what one operation of the kernel did, as far as it can be told.
type operation struct {
	began   time.Time // when it was told; zero if it was not
	number  int       // what it was told as; 0 if it has no number
	kind    nsctl.EventKind
	pid     int
	changes []*change
	origin  *change // nil where unknown
	// receivers are the mounts in which something appeared or from which something went,
	// by ids: nothing happens twice in one of them by one operation.
	receivers map[nsctl.MountID]bool
	// at has the changes of its kind by the dentry where they were.
	at map[dentry][]*change
}

// dentry is a file or directory of a filesystem.
type dentry struct {
	dev  nsctl.Dev
	path string
}

// mountpoint gives the dentry that a mount is mounted on.
func mountpoint(parent, m *nsctl.Mount) (dentry, bool) {
	root, known := graph.Root(parent)
	rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint)
	if !known || !ok || parent.MntID == 0 {
		return dentry{}, false
	}
	return dentry{parent.Dev, graph.Join(root, rest)}, true
}

// receives says whether what happens in one mount comes to another, going by what they
// show of themselves: nobody needs to know what is in between.
func receives(from, to *nsctl.Mount) bool {
	return from.Propagation.Shared != 0 && (to.Propagation.Shared == from.Propagation.Shared || to.Propagation.Master != 0)
}

// viaOf says how something came from one mount to another.
func viaOf(from, to *nsctl.Mount) *nsctl.Via {
	group := from.Propagation.Shared
	if to.Propagation.Shared != group {
		group = to.Propagation.Master
	}
	return &nsctl.Via{Group: group, MntID: to.MntID}
}

func (ch *change) becameRoot() bool { return ch.was.Mountpoint != "/" && ch.mount.Mountpoint == "/" }

// waysFrom says of each change how it came from the origin, or from a mount in its tree.
func (op *operation) waysFrom() {
	tree := map[nsctl.MountID]bool{op.origin.mount.MntID: true}
	own := map[dentry][]*change{op.origin.at: {op.origin}}
	ways := map[nsctl.MountID]*nsctl.Via{}
	for _, ch := range op.changes {
		switch {
		case ch == op.origin:
			continue
		case ch.via != nil: // it was told before
		case ch.cause != nil || ch.kind != nsctl.EventMount && ch.kind != nsctl.EventUmount:
			continue
		case ch.inTree && ch.space == op.origin.space && tree[ch.parent.MntID]:
			tree[ch.mount.MntID] = true
			own[ch.at] = append(own[ch.at], ch)
		case ch.inTree && ch.kind == nsctl.EventMount:
			ch.via = ways[ch.parent.MntID]
		default:
			for _, from := range own[ch.at] {
				if receives(&from.parent, &ch.parent) {
					ch.via = viaOf(&from.parent, &ch.parent)
					break
				}
			}
		}
		ways[ch.mount.MntID] = ch.via
	}
}

// keyOf gives what tells a mount from all others: the id that is never used again, or
// what stands for it.
func keyOf(m *nsctl.Mount) nsctl.UniqueID {
	if m.ID != 0 {
		return m.ID
	}
	return -nsctl.UniqueID(m.MntID)
}
