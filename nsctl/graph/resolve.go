package graph

import (
	"path"
	"strings"
)

// Place is where a path leads: a mount, and below the root of that mount the rest of
// the path, "" for the root itself.
type Place struct {
	Mount Ref
	Rest  string
}

// Path gives the place as a path in its namespace.
func (g *Graph) Path(p Place) string { return Join(g.Mount(p.Mount).Mountpoint, p.Rest) }

// Entry gives the mount that a process which enters a namespace has as its root: what
// is mounted on top of all at "/" (mntns_install in fs/namespace.c). It is false for a
// namespace of which no mount at "/" is known.
func (g *Graph) Entry(ns int) (Ref, bool) {
	for _, r := range g.Roots(ns) {
		if g.Mount(r).Mountpoint == "/" {
			return g.top(r), true
		}
	}
	return Ref{}, false
}

// Resolve follows an absolute path from the mount that is the root of a process, as
// the kernel does: into every mount on the way, and at the end into the topmost one.
// Only "/" itself stays at root, even if something covers it. Symbolic links are not
// in a snapshot: the path is taken as if it had none.
func (g *Graph) Resolve(root Ref, name string) Place {
	name = path.Clean("/" + name)
	at := root
	if name == "/" {
		return Place{at, ""}
	}
	for {
		next, ok := g.firstOnTheWay(at, name, at != root)
		if !ok {
			break
		}
		at = next
	}
	rest, _ := Below(g.Mount(at).Mountpoint, name)
	return Place{at, rest}
}

// firstOnTheWay gives the child of a mount whose mount point a lookup comes to first.
// A child at the mount's own root counts only if covered is set.
func (g *Graph) firstOnTheWay(at Ref, name string, covered bool) (Ref, bool) {
	t := &g.trees[at.NS]
	mounts := g.snapshot.Namespaces[at.NS].Mounts
	own := mounts[at.Mount].Mountpoint
	first := none
	for _, c := range t.children.of(int32(at.Mount)) {
		point := mounts[c].Mountpoint
		if point == own && !covered || point == "" || !strings.HasPrefix(name, point) {
			continue
		}
		if _, ok := Below(point, name); !ok {
			continue
		}
		if first == none || len(point) <= len(mounts[first].Mountpoint) { // of several at one place the last counts
			first = c
		}
	}
	return Ref{at.NS, int(first)}, first != none
}

// top gives what is mounted on top of all at a mount's own root.
func (g *Graph) top(r Ref) Ref {
	for {
		next, ok := g.firstOnTheWay(r, g.Mount(r).Mountpoint, true)
		if !ok {
			return r
		}
		r = next
	}
}
