package predict

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// arrival is a place in the target where a mount made at an origin appears.
type arrival struct {
	in      graph.Ref
	path    string
	cover   graph.Ref // if covered
	covered bool
}

func (p *arrival) at(g *graph.Graph) nsctl.WhyAt {
	at := nsctl.WhyAt{In: g.Mount(p.in).MntID, Mountpoint: p.path, MountpointB64: exact(p.path)}
	if p.covered {
		at.HiddenBy = g.Mount(p.cover).MntID
	}
	return at
}

// arrivals gives all such places, those that can be seen first, and then the nearest. unsure
// are mounts of which cannot be told whether they show the directory.
func (t *target) arrivals(o origin) (places []arrival, unsure []graph.Ref) {
	if o.mount.NS == t.pos && !graph.Removed(o.attr) {
		p := arrival{in: o.mount, path: o.path}
		p.cover, p.covered = t.coverOf(p.in, p.path)
		places = append(places, p)
	}
	for _, rc := range t.Receivers(o.mount) {
		if rc.Ref.NS != t.pos {
			continue
		}
		if rc.Unsure {
			unsure = append(unsure, rc.Ref)
			continue
		}
		if rest, ok := graph.Below(rc.From, o.path); ok {
			p := arrival{in: rc.Ref, path: graph.Join(rc.At, rest)}
			p.cover, p.covered = t.coverOf(p.in, p.path)
			places = append(places, p)
		}
	}
	slices.SortStableFunc(places, func(a, b arrival) int { return order(a.covered) - order(b.covered) })
	return places, unsure
}

// order puts what is true behind what is not.
func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// coverOf gives the mount that keeps a path from leading into a mount of the target: the
// first that it goes astray in. What arrives where something is mounted already is
// tucked beneath it (propagate_one and attach_recursive_mnt), and so covered by it.
func (t *target) coverOf(in graph.Ref, name string) (cover graph.Ref, covered bool) {
	if by := t.hidden[in.Mount]; by != 0 {
		return t.Lookup(t.pos, by)
	}
	entry, ok := t.Entry(t.pos)
	if !ok {
		return graph.Ref{}, false
	}
	found := t.Resolve(entry, name).Mount
	if found == in {
		return graph.Ref{}, false
	}
	above := map[graph.Ref]bool{} // in, and what it is mounted in
	for at, ok := in, true; ok; at, ok = t.Parent(at) {
		above[at] = true
	}
	for {
		parent, ok := t.Parent(found)
		if !ok || above[parent] {
			return found, true
		}
		found = parent
	}
}

// shows says whether a mount shows a directory, and at which path.
func (t *target) shows(r graph.Ref, o origin) (name string, ok bool) {
	m := t.Mount(r)
	if m.Dev != o.at.dev || graph.Removed(m) || graph.Removed(o.attr) {
		return "", false
	}
	text, known := graph.Root(m)
	own, ownKnown := graph.Root(o.attr)
	if text != own && (!known || !ownKnown) {
		return "", false
	}
	rest, ok := o.at.under(rootOf(m))
	return graph.Join(m.Mountpoint, rest), ok
}

// mounts gives all mounts of the target.
func (t *target) mounts(yield func(graph.Ref) bool) {
	for i := range t.Namespace(t.pos).Mounts {
		if !yield(graph.Ref{NS: t.pos, Mount: i}) {
			return
		}
	}
}

// copies are the mounts in the target that stand for one elsewhere.
type copies struct {
	whole []graph.Ref
	part  []graph.Ref // of a directory in it
	alike []graph.Ref // of the same directory, but rather copies of other mounts that show it
}

// copies looks for a mount's copies: what has the same root, on the same directory; and if
// there is none, what has the same root anywhere, as a volume of a container has.
func (t *target) copies(m graph.Ref, o origin) copies {
	var c copies
	if m.NS == t.pos {
		c.whole = append(c.whole, m)
	}
	c.whole = append(c.whole, t.copiesAt(o, m)...)
	if below := t.bottom(m, o); len(c.whole) == 0 && below.mount != o.mount {
		c.whole = t.copiesAt(below, m)
	}
	if len(c.whole) == 0 {
		t.copiesElsewhere(&c, m)
	}
	slices.SortStableFunc(c.whole, func(a, b graph.Ref) int {
		return order(t.hidden[a.Mount] != 0) - order(t.hidden[b.Mount] != 0)
	})
	return c
}

// copiesAt gives what is mounted on a directory and has the same root as m.
func (t *target) copiesAt(o origin, m graph.Ref) (list []graph.Ref) {
	for r := range t.mounts {
		if name, ok := t.shows(r, o); ok {
			for _, over := range t.stack(r, name) {
				if over != m && t.alike(over, m) {
					list = append(list, over)
				}
			}
		}
	}
	return list
}

// bottom gives the directory that the lowest of the mounts below m is mounted on. What was
// tucked beneath m since its copies were made, by propagation or on purpose, stands in the
// place that they were made in.
func (t *target) bottom(m graph.Ref, o origin) origin {
	at := o.mount
	for t.Mount(at).Mountpoint == t.Mount(m).Mountpoint {
		parent, ok := t.Parent(at)
		if !ok {
			return o
		}
		at = parent
	}
	rest, ok := graph.Below(t.Mount(at).Mountpoint, t.Mount(m).Mountpoint)
	if !ok {
		return o
	}
	return newOrigin(t.Graph, graph.Place{Mount: at, Rest: rest})
}

func (t *target) copiesElsewhere(c *copies, m graph.Ref) {
	for r := range t.mounts {
		if t.alike(r, m) {
			c.alike = append(c.alike, r)
		} else if rest, ok := rootOf(t.Mount(r)).under(rootOf(t.Mount(m))); ok && rest != "" && rest[0] == '/' {
			c.part = append(c.part, r)
		}
	}
	own := t.Namespace(m.NS).Mounts
	for i := range own {
		if r := (graph.Ref{NS: m.NS, Mount: i}); r != m && t.alike(r, m) {
			c.part = nil
			return
		}
	}
	c.whole, c.alike = c.alike, nil
}

// alike says that two mounts show the same directory of the same filesystem.
func (t *target) alike(a, b graph.Ref) bool { return rootOf(t.Mount(a)) == rootOf(t.Mount(b)) }

// stack gives what is mounted in a mount at a path, from below to the top.
func (t *target) stack(in graph.Ref, name string) []graph.Ref {
	var list []graph.Ref
	for {
		next, found := graph.Ref{}, false
		for _, c := range t.Children(in) {
			if t.Mount(c).Mountpoint == name {
				next, found = c, true // of two at one place the later one counts, as in package graph
			}
		}
		if !found {
			return list
		}
		list = append(list, next)
		in = next
	}
}

// there describes a mount of the target.
func (t *target) there(r graph.Ref) nsctl.WhyAt {
	m := t.Mount(r)
	return nsctl.WhyAt{
		MntID: m.MntID, In: m.ParentID, Mountpoint: m.Mountpoint, MountpointB64: exact(m.Mountpoint), HiddenBy: t.hidden[r.Mount],
	}
}
