package graph

import (
	"iter"

	"mntscope/nsctl"
)

// Ref names a mount by its position in a snapshot:
// Snapshot.Namespaces[NS].Mounts[Mount]. Namespace numbers may be unknown and
// ids may occur twice, but positions are always there and never ambiguous. A Ref
// is valid for the snapshot it comes from and no other.
type Ref struct{ NS, Mount int }

// Graph is an index over a snapshot. It is immutable, and may be used by several
// goroutines at once.
type Graph struct {
	snapshot *nsctl.Snapshot
	trees    []tree // one for each namespace
	groups   groups
}

// New builds the graph of a snapshot, which must not change afterwards. It costs
// time linear in the number of mounts if tables are in the kernel's order, n log n
// if not, and about forty bytes a mount.
func New(s *nsctl.Snapshot) *Graph {
	g := &Graph{snapshot: s, trees: make([]tree, len(s.Namespaces)), groups: newGroups(s)}
	for i := range s.Namespaces {
		g.trees[i] = newTree(s.Namespaces[i].Mounts)
	}
	g.groups.linkGhosts(s)
	return g
}

// Snapshot gives the snapshot that the graph was built from.
func (g *Graph) Snapshot() *nsctl.Snapshot { return g.snapshot }

// Namespace gives the namespace at a position.
func (g *Graph) Namespace(ns int) *nsctl.Namespace { return &g.snapshot.Namespaces[ns] }

// Mount gives the mount at a position.
func (g *Graph) Mount(r Ref) *nsctl.Mount { return &g.snapshot.Namespaces[r.NS].Mounts[r.Mount] }

// Lookup finds a mount of one namespace by its id.
func (g *Graph) Lookup(ns int, id nsctl.MountID) (Ref, bool) {
	i := g.trees[ns].find(g.snapshot.Namespaces[ns].Mounts, id)
	if i == none {
		return Ref{}, false
	}
	return Ref{ns, int(i)}, true
}

// Find finds a mount on the whole host by its id, which is unique there at any
// moment. It asks each namespace in turn.
func (g *Graph) Find(id nsctl.MountID) (Ref, bool) {
	for ns := range g.trees {
		if r, ok := g.Lookup(ns, id); ok {
			return r, true
		}
	}
	return Ref{}, false
}

// Roots gives the mounts of a namespace whose parent is not in its table, in
// order of the table. There is usually one, whose parent is the kernel's own
// hidden root; there are more if only part of the table could be read. Of
// parents that form a loop, which no kernel shows, the first is a root.
func (g *Graph) Roots(ns int) []Ref { return refs(ns, g.trees[ns].roots()) }

// Parent gives the mount that r is mounted in.
func (g *Graph) Parent(r Ref) (Ref, bool) {
	p := g.trees[r.NS].parent[r.Mount]
	if p == none {
		return Ref{}, false
	}
	return Ref{r.NS, int(p)}, true
}

// Children gives the mounts that are mounted in r, in order of the table.
func (g *Graph) Children(r Ref) []Ref {
	return refs(r.NS, g.trees[r.NS].children.of(int32(r.Mount)))
}

// Walk goes through the mount tree of a namespace, each mount before its
// children, and gives each with its depth: 0 for a root. It visits every mount
// once, and its cost does not depend on how deep the tree is.
func (g *Graph) Walk(ns int) iter.Seq2[Ref, int] {
	return func(yield func(Ref, int) bool) {
		t := &g.trees[ns]
		rest := [][]int32{t.roots()} // for each depth, what is still to be visited there
		for len(rest) > 0 {
			depth := len(rest) - 1
			if len(rest[depth]) == 0 {
				rest = rest[:depth]
				continue
			}
			at := rest[depth][0]
			rest[depth] = rest[depth][1:]
			if !yield(Ref{ns, int(at)}, depth) {
				return
			}
			rest = append(rest, t.children.of(at))
		}
	}
}

func refs(ns int, positions []int32) []Ref {
	list := make([]Ref, len(positions))
	for i, p := range positions {
		list[i] = Ref{ns, int(p)}
	}
	return list
}
