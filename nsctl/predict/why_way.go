package predict

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// chain gives the groups that a mount hangs on: its own, the master of that, and so on.
func (t *target) chain(r graph.Ref) []nsctl.GroupID {
	chain := t.MasterChain(r)
	if own := t.Mount(r).Propagation.Shared; own != 0 {
		chain = append([]nsctl.GroupID{own}, chain...)
	}
	return chain
}

// way leads from a mount through groups to one that receives from it.
func (t *target) way(from, to graph.Ref) []nsctl.WhyHop {
	way := []nsctl.WhyHop{t.hop(from, nsctl.WhyFrom, 0)}
	if from == to {
		return way
	}
	own := t.Mount(from).Propagation.Shared
	chain := t.chain(to)
	at := slices.Index(chain, own)
	if own == 0 || at < 0 {
		return append(way, t.hop(to, nsctl.WhyNone, 0))
	}
	return t.down(way, own, chain[:at], to)
}

// down continues a way that has come to a group, through the groups below it, lowest
// first, to a mount that hangs on the last of them.
func (t *target) down(way []nsctl.WhyHop, at nsctl.GroupID, below []nsctl.GroupID, to graph.Ref) []nsctl.WhyHop {
	own := t.Mount(to).Propagation.Shared
	for _, group := range slices.Backward(below) {
		if group == own {
			break // to itself stands for it
		}
		way = append(way, t.member(group, at, way))
		at = group
	}
	if own == at {
		return append(way, t.hop(to, nsctl.WhyPeer, at))
	}
	return append(way, t.hop(to, nsctl.WhySlave, at))
}

// member gives a hop for a group on the way: a member in the namespace where the way is, or
// else in the target, or else any.
func (t *target) member(group, via nsctl.GroupID, way []nsctl.WhyHop) nsctl.WhyHop {
	link := nsctl.WhySlave
	if via == 0 {
		link = nsctl.WhyNone
	}
	links, _ := t.Links(group)
	if len(links.Members) == 0 {
		ghost := nsctl.WhyHop{Space: -1, Pos: -1, Propagation: nsctl.Propagation{Shared: group}, Link: nsctl.WhyGhost, Group: via}
		ghost.Propagation.Master, _ = t.Master(group)
		return ghost
	}
	best := links.Members[0]
	for _, want := range [...]int{t.pos, way[len(way)-1].Space} { // the last one found counts
		if i := slices.IndexFunc(links.Members, func(r graph.Ref) bool { return r.NS == want }); i >= 0 {
			best = links.Members[i]
		}
	}
	return t.hop(best, link, via)
}

func (t *target) hop(r graph.Ref, link nsctl.WhyLink, via nsctl.GroupID) nsctl.WhyHop {
	m := t.Mount(r)
	return nsctl.WhyHop{
		NS: t.Namespace(r.NS).NS, Space: r.NS, Pos: r.Mount, MntID: m.MntID, Mountpoint: m.Mountpoint,
		MountpointB64: exact(m.Mountpoint), Propagation: m.Propagation, Link: link, Group: via,
	}
}

// behind leads on from a cut to a mount that nothing gets to: from the highest group that
// it hangs on and the origin does not.
func (t *target) behind(from, to graph.Ref) []nsctl.WhyHop {
	way := []nsctl.WhyHop{t.hop(from, nsctl.WhyFrom, 0)}
	above := t.chain(from)
	chain := t.chain(to)
	n := 0
	for n < len(chain) && !slices.Contains(above, chain[n]) {
		n++
	}
	own := t.Mount(to).Propagation.Shared
	if n == 0 || n == 1 && chain[0] == own {
		return append(way, t.hop(to, nsctl.WhyNone, 0))
	}
	way = append(way, t.member(chain[n-1], 0, way))
	return t.down(way, chain[n-1], chain[:n-1], to)
}
