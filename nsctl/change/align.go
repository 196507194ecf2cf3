package change

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// alignment pairs the mounts of two states of a host: those that are in both by their
// numbers, and the others, of which one state may have another mount in place of the same,
// by their places: the same mount point in the same parent is one that only one mount can
// have.
type alignment struct {
	want, got *graph.Graph
	pairs     []aligned
	partner   map[graph.Ref]graph.Ref // of each mount of want that is in got, too
	missing   []graph.Ref             // of want
	extra     []graph.Ref             // of got
	groups    map[nsctl.GroupID]nsctl.GroupID
	taken     map[nsctl.GroupID]bool
	// rebuilt are groups that are not to be the same, but that another is made for.
	rebuilt map[nsctl.GroupID]bool
}

// aligned is a mount in both.
type aligned struct{ want, got graph.Ref }

func align(want, got *graph.Graph, rebuilt map[nsctl.GroupID]bool) *alignment {
	a := newAlignment(want, got, false)
	a.rebuilt = rebuilt
	a.sameGroups()
	a.mapGroups()
	return a
}

// alignLater does it for two states that lie apart in time, so that a number of a group may
// have been given to another one.
func alignLater(want, got *graph.Graph) *alignment {
	a := newAlignment(want, got, true)
	a.mapGroups()
	return a
}

func newAlignment(want, got *graph.Graph, later bool) *alignment {
	a := &alignment{want: want, got: got, partner: map[graph.Ref]graph.Ref{}, groups: map[nsctl.GroupID]nsctl.GroupID{0: 0}, taken: map[nsctl.GroupID]bool{0: true}}
	for ns := range want.Snapshot().Namespaces {
		a.space(ns, later)
	}
	return a
}

// spot is a place that only one mount can have.
type spot struct {
	parent graph.Ref
	point  string
}

// space pairs the mounts of one namespace, which has the same position in both.
func (a *alignment) space(ns int, later bool) {
	met := map[graph.Ref]bool{}
	spots := map[spot]graph.Ref{}
	for r := range a.got.Walk(ns) {
		spots[spot{parentOf(a.got, r), a.got.Mount(r).Mountpoint}] = r
	}
	byNumber := func(r graph.Ref) (at graph.Ref, ok bool) {
		m := a.want.Mount(r)
		at, ok = a.got.Lookup(ns, m.MntID)
		return at, ok && m.MntID > 0 && sameMount(m, a.got.Mount(at))
	}
	bySpot := func(r graph.Ref) (at graph.Ref, ok bool) {
		parent := parentOf(a.want, r)
		if parent.NS >= 0 {
			parent = a.partnerOf(parent)
		}
		at, ok = spots[spot{parent, a.want.Mount(r).Mountpoint}]
		return at, ok
	}
	ways := []func(graph.Ref) (graph.Ref, bool){byNumber, bySpot}
	if later {
		certain := func(r graph.Ref) (at graph.Ref, ok bool) {
			at, ok = byNumber(r)
			return at, ok && a.want.Mount(r).ID != 0 && a.got.Mount(at).ID != 0
		}
		alike := func(r graph.Ref) (at graph.Ref, ok bool) {
			at, ok = bySpot(r)
			return at, ok && sameMount(a.want.Mount(r), a.got.Mount(at))
		}
		ways = []func(graph.Ref) (graph.Ref, bool){certain, alike, byNumber, bySpot}
	}
	for _, way := range ways {
		for r := range a.want.Walk(ns) {
			if _, known := a.partner[r]; known {
				continue
			}
			if at, ok := way(r); ok && !met[at] {
				a.partner[r], met[at] = at, true
			}
		}
	}
	for r := range a.want.Walk(ns) {
		if at, ok := a.partner[r]; ok {
			a.pairs = append(a.pairs, aligned{r, at})
		} else {
			a.missing = append(a.missing, r)
		}
	}
	for r := range a.got.Walk(ns) {
		if !met[r] {
			a.extra = append(a.extra, r)
		}
	}
}

// partnerOf gives what a mount of want is in got, or a mount that there is none of.
func (a *alignment) partnerOf(r graph.Ref) graph.Ref {
	if at, ok := a.partner[r]; ok {
		return at
	}
	return graph.Ref{NS: -2}
}

// parentOf gives the parent of a mount; that of a root is none.
func parentOf(g *graph.Graph, r graph.Ref) graph.Ref {
	if parent, ok := g.Parent(r); ok {
		return parent
	}
	return graph.Ref{NS: -1}
}

// placed says that the mounts of a pair are at the same place.
func (a *alignment) placed(p aligned) bool {
	parent := parentOf(a.want, p.want)
	if parent.NS >= 0 {
		parent = a.partnerOf(parent)
	}
	return parent == parentOf(a.got, p.got) && a.want.Mount(p.want).Mountpoint == a.got.Mount(p.got).Mountpoint
}

// firstNewGroup is the lowest number that a prediction gives to a new group.
const firstNewGroup nsctl.GroupID = 1_000_000

// sameGroups notes that groups with the same number in both are the same.
func (a *alignment) sameGroups() {
	in := map[nsctl.GroupID]bool{} // the groups of got
	wanted := map[nsctl.GroupID]bool{}
	each := func(g *graph.Graph, set map[nsctl.GroupID]bool) {
		for i := range g.Snapshot().Namespaces {
			for j := range g.Snapshot().Namespaces[i].Mounts {
				p := g.Snapshot().Namespaces[i].Mounts[j].Propagation
				set[p.Shared], set[p.Master] = true, true
			}
		}
	}
	each(a.got, in)
	each(a.want, wanted)
	for id := range wanted {
		if in[id] {
			a.taken[id] = true
			if !a.rebuilt[id] {
				a.groups[id] = id
			}
		}
	}
}

// mapGroups finds out which of the other groups stand for each other, by their first mounts.
func (a *alignment) mapGroups() {
	for _, shared := range [...]bool{true, false} {
		for _, p := range a.pairs {
			w, g := a.want.Mount(p.want).Propagation, a.got.Mount(p.got).Propagation
			from, to := w.Master, g.Master
			if shared {
				from, to = w.Shared, g.Shared
			}
			if a.rebuilt[from] && to < firstNewGroup {
				continue // it is to be one that is made on the way
			}
			if _, known := a.groups[from]; !known && !a.taken[to] {
				a.groups[from], a.taken[to] = to, true
			}
		}
	}
}

// group gives the group of got that stands for one of want, and whether there is one.
func (a *alignment) group(id nsctl.GroupID) (nsctl.GroupID, bool) {
	to, ok := a.groups[id]
	return to, ok
}

// connected says that a pair takes part in propagation in the same way.
func (a *alignment) connected(p aligned) bool {
	w, g := a.want.Mount(p.want).Propagation, a.got.Mount(p.got).Propagation
	shared, known := a.group(w.Shared)
	master, knownMaster := a.group(w.Master)
	return known && knownMaster && shared == g.Shared && master == g.Master && w.Unbindable == g.Unbindable
}
