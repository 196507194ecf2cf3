package predict_test

import (
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// comparison of a predicted snapshot with what the kernel made: the same but for the
// numbers of what is new.
type comparison struct {
	want, got   *graph.Graph
	mounts      map[nsctl.MountID]nsctl.MountID // predicted to real
	groups      map[nsctl.GroupID]nsctl.GroupID // both ways: real ones are stored negative
	devs        map[nsctl.Dev]nsctl.Dev
	pairs       []pair
	differences []string
	// anyMaster says that which group a new mount receives from is not certain.
	anyMaster bool
}

// pair is a mount in both, and where the prediction has it.
type pair struct {
	want, got *nsctl.Mount
	at        graph.Ref
}

// compare matches mounts that were there before by their id, and new ones by their place.
func compare(want, got *nsctl.Snapshot, anyMaster bool) *comparison {
	c := &comparison{
		anyMaster: anyMaster,
		want:      graph.New(want), got: graph.New(got), mounts: map[nsctl.MountID]nsctl.MountID{},
		groups: map[nsctl.GroupID]nsctl.GroupID{}, devs: map[nsctl.Dev]nsctl.Dev{},
	}
	if len(want.Namespaces) != len(got.Namespaces) {
		c.differ("%d namespaces, the kernel has %d", len(want.Namespaces), len(got.Namespaces))
		return c
	}
	for ns := range want.Namespaces {
		c.match(ns)
		if w, g := len(want.Namespaces[ns].Mounts), len(got.Namespaces[ns].Mounts); w != g {
			c.differ("%d mounts in namespace %d, the kernel has %d", w, ns, g)
		}
	}
	if len(c.differences) == 0 {
		for _, p := range c.pairs { // so that all groups have their numbers when it comes to masters
			c.sameGroup(p.want.Propagation.Shared, p.got.Propagation.Shared)
		}
		for _, p := range c.pairs {
			c.compareMounts(p)
		}
	}
	return c
}

func (c *comparison) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

// match goes through a predicted tree from the top, and finds each mount in the real one.
func (c *comparison) match(ns int) {
	stays := map[nsctl.MountID]bool{} // a number of one that is gone can be given to a new one
	for i := range c.want.Namespace(ns).Mounts {
		stays[c.want.Namespace(ns).Mounts[i].MntID] = true
	}
	for r := range c.want.Walk(ns) {
		m := c.want.Mount(r)
		at, ok := c.got.Lookup(ns, m.MntID)
		if m.MntID < 0 {
			at, ok = c.findNew(ns, r, stays)
		}
		if !ok {
			c.differ("namespace %d: mount %d at %s in %d: the kernel has none", ns, m.MntID, m.Mountpoint, m.ParentID)
			continue
		}
		c.mounts[m.MntID] = c.got.Mount(at).MntID
		c.pairs = append(c.pairs, pair{m, c.got.Mount(at), r})
	}
}

func (c *comparison) findNew(ns int, r graph.Ref, stays map[nsctl.MountID]bool) (graph.Ref, bool) {
	m := c.want.Mount(r)
	candidates := c.got.Roots(ns)
	if parent, ok := c.want.Parent(r); ok {
		actual, ok := c.got.Lookup(ns, c.mounts[c.want.Mount(parent).MntID])
		if !ok {
			return graph.Ref{}, false
		}
		candidates = c.got.Children(actual)
	}
	for _, at := range candidates {
		if other := c.got.Mount(at); !stays[other.MntID] && other.Mountpoint == m.Mountpoint {
			return at, true
		}
	}
	return graph.Ref{}, false
}

func (c *comparison) compareMounts(p pair) {
	want, got := p.want, p.got
	check := func(what string, same bool, w, g any) {
		if !same {
			c.differ("mount %d (%d) at %s: %s %v, in the kernel %v", want.MntID, got.MntID, want.Mountpoint, what, w, g)
		}
	}
	if want.ParentID < 0 || c.mounts[want.ParentID] != 0 {
		check("parent", c.mounts[want.ParentID] == got.ParentID, want.ParentID, got.ParentID)
	}
	check("mount point", want.Mountpoint == got.Mountpoint, want.Mountpoint, got.Mountpoint)
	check("root", want.Root == got.Root, want.Root, got.Root)
	check("type", want.FSType == got.FSType, want.FSType, got.FSType)
	check("source", want.Source == got.Source, want.Source, got.Source)
	check("options", want.Options == got.Options, want.Options, got.Options)
	if want.Dev.Minor < firstNewMinor {
		check("filesystem's options", want.SuperOptions == got.SuperOptions, want.SuperOptions, got.SuperOptions)
	} else { // what it adds itself is not predicted
		check("filesystem's options", want.SuperOptions[:2] == got.SuperOptions[:2], want.SuperOptions, got.SuperOptions)
	}
	check("device", c.sameDev(want.Dev, got.Dev), want.Dev, got.Dev)
	check("hidden by", c.mounts[want.HiddenBy] == got.HiddenBy, want.HiddenBy, got.HiddenBy)
	w, g := want.Propagation, got.Propagation
	if c.anyMaster && want.MntID < 0 && c.furtherUp(p) {
		w.Master, w.PropagateFrom = g.Master, g.PropagateFrom
	}
	check("propagation", c.sameGroup(w.Shared, g.Shared) && c.sameGroup(w.Master, g.Master) &&
		c.sameGroup(w.PropagateFrom, g.PropagateFrom) && w.Unbindable == g.Unbindable, w, g)
}

// furtherUp says that the real master is one that the predicted one receives from.
func (c *comparison) furtherUp(p pair) bool {
	for _, id := range c.want.MasterChain(p.at) {
		if actual := c.groups[id]; actual == p.got.Propagation.Master || id == p.got.Propagation.Master {
			return p.got.Propagation.Master != 0
		}
	}
	return false
}

const firstNewGroup = 1_000_000

// sameGroup compares numbers of groups. New ones may have any number, but each only one.
func (c *comparison) sameGroup(want, got nsctl.GroupID) bool {
	if want < firstNewGroup || got == 0 {
		return want == got
	}
	actual, known := c.groups[want]
	predicted, taken := c.groups[-got]
	if !known && !taken {
		c.groups[want], c.groups[-got] = got, want
		return true
	}
	return actual == got && predicted == want
}

const firstNewMinor = 1 << 20

func (c *comparison) sameDev(want, got nsctl.Dev) bool {
	if want.Minor < firstNewMinor {
		return want == got
	}
	actual, known := c.devs[want]
	c.devs[want] = got
	return !known || actual == got
}
