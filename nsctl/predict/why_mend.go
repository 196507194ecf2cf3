package predict

import (
	"fmt"
	"path"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// mend says what would let a mount made at the origin appear in the target, if anything
// can be said. to is the mount there that shows the directory, if one was found.
func (t *target) mend(a *nsctl.WhyAnswer, o origin, to graph.Ref, found bool) {
	switch {
	case a.Cut.Kind == nsctl.CutRemoved:
		a.Notes = append(a.Notes, "Mount what is meant anew on a directory that exists, in both namespaces.")
		return
	case a.Cut.Kind == nsctl.CutLessPrivileged:
		t.mountThere(a, o, to)
		return
	case a.Cut.Kind == nsctl.CutOnlyReceives && found && t.above(o, to):
		t.mountThere(a, o, to)
		if t.canJoin(o.mount, to) {
			a.Notes = append(a.Notes, fmt.Sprintf("Or let %s be a peer: mount --make-private it, then rejoin %s --to %s.",
				t.called(o.mount), quoted(o.attr.Mountpoint), quoted(t.ref(t.pos)+":"+t.Mount(to).Mountpoint)))
		}
		return
	case found && a.Cut.Kind != nsctl.CutRoot:
		peer, ok := t.peerFor(o, to)
		switch {
		case ok:
			t.joinFrom(a, o, peer, to)
			t.lasting(a, o, to)
			return
		case t.canJoin(o.mount, to):
			t.joinTo(a, o, to)
			t.lasting(a, o, to)
			return
		}
	}
	t.startAnew(a, o)
}

// mountThere: what is wanted in a master's namespace is best mounted there.
func (t *target) mountThere(a *nsctl.WhyAnswer, o origin, to graph.Ref) {
	name, _ := t.shows(to, o)
	a.Mend = append(a.Mend, nsctl.WhyStep{
		NS: t.Namespace(t.pos).NS, Space: t.pos,
		Text: fmt.Sprintf("Make the mount at %s instead: from there it comes to %s by itself.",
			placeName(t.Graph, t.pos, name), placeName(t.Graph, o.mount.NS, o.path)),
	})
}

// canJoin mirrors the checks of do_set_group that do not depend on propagation types: a mount
// can join another one of the same filesystem that shows the same directory or one above
// it. Both are named by paths, which must lead to them.
func (t *target) canJoin(joins, with graph.Ref) bool {
	a, b := t.Mount(joins), t.Mount(with)
	_, known := graph.Root(a)
	_, withKnown := graph.Root(b)
	_, inside := rootOf(a).under(rootOf(b))
	return known && withKnown && inside && !graph.Removed(a) && !graph.Removed(b) &&
		t.ref(with.NS) != "" && t.ref(joins.NS) != "" && t.isAtItsPath(joins) && t.isAtItsPath(with) &&
		!t.mayHaveLocked(with, joins)
}

// mayHaveLocked says that something mounted in a mount, within what a second one shows of
// the filesystem, may be locked (has_locked_children): then the second cannot join it.
func (t *target) mayHaveLocked(with, joins graph.Ref) bool {
	owner, other := t.Namespace(with.NS).OwnerUserNS, t.Namespace(joins.NS).OwnerUserNS
	for _, c := range t.Children(with) {
		if _, within := mountpoint(t.Mount(with), t.Mount(c)).under(rootOf(t.Mount(joins))); !within {
			continue
		}
		if lock := t.Mount(c).Locked; lock == nsctl.Locked || lock == nsctl.LockUnknown && owner != other && owner != initialUserNS {
			return true
		}
	}
	return false
}

// isAtItsPath says that a mount's mount point leads to it.
func (t *target) isAtItsPath(r graph.Ref) bool {
	entry, ok := t.Entry(r.NS)
	return ok && t.Resolve(entry, t.Mount(r).Mountpoint) == graph.Place{Mount: r}
}

// maxTried bounds the search in a group whose members no path leads to, as those below
// thousands of binds of a mount on itself.
const maxTried = 1000

// peerFor gives the origin's mount, or a peer of it, that a mount of the target can join.
func (t *target) peerFor(o origin, to graph.Ref) (graph.Ref, bool) {
	if t.canJoin(to, o.mount) {
		return o.mount, true
	}
	peers := t.Peers(o.mount)
	for _, peer := range peers[:min(len(peers), maxTried)] {
		if t.canJoin(to, peer) {
			return peer, true
		}
	}
	return graph.Ref{}, false
}

// joinFrom makes a mount of the target a slave of the origin's group.
func (t *target) joinFrom(a *nsctl.WhyAnswer, o origin, peer, to graph.Ref) {
	t.share(a, o.mount)
	t.leave(a, to)
	a.Mend = append(a.Mend, t.step(to.NS, nsctl.Op{
		Kind: nsctl.OpRejoin, Target: t.Mount(to).Mountpoint, ToNS: t.ref(peer.NS), To: t.Mount(peer).Mountpoint, Slave: true,
	}, fmt.Sprintf("%s receives what is mounted in %s from then on", t.called(to), t.called(peer))))
	t.trusts(a, o)
	t.laterOnly(a, o)
}

// joinTo makes the origin's mount a peer of a mount of the target, which shows more.
func (t *target) joinTo(a *nsctl.WhyAnswer, o origin, to graph.Ref) {
	t.share(a, to)
	t.leave(a, o.mount)
	a.Mend = append(a.Mend, t.step(o.mount.NS, nsctl.Op{
		Kind: nsctl.OpRejoin, Target: o.attr.Mountpoint, ToNS: t.ref(to.NS), To: t.Mount(to).Mountpoint,
	}, fmt.Sprintf("%s and %s send to each other from then on", t.called(o.mount), t.called(to))))
	t.trusts(a, o)
	t.laterOnly(a, o)
}

// trusts warns of a link that the kernel never makes by itself.
func (t *target) trusts(a *nsctl.WhyAnswer, o origin) {
	from, to := t.Namespace(o.mount.NS).OwnerUserNS, t.Namespace(t.pos).OwnerUserNS
	if from != 0 && to != 0 && from != to && from != initialUserNS {
		a.Notes = append(a.Notes, fmt.Sprintf("%s belongs to another user namespace: whoever is root there can mount into %s from then on.",
			spaceName(t.Graph, o.mount.NS), spaceName(t.Graph, t.pos)))
	}
}

// share makes a mount shared, if it is not.
func (t *target) share(a *nsctl.WhyAnswer, r graph.Ref) {
	if t.Mount(r).Propagation.Shared == 0 {
		a.Mend = append(a.Mend, t.step(r.NS, nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Shared, Target: t.Mount(r).Mountpoint},
			t.called(r)+" sends what is mounted in it to those that join it"))
	}
}

// leave makes a mount private, if it is not: only such a one can join a group.
func (t *target) leave(a *nsctl.WhyAnswer, r graph.Ref) {
	m := t.Mount(r)
	if m.Propagation == (nsctl.Propagation{}) {
		return
	}
	a.Mend = append(a.Mend, t.step(r.NS, nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: m.Mountpoint},
		t.called(r)+" becomes private: only a private mount can join a group"))
	if group := m.Propagation.Shared; group != 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%s leaves group %d: nothing passes between it and what is linked to that any more.", t.called(r), group))
	} else if group := m.Propagation.Master; group != 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%s no longer receives from group %d directly.", t.called(r), group))
	}
}

func (t *target) laterOnly(a *nsctl.WhyAnswer, o origin) {
	a.Notes = append(a.Notes, fmt.Sprintf(
		"Only what is mounted from then on comes: what is mounted below %s now stays cut off until it is mounted again, as by a rejoin with --with-submounts.",
		placeName(t.Graph, o.mount.NS, o.attr.Mountpoint)))
}

// lasting says how a container gets the link each time it starts.
func (t *target) lasting(a *nsctl.WhyAnswer, o origin, to graph.Ref) {
	rest, ok := rootOf(t.Mount(to)).under(rootOf(o.attr))
	if t.Namespace(t.pos).Kind == nsctl.KindContainer && ok {
		a.Notes = append(a.Notes, "It lasts as long as the container runs; to have it each time, start it with -v "+
			quoted(graph.Join(o.attr.Mountpoint, rest)+":"+t.Mount(to).Mountpoint+":rslave")+".")
	}
}

// startAnew: where nothing shows the directory, or nothing that a path leads to, one of the
// namespaces must be made anew, so that both have it.
func (t *target) startAnew(a *nsctl.WhyAnswer, o origin) {
	from, to := t.Namespace(o.mount.NS).Kind, t.Namespace(t.pos).Kind
	dir := o.attr.Mountpoint
	if dir == "/" && o.path != "/" {
		dir = path.Dir(o.path)
	}
	if dir == "/" {
		dir = o.path // the whole root directory is no volume
	}
	step := nsctl.WhyStep{NS: t.Namespace(t.pos).NS, Space: t.pos}
	switch {
	case to == nsctl.KindContainer:
		step.Text = fmt.Sprintf("Create the container %s anew with -v %s (rslave: it receives).", spaceName(t.Graph, t.pos), quoted(dir+":"+dir+":rslave"))
	case from == nsctl.KindContainer:
		step.NS, step.Space = t.Namespace(o.mount.NS).NS, o.mount.NS
		step.Text = fmt.Sprintf("Create the container %s anew with -v DIR:%s (rshared: it sends), where DIR is a directory of %s in a shared mount.",
			spaceName(t.Graph, o.mount.NS), quoted(dir+":rshared"), spaceName(t.Graph, t.pos))
	default:
		step.Text = fmt.Sprintf("Start what runs in %s anew, in a copy of a namespace that has %s: unshare --mount --propagation slave.",
			spaceName(t.Graph, t.pos), printable(dir))
	}
	if step.Space == t.pos && t.isAtItsPath(o.mount) {
		t.share(a, o.mount)
	}
	a.Mend = append(a.Mend, step)
}

// uncover takes away what covers the place where a mount appears.
func (t *target) uncover(a *nsctl.WhyAnswer, cover graph.Ref) {
	m := t.Mount(cover)
	a.Cut = &nsctl.WhyCut{
		Kind: nsctl.CutHidden, Hop: len(a.Way) - 1,
		Text: fmt.Sprintf("%s (%s) covers it", t.called(cover), t.filesystem(m)),
	}
	step := nsctl.WhyStep{NS: t.Namespace(t.pos).NS, Space: t.pos}
	switch {
	case m.Locked == nsctl.Locked:
		step.Text = fmt.Sprintf("Mount it elsewhere: %s is locked, so nobody can take away just that and show what it covers.", t.called(cover))
		a.Mend = append(a.Mend, step)
		return
	case len(t.Children(cover)) > 0 || !t.isAtItsPath(cover):
		step.Text = "Unmount " + t.called(cover) + ", and before that what is mounted on it."
		a.Mend = append(a.Mend, step)
	default:
		a.Mend = append(a.Mend, t.step(t.pos, nsctl.Op{Kind: nsctl.OpUmount, Target: m.Mountpoint}, "what is below it can be seen again"))
	}
	if parent, ok := t.Parent(cover); ok && t.Mount(parent).Propagation.Shared != 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("Unmounting it also unmounts what is mounted there in the peers and slaves of %s.", t.called(parent)))
	}
}

// resend sends a mount that is there already after the way is open: a copy of it, put
// immediately below it, is a new mount, and hides nothing.
func (t *target) resend(a *nsctl.WhyAnswer, m graph.Ref, o origin) {
	opens := a.Cut != nil && (a.Cut.Kind == nsctl.CutEarlier || len(a.Mend) > 0 && a.Mend[len(a.Mend)-1].Op != "")
	if !opens || !t.isAtItsPath(m) || t.ref(m.NS) == "" {
		return
	}
	name := t.Mount(m).Mountpoint
	op := nsctl.Op{Kind: nsctl.OpBind, Beneath: true, Recursive: len(t.Children(m)) > 0, Source: name, Target: name}
	a.Mend = append(a.Mend, t.step(m.NS, op,
		"a copy of mount "+fmt.Sprint(t.Mount(m).MntID)+" immediately below itself, which is sent along the way (Linux 6.5)"))
	if t.Mount(m).Propagation.Unbindable {
		a.Mend = a.Mend[:len(a.Mend)-1]
		a.Notes = append(a.Notes, "Then unmount "+placeName(t.Graph, m.NS, o.path)+" and mount it again: it is unbindable, so that it cannot be sent as it is.")
	}
}
