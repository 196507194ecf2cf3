package predict

import (
	"fmt"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Why says whether the mount at a place appears in the namespace at position to, and if
// not, where the way from the one to the other ends and what would mend it. If nothing is
// mounted at the place, it says so of a mount that would be made there.
//
// For a mount that is there already, what counts is whether a copy of it is in the other
// namespace. If there is none, the way is followed that its copy would have come, which
// begins at the mount that it is mounted in (attach_recursive_mnt and propagate_mnt in the
// kernel: a mount is copied along the group of its parent). A further mount at the same
// path is made on top and goes where the group of the upper one goes: see [nsctl.Why.OnTop].
//
// It costs time linear in the mounts of the other namespace and those that are linked to
// the place.
func Why(g *graph.Graph, from graph.Place, to int) *nsctl.Why {
	t := &target{Graph: g, pos: to, hidden: graph.HiddenBy(g.Namespace(to).Mounts)}
	name := g.Path(from)
	why := &nsctl.Why{
		NS: g.Namespace(from.Mount.NS).NS, Path: name, PathB64: exact(name), To: g.Namespace(to).NS,
		Space: from.Mount.NS, ToSpace: to, About: nsctl.WhyNewMount,
	}
	parent, ok := g.Parent(from.Mount)
	if from.Rest != "" || !ok {
		why.WhyAnswer = complete(t.newMount(newOrigin(g, from), "A mount made at "+placeText(g, from)))
		return why
	}
	m := g.Mount(from.Mount)
	why.About, why.MntID = nsctl.WhyMount, m.MntID
	rest, ok := graph.Below(g.Mount(parent).Mountpoint, m.Mountpoint)
	if !ok { // a table as seen from a chroot, or a torn one: it is not known where in the parent
		why.WhyAnswer = answer(nsctl.WhyUnsure, "It is not known in which directory mount %d is mounted.", m.MntID)
		return why
	}
	why.WhyAnswer = complete(t.existing(from.Mount, newOrigin(g, graph.Place{Mount: parent, Rest: rest})))
	onTop := complete(t.newMount(newOrigin(g, from), "Another mount, made on top of it,"))
	why.OnTop = &onTop
	return why
}

// origin is a directory that something is or would be mounted on.
type origin struct {
	mount graph.Ref // that shows it
	attr  *nsctl.Mount
	path  string
	at    dentry
	// masters are the groups that the mount receives from.
	masters map[nsctl.GroupID]bool
}

func newOrigin(g *graph.Graph, p graph.Place) origin {
	m := g.Mount(p.Mount)
	o := origin{p.Mount, m, g.Path(p), rootOf(m).child(p.Rest), map[nsctl.GroupID]bool{}}
	for _, group := range g.MasterChain(p.Mount) {
		o.masters[group] = true
	}
	return o
}

// target is the namespace that is asked about.
type target struct {
	*graph.Graph
	pos    int
	hidden []nsctl.MountID // of each of its mounts, what covers it
}

// newMount answers for a mount that would be made.
func (t *target) newMount(o origin, what string) nsctl.WhyAnswer {
	places, unsure := t.arrivals(o)
	if len(places) == 0 {
		return t.notReached(o, what+" would not appear in "+spaceName(t.Graph, t.pos), unsure)
	}
	first := places[0]
	a := answer(nsctl.WhyAppears, "%s would appear in %s, at %s.", what, spaceName(t.Graph, t.pos), printable(first.path))
	for _, p := range places {
		a.At = append(a.At, p.at(t.Graph))
	}
	a.Way = t.way(o.mount, first.in)
	if first.covered {
		a.Verdict = nsctl.WhyHidden
		a.Text = fmt.Sprintf("%s would be made in %s, at %s, but nobody would see it.", what, spaceName(t.Graph, t.pos), printable(first.path))
		t.uncover(&a, first.cover)
	}
	return a
}

// existing answers for a mount that is there.
func (t *target) existing(m graph.Ref, o origin) nsctl.WhyAnswer {
	what := fmt.Sprintf("Mount %d, which is at %s,", t.Mount(m).MntID, placeName(t.Graph, m.NS, t.Mount(m).Mountpoint))
	in := spaceName(t.Graph, t.pos)
	found := t.copies(m, o)
	if len(found.whole) == 0 {
		return t.missing(m, o, found, what+" is not in "+in)
	}
	first := found.whole[0]
	a := answer(nsctl.WhyAppears, "%s is in %s, at %s.", what, in, t.nameOf(first))
	for _, c := range found.whole {
		a.At = append(a.At, t.there(c))
	}
	a.Way = t.way(m, first) // which way it came when it was made cannot be seen any more
	if by := t.hidden[first.Mount]; by != 0 {
		a.Verdict = nsctl.WhyHidden
		a.Text = fmt.Sprintf("%s is in %s, at %s, but nobody sees it.", what, in, t.nameOf(first))
		if cover, ok := t.Lookup(t.pos, by); ok {
			t.uncover(&a, cover)
		}
	}
	return a
}

// missing answers for a mount of which no copy is there.
func (t *target) missing(m graph.Ref, o origin, found copies, what string) nsctl.WhyAnswer {
	places, unsure := t.arrivals(o)
	var a nsctl.WhyAnswer
	if len(places) == 0 {
		a = t.notReached(o, what, unsure)
	} else {
		at := printable(places[0].path)
		a = answer(nsctl.WhyAbsent, "%s.", what)
		a.Way = t.way(o.mount, places[0].in)
		a.Cut = &nsctl.WhyCut{
			Kind: nsctl.CutEarlier, Hop: len(a.Way) - 1,
			Text: "the way is open, and one made there now would appear at " + at + ", but this one was made before that, or its copy has been unmounted or moved",
		}
	}
	t.resend(&a, m, o)
	if len(found.part) > 0 {
		t.inPart(&a, m, found.part)
	}
	for _, c := range found.alike {
		a.Notes = append(a.Notes, fmt.Sprintf("The same directory of the same filesystem is there as %s, as it is elsewhere in %s.",
			t.nameOf(c), spaceName(t.Graph, m.NS)))
	}
	return a
}

// inPart answers for a mount of which a directory is mounted in the target.
func (t *target) inPart(a *nsctl.WhyAnswer, m graph.Ref, parts []graph.Ref) {
	rest, _ := rootOf(t.Mount(parts[0])).under(rootOf(t.Mount(m)))
	name := graph.Join(t.Mount(m).Mountpoint, rest)
	a.Verdict = nsctl.WhyPart
	a.Text = fmt.Sprintf("Mount %d, which is at %s, is in %s only in part: %s is there as %s.",
		t.Mount(m).MntID, placeName(t.Graph, m.NS, t.Mount(m).Mountpoint), spaceName(t.Graph, t.pos), printable(name), t.nameOf(parts[0]))
	for _, c := range parts {
		a.At = append(a.At, t.there(c))
	}
	below := newOrigin(t.Graph, graph.Place{Mount: m, Rest: graph.Join(rest, "/x")})
	if places, _ := t.arrivals(below); len(places) > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("What is mounted below %s appears there.", placeName(t.Graph, m.NS, name)))
	}
}

// answer begins one, with lists that are empty in JSON and not null.
func answer(verdict nsctl.WhyVerdict, format string, args ...any) nsctl.WhyAnswer {
	return nsctl.WhyAnswer{
		Verdict: verdict, Text: fmt.Sprintf(format, args...),
		At: []nsctl.WhyAt{}, Way: []nsctl.WhyHop{}, Mend: []nsctl.WhyStep{}, Notes: []string{},
	}
}

// complete lets the sentence say why, too.
func complete(a nsctl.WhyAnswer) nsctl.WhyAnswer {
	if a.Cut != nil && a.Verdict != nsctl.WhyPart {
		a.Text = strings.TrimSuffix(a.Text, ".") + ": " + a.Cut.Text + "."
	}
	return a
}
