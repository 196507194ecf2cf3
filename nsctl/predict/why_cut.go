package predict

import (
	"cmp"
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// notReached answers for an origin from which nothing comes to the target.
func (t *target) notReached(o origin, text string, unsure []graph.Ref) nsctl.WhyAnswer {
	a := answer(nsctl.WhyAbsent, "%s.", text)
	if len(t.Namespace(t.pos).Mounts) == 0 {
		return unknown(t.way(o.mount, o.mount), 0, text, "none of its mounts could be read")
	}
	to, found := t.candidate(o)
	cut := nsctl.WhyCut{}
	switch missed := t.missed(o); {
	case graph.Removed(o.attr):
		cut.Kind, cut.Text = nsctl.CutRemoved, t.called(o.mount)+" shows a directory that was removed from its filesystem: nothing can be mounted there"
	case o.attr.Propagation.Shared == 0:
		cut.Kind, cut.Text = t.silent(o, to, found)
	case len(unsure) > 0:
		way := t.way(o.mount, unsure[0])
		return unknown(way, len(way)-1, text, "the roots of "+t.called(o.mount)+" and "+t.called(unsure[0])+" cannot be compared")
	case found:
		if ghost := t.mayReceive(o, to); ghost != 0 {
			return unknown(t.behind(o.mount, to), 0, text, fmt.Sprintf(
				"%s receives from group %d, and it is out of sight what that one receives from; read the host as root", t.called(to), ghost))
		}
		cut.Kind, cut.Text = t.unlinked(o, to)
	case len(missed) > 0:
		to, found = missed[0].Ref, true
		cut.Kind = nsctl.CutRoot
		cut.Text = fmt.Sprintf("%s receives, but shows another directory of the filesystem (%s), which does not contain %s",
			t.called(to), printable(rootOf(t.Mount(to)).path), printable(o.at.path))
		if missed[0].Removed {
			cut.Kind, cut.Text = nsctl.CutRemoved, "the directory that "+t.called(to)+" shows was removed from the filesystem"
		}
	default:
		cut.Kind = nsctl.CutNoCopy
		cut.Text = fmt.Sprintf("no mount in %s shows that directory (%s of %s)", spaceName(t.Graph, t.pos), printable(o.at.path), t.filesystem(o.attr))
	}
	a.Way = []nsctl.WhyHop{t.hop(o.mount, nsctl.WhyFrom, 0)}
	switch {
	case cut.Kind == nsctl.CutRoot || cut.Kind == nsctl.CutRemoved && found && !graph.Removed(o.attr):
		a.Way = t.way(o.mount, to)
		cut.Hop = len(a.Way) - 1
	case found:
		a.Way = t.behind(o.mount, to)
	}
	a.Cut = &cut
	t.mend(&a, o, to, found)
	return a
}

// unknown is the answer where the snapshot does not show enough.
func unknown(way []nsctl.WhyHop, hop int, text, because string) nsctl.WhyAnswer {
	a := answer(nsctl.WhyUnsure, "%s, as far as can be told.", text)
	a.Way = way
	a.Cut = &nsctl.WhyCut{Kind: nsctl.CutUnknown, Hop: hop, Text: because}
	return a
}

// silent says why a mount that is not shared sends nothing.
func (t *target) silent(o origin, to graph.Ref, found bool) (nsctl.WhyCutKind, string) {
	switch p := o.attr.Propagation; {
	case p.Master != 0:
		if found && t.above(o, to) {
			return t.upwards(o, to)
		}
		return nsctl.CutOnlyReceives, t.called(o.mount) + " is a slave: it only receives, and what is mounted in it goes nowhere"
	case p.Unbindable:
		return nsctl.CutUnbindableSource, t.called(o.mount) + " is unbindable: what is mounted in it goes nowhere"
	}
	return nsctl.CutPrivateSource, t.called(o.mount) + " is private: what is mounted in it goes nowhere"
}

// unlinked says why nothing comes from a shared mount to one that shows the directory.
func (t *target) unlinked(o origin, to graph.Ref) (nsctl.WhyCutKind, string) {
	p := t.Mount(to).Propagation
	switch {
	case len(t.chain(to)) == 0:
		return nsctl.CutSevered, fmt.Sprintf("%s shows the same directory, but is %s: it was cut off, and receives nothing", t.called(to), p.Type())
	case t.above(o, to):
		return t.upwards(o, to)
	}
	text := fmt.Sprintf("%s shows the same directory, but is %s, while %s is %s", t.called(to), p, t.called(o.mount), o.attr.Propagation)
	if common := t.common(o, to); common != 0 {
		return nsctl.CutOtherGroup, fmt.Sprintf("%s: both receive from group %d, but what receives does not send to what else receives", text, common)
	}
	return nsctl.CutOtherGroup, text + ": nothing goes from one group to the other"
}

// upwards says that the target is where the origin receives from.
func (t *target) upwards(o origin, to graph.Ref) (nsctl.WhyCutKind, string) {
	text := fmt.Sprintf("%s receives from group %d, which %s is in, and nothing travels upwards to a master",
		t.called(o.mount), t.Mount(to).Propagation.Shared, t.called(to))
	from, there := t.Namespace(o.mount.NS).OwnerUserNS, t.Namespace(t.pos).OwnerUserNS
	if from == 0 || there == 0 || from == there {
		return nsctl.CutOnlyReceives, text
	}
	return nsctl.CutLessPrivileged, fmt.Sprintf("%s; %s belongs to another user namespace (%s) than %s (%s), "+
		"and what is copied into such a namespace becomes a slave, so that nothing comes out of it",
		text, spaceName(t.Graph, o.mount.NS), from, spaceName(t.Graph, t.pos), there)
}

// above says that a mount is in a group that the origin receives from.
func (t *target) above(o origin, to graph.Ref) bool { return o.masters[t.Mount(to).Propagation.Shared] }

// common gives the nearest group that both receive from, or 0.
func (t *target) common(o origin, to graph.Ref) nsctl.GroupID {
	for _, group := range t.MasterChain(to) {
		if o.masters[group] {
			return group
		}
	}
	return 0
}

// mayReceive gives a ghost from whose unseen members the target might receive what the
// origin sends: nothing is known of what is above it, or only that it is below a group
// that the origin receives from too.
func (t *target) mayReceive(o origin, to graph.Ref) nsctl.GroupID {
	for _, group := range t.chain(to) {
		if o.masters[group] {
			return 0 // what is above sends to both
		}
		master, indirect := t.Master(group)
		if links, _ := t.Links(group); len(links.Members) > 0 {
			continue
		}
		if master == 0 || indirect && o.masters[master] {
			return group
		}
	}
	return 0
}

// missed gives the mounts of the target that are linked to the origin but get nothing.
func (t *target) missed(o origin) []graph.Unreached {
	var list []graph.Unreached
	for _, u := range t.NotReached(o.mount) {
		if u.Ref.NS == t.pos {
			list = append(list, u)
		}
	}
	for _, rc := range t.Receivers(o.mount) { // of these, those that show only another part
		if rc.Ref.NS == t.pos && !rc.Unsure {
			list = append(list, graph.Unreached{Ref: rc.Ref, Via: rc.Via, Slave: rc.Slave})
		}
	}
	return list
}

// candidate gives the mount of the target in which a mount made at the origin would most
// likely be expected: it shows the directory, if possible where it can be seen, at the same
// path, and linked to groups.
func (t *target) candidate(o origin) (best graph.Ref, found bool) {
	var bestRank [4]int
	for r := range t.mounts {
		name, ok := t.shows(r, o)
		if !ok || r == o.mount {
			continue
		}
		p := t.Mount(r).Propagation
		rank := [4]int{
			order(t.hidden[r.Mount] != 0), order(!t.above(o, r)), order(name != o.path), order(p.Shared == 0 && p.Master == 0),
		}
		if !found || slices.CompareFunc(rank[:], bestRank[:], cmp.Compare) < 0 {
			best, bestRank, found = r, rank, true
		}
	}
	return best, found
}

// filesystem is what a sentence calls the filesystem of a mount.
func (t *target) filesystem(m *nsctl.Mount) string {
	return fmt.Sprintf("%s on %s", printable(m.FSType), printable(m.Source))
}
