package graph

import (
	"strings"

	"mntscope/nsctl"
)

// Receiver is a mount in which a mount made in another one, the origin, also
// appears: one made at From/x appears at At/x. At may name a place that is
// covered there; the new mount is then made all the same, and is hidden.
type Receiver struct {
	Ref Ref
	// Via is the group through which it receives: the origin's own for its peers,
	// the receiver's master for all others.
	Via nsctl.GroupID
	// Slave says that it only receives.
	Slave bool
	// From is the directory, as a path in the origin's namespace, at or below which
	// a mount must be made to reach this receiver. It is the origin's own mount point
	// if everything made in the origin does.
	From string
	// At is the path in the receiver's namespace that corresponds to From.
	At string
	// Whole says that everything made in the origin reaches this receiver.
	Whole bool
	// Unsure says that the roots of the two mounts cannot be compared, so that the
	// receiver may get everything, a part or nothing. From and At are then the
	// mount points.
	Unsure bool
}

// Unreached is a mount that is linked to the origin by propagation, but shows no
// directory of the filesystem that can be reached through the origin.
type Unreached struct {
	Ref   Ref
	Via   nsctl.GroupID // as in Receiver
	Slave bool
	// Removed says that the directory (or file) that it shows, or the one that the
	// origin shows, was removed from the filesystem: nothing can be mounted there.
	Removed bool
}

// Receivers gives the mounts that receive a mount made in r, by directory: first
// the other members of its group, then slaves and the groups further down. There
// are none unless r is shared.
//
// A mount is copied to each receiver whose root contains the directory that it
// is made on; a receiver that does not get a copy does not keep its own slaves
// from getting one (fs/pnode.c, propagate_mnt). Mounts whose parent is r are
// meant. What is made at a path that another mount covers is made in that one,
// and goes where its group goes; so does what is made at r's own mount point if
// r is covered.
//
// Mounts that no table shows, in namespaces that could not be read or detached
// ones in no namespace (which never receive), are not among them.
func (g *Graph) Receivers(r Ref) []Receiver {
	var list []Receiver
	g.downstream(r, func(to Ref, via nsctl.GroupID) {
		rc := Receiver{Ref: to, Via: via, Slave: g.Mount(to).Propagation.Shared == 0}
		if rc.connect(g.Mount(r), g.Mount(to)) {
			list = append(list, rc)
		}
	})
	return list
}

// NotReached gives the mounts that are linked to r like those that [Graph.Receivers]
// gives, but receive nothing that is made in it, because of their roots.
func (g *Graph) NotReached(r Ref) []Unreached {
	var list []Unreached
	g.downstream(r, func(to Ref, via nsctl.GroupID) {
		var rc Receiver
		if from, m := g.Mount(r), g.Mount(to); !rc.connect(from, m) {
			list = append(list, Unreached{to, via, m.Propagation.Shared == 0, Removed(from) || Removed(m)})
		}
	})
	return list
}

// downstream visits every mount that is linked to r as a peer, or as a slave of
// its group or of one further down.
func (g *Graph) downstream(r Ref, visit func(to Ref, via nsctl.GroupID)) {
	own := g.groups.memberOf[g.groups.mount(r)]
	if own == none {
		return
	}
	queue := []int32{own}
	for next := 0; next < len(queue); next++ {
		group := queue[next]
		via := group
		if group != own {
			via = g.groups.parent[group]
		}
		for _, m := range g.groups.members.of(group) {
			if to := g.groups.ref(m); to != r {
				visit(to, g.groups.ids[via])
			}
		}
		for _, m := range g.groups.slaves.of(group) {
			visit(g.groups.ref(m), g.groups.ids[group])
		}
		queue = append(queue, g.groups.children.of(group)...)
	}
}

// connect fills in how mounts made in one mount reach another one. It returns
// false if none does.
func (rc *Receiver) connect(from, to *nsctl.Mount) bool {
	if Removed(from) || Removed(to) {
		return false
	}
	rc.From, rc.At = from.Mountpoint, to.Mountpoint
	fromRoot, fromKnown := Root(from)
	toRoot, toKnown := Root(to)
	if fromRoot != toRoot && (!fromKnown || !toKnown) {
		rc.Unsure = true
		return true
	}
	if rest, ok := Below(toRoot, fromRoot); ok {
		rc.Whole, rc.At = true, Join(to.Mountpoint, rest)
		return true
	}
	if rest, ok := Below(fromRoot, toRoot); ok {
		rc.From = Join(from.Mountpoint, rest)
		return true
	}
	return false
}

// Root gives the root of a mount as a text that is the same for the same root,
// and says whether it is a path that can be compared with others by components.
// It is not where a filesystem shows something else in mountinfo (show_path):
//
//   - nfs shows "/" for every root. What it shows as the source is the path on the
//     server that corresponds to the root (nfs_show_devname).
//   - cgroup and cgroup2 show the path from the root of the reader's cgroup
//     namespace, "/../x" for what is outside.
//   - nsfs shows "net:[4026531840]", and pidfs the like.
func Root(m *nsctl.Mount) (text string, known bool) {
	if m.FSType == "nfs" || m.FSType == "nfs4" {
		return m.Source, true
	}
	outside := m.Root == "/.." || strings.HasPrefix(m.Root, "/../")
	return m.Root, strings.HasPrefix(m.Root, "/") && !outside
}

// Removed says that a mount's root no longer exists in its filesystem. Nothing can
// be mounted there any more (vfs_rmdir and the like call dont_mount on it). A
// network filesystem may show as removed what was only forgotten, and is found
// again when somebody next looks for it.
func Removed(m *nsctl.Mount) bool { return strings.HasSuffix(m.Root, "//deleted") }
