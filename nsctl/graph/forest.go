package graph

import (
	"unicode/utf8"

	"mntscope/nsctl"
)

// Group is a peer group and its place in the forest. The same struct is the Go
// type and the JSON that "mntscope peers --json" prints.
type Group struct {
	ID nsctl.GroupID `json:"id"`
	// Master is the group that this one receives from; 0 if it receives from none,
	// or if it is a ghost of whose master nothing is known.
	Master nsctl.GroupID `json:"master,omitempty"`
	// MasterIndirect says that groups which no visible mount shows may lie between
	// this one and Master. It is true of every ghost that has a master.
	MasterIndirect bool `json:"master_indirect,omitempty"`
	// Ghost says that no visible mount is in the group: others only refer to it.
	Ghost bool `json:"ghost,omitempty"`
	// Members send to each other, and to Slaves and Children.
	Members []Member `json:"members"`
	// Slaves are the mounts that only receive from the group.
	Slaves []Member `json:"slaves"`
	// Children are the groups that receive from this one, in ascending order.
	Children []nsctl.GroupID `json:"children"`
}

// Member is a mount in its part as member or slave of a group.
type Member struct {
	Ref        Ref            `json:"-"`
	NS         nsctl.NSNumber `json:"ns,omitempty"` // 0 if it could not be read
	MntID      nsctl.MountID  `json:"mnt_id"`
	Mountpoint string         `json:"mountpoint"`
	// MountpointB64 repeats Mountpoint if that is not UTF-8, which JSON cannot show.
	MountpointB64 []byte `json:"mountpoint_b64,omitempty"`
}

// Forest is every peer group of a host and who receives from whom. Following
// Master always ends, and every group is found by following Children from those
// without one: if masters form a loop, which no kernel shows, the lowest id in
// the loop is shown without a master.
type Forest struct {
	Groups []Group `json:"groups"` // in ascending order of their ids

	snapshot *nsctl.Snapshot // for the names of the namespaces
}

// Forest gives all groups, in time linear in the number of mounts. It makes a
// new one each time.
func (g *Graph) Forest() *Forest {
	f := &Forest{Groups: make([]Group, len(g.groups.ids)), snapshot: g.snapshot}
	for i := range f.Groups {
		f.Groups[i] = g.emptyGroup(int32(i))
	}
	// Mount by mount rather than group by group, for they lie in memory like that.
	for m, group := range g.groups.memberOf {
		if group != none {
			f.Groups[group].Members = append(f.Groups[group].Members, g.member(int32(m)))
		} else if master := g.groups.masterOf[m]; master != none {
			f.Groups[master].Slaves = append(f.Groups[master].Slaves, g.member(int32(m)))
		}
	}
	return f
}

// Group gives one group. It costs time in proportion to its members and slaves.
func (g *Graph) Group(id nsctl.GroupID) (*Group, bool) {
	i, ok := g.groups.number[id]
	if !ok {
		return nil, false
	}
	group := g.emptyGroup(i)
	for _, m := range g.groups.members.of(i) {
		group.Members = append(group.Members, g.member(m))
	}
	for _, m := range g.groups.slaves.of(i) {
		group.Slaves = append(group.Slaves, g.member(m))
	}
	return &group, true
}

// emptyGroup gives a group with room for its members and slaves.
func (g *Graph) emptyGroup(i int32) Group {
	group := Group{
		ID:       g.groups.ids[i],
		Ghost:    g.groups.ghost(i),
		Members:  make([]Member, 0, len(g.groups.members.of(i))),
		Slaves:   make([]Member, 0, len(g.groups.slaves.of(i))),
		Children: make([]nsctl.GroupID, 0, len(g.groups.children.of(i))),
	}
	if p := g.groups.parent[i]; p != none {
		group.Master = g.groups.ids[p]
		group.MasterIndirect = group.Ghost
	}
	for _, c := range g.groups.children.of(i) {
		group.Children = append(group.Children, g.groups.ids[c])
	}
	return group
}

func (g *Graph) member(mount int32) Member {
	r := g.groups.ref(mount)
	m := g.Mount(r)
	member := Member{Ref: r, NS: g.Namespace(r.NS).NS, MntID: m.MntID, Mountpoint: m.Mountpoint}
	if !utf8.ValidString(m.Mountpoint) {
		member.MountpointB64 = []byte(m.Mountpoint)
	}
	return member
}

// MasterChain gives the groups that r receives from: its immediate master first,
// then that one's master, and so on as far as is known. It is empty for a mount
// that is no slave.
func (g *Graph) MasterChain(r Ref) []nsctl.GroupID {
	var chain []nsctl.GroupID
	for at := g.groups.masterOf[g.groups.mount(r)]; at != none; at = g.groups.parent[at] {
		chain = append(chain, g.groups.ids[at])
	}
	return chain
}

// Peers gives the other members of r's peer group, in order of the snapshot.
func (g *Graph) Peers(r Ref) []Ref {
	group := g.groups.memberOf[g.groups.mount(r)]
	if group == none {
		return nil
	}
	var peers []Ref
	for _, m := range g.groups.members.of(group) {
		if peer := g.groups.ref(m); peer != r {
			peers = append(peers, peer)
		}
	}
	return peers
}

// Links are the mounts of a group and the groups below it, by position and number.
type Links struct {
	Members, Slaves []Ref
	Children        []nsctl.GroupID
}

// Links gives what hangs on a group, in time in proportion to it.
func (g *Graph) Links(id nsctl.GroupID) (Links, bool) {
	i, ok := g.groups.number[id]
	if !ok {
		return Links{}, false
	}
	var l Links
	for _, m := range g.groups.members.of(i) {
		l.Members = append(l.Members, g.groups.ref(m))
	}
	for _, m := range g.groups.slaves.of(i) {
		l.Slaves = append(l.Slaves, g.groups.ref(m))
	}
	for _, c := range g.groups.children.of(i) {
		l.Children = append(l.Children, g.groups.ids[c])
	}
	return l, true
}

// Master gives the group that another one receives from, 0 if it receives from none or
// nothing is known of it. indirect is as [Group.MasterIndirect].
func (g *Graph) Master(id nsctl.GroupID) (master nsctl.GroupID, indirect bool) {
	i, ok := g.groups.number[id]
	if !ok || g.groups.parent[i] == none {
		return 0, false
	}
	return g.groups.ids[g.groups.parent[i]], g.groups.ghost(i)
}
