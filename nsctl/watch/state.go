package watch

import (
	"cmp"
	"slices"
	"sync/atomic"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// state is the host as far as it is known at this moment: a snapshot that changes, with
// what is needed to find things in it. A change costs what it touches.
type state struct {
	head   nsctl.Snapshot // all of a snapshot but the namespaces
	spaces []*space       // in the order of a snapshot
	byID   map[nsctl.NSID]*space
	// owners says where a mount is. An id is used again when its mount is gone, which may
	// be noticed later than the next mount that has it.
	owners map[nsctl.MountID]ref
	unique map[nsctl.UniqueID]*space
	groups map[nsctl.GroupID]*group
	devs   map[nsctl.Dev]int // how many mounts each filesystem has
	// rewired says that the masters of groups have changed since the last snapshot, so that
	// propagate_from may have, anywhere.
	rewired bool
	// clock counts the changes. It is read by others.
	clock *atomic.Int64
}

// space is a mount namespace.
type space struct {
	info   nsctl.NamespaceInfo
	mounts []nsctl.Mount // in the order of the kernel's tables, which is that of unique ids
	// handedOut says that mounts is part of a snapshot, and must be copied to be changed.
	handedOut bool
	// stale says that hidden_by and propagate_from in mounts are not worked out yet.
	stale bool
	// touched is the clock's time at the last change, so that what was read before one is
	// told from what was read after it.
	touched int64
	added   int64 // the clock's time when it was met
}

// ref names a mount. The unique id is 0 where the kernel does not tell it.
type ref struct {
	space *space
	id    nsctl.UniqueID
	mnt   nsctl.MountID
}

func refOf(s *space, m *nsctl.Mount) ref { return ref{s, m.ID, m.MntID} }

func newState(s *nsctl.Snapshot, clock *atomic.Int64) *state {
	st := &state{
		clock: clock, head: *s, byID: map[nsctl.NSID]*space{}, owners: map[nsctl.MountID]ref{},
		unique: map[nsctl.UniqueID]*space{}, groups: map[nsctl.GroupID]*group{}, devs: map[nsctl.Dev]int{},
	}
	st.head.Namespaces = nil
	for i := range s.Namespaces {
		st.add(&s.Namespaces[i])
	}
	return st
}

// add takes a namespace in.
func (st *state) add(ns *nsctl.Namespace) *space {
	s := &space{info: ns.NamespaceInfo, mounts: ns.Mounts, handedOut: true, added: st.clock.Add(1)}
	at := len(st.spaces) // those without a number come last
	if ns.NS != 0 {
		at = 0
		for at < len(st.spaces) && st.spaces[at].info.NS != 0 && st.spaces[at].info.NS < ns.NS {
			at++
		}
	}
	st.spaces = slices.Insert(st.spaces, at, s)
	if ns.NSID != 0 {
		st.byID[ns.NSID] = s
	}
	for i := range s.mounts {
		st.link(s, &s.mounts[i])
	}
	return s
}

// drop forgets a namespace. It gives the groups that have no member any more.
func (st *state) drop(s *space) (ended []nsctl.GroupID) {
	st.spaces = slices.DeleteFunc(st.spaces, func(o *space) bool { return o == s })
	if st.byID[s.info.NSID] == s {
		delete(st.byID, s.info.NSID)
	}
	for i := range s.mounts {
		ended = append(ended, st.unlink(s, &s.mounts[i])...)
	}
	s.mounts = nil
	return ended
}

// find gives the position of a mount in its namespace, or where it would be inserted.
func (s *space) find(id nsctl.UniqueID, mnt nsctl.MountID) (at int, ok bool) {
	if id != 0 {
		return slices.BinarySearchFunc(s.mounts, id, func(m nsctl.Mount, id nsctl.UniqueID) int {
			return int(max(-1, min(1, m.ID-id)))
		})
	}
	at = slices.IndexFunc(s.mounts, func(m nsctl.Mount) bool { return m.MntID == mnt })
	if at < 0 {
		return len(s.mounts), false
	}
	return at, true
}

// mount gives a mount, which is valid until the next change, or nil.
func (s *space) mount(id nsctl.UniqueID, mnt nsctl.MountID) *nsctl.Mount {
	if at, ok := s.find(id, mnt); ok {
		return &s.mounts[at]
	}
	return nil
}

// parentOf gives what a mount of the namespace is mounted in, or nil.
func (st *state) parentOf(s *space, m *nsctl.Mount) *nsctl.Mount {
	r, ok := st.owners[m.ParentID]
	if !ok || r.space != s {
		return nil
	}
	return s.mount(r.id, r.mnt)
}

// changing makes the mounts of a namespace fit to be changed.
func (st *state) changing(s *space) {
	s.touched = st.clock.Add(1)
	s.own()
	s.stale = true
}

func (s *space) own() {
	if s.handedOut {
		grown := make([]nsctl.Mount, len(s.mounts), len(s.mounts)+8)
		copy(grown, s.mounts)
		s.mounts, s.handedOut = grown, false
	}
}

// insert adds a mount.
func (st *state) insert(s *space, m nsctl.Mount) {
	st.changing(s)
	at, _ := s.find(m.ID, m.MntID)
	s.mounts = slices.Insert(s.mounts, at, m)
	st.link(s, &m)
}

// remove takes a mount away. For what it gives, see unlink.
func (st *state) remove(s *space, id nsctl.UniqueID, mnt nsctl.MountID) (m nsctl.Mount, ended []nsctl.GroupID) {
	at, ok := s.find(id, mnt)
	if !ok {
		return nsctl.Mount{}, nil
	}
	st.changing(s)
	m = s.mounts[at]
	if at < len(s.mounts)/2 { // the shorter part makes room: tables are long, and are emptied from the front
		copy(s.mounts[1:at+1], s.mounts[:at])
		s.mounts = s.mounts[1:]
	} else {
		s.mounts = slices.Delete(s.mounts, at, at+1)
	}
	return m, st.unlink(s, &m)
}

// replace puts a mount in the place of an older state of it.
func (st *state) replace(s *space, m nsctl.Mount) (was nsctl.Mount, ended []nsctl.GroupID) {
	at, ok := s.find(m.ID, m.MntID)
	if !ok {
		return nsctl.Mount{}, nil
	}
	st.changing(s)
	was = s.mounts[at]
	ended = st.unlink(s, &was)
	s.mounts[at] = m
	st.link(s, &m)
	ended = slices.DeleteFunc(ended, func(g nsctl.GroupID) bool { return g == m.Propagation.Shared })
	return was, ended
}

// forgetIDs takes the unique ids off the mounts of a namespace, where new ones cannot be
// asked for theirs.
func (st *state) forgetIDs(s *space) {
	st.changing(s)
	for i := range s.mounts {
		st.unlink(s, &s.mounts[i])
		s.mounts[i].ID = 0
	}
	for i := range s.mounts {
		st.link(s, &s.mounts[i])
	}
}

// recognize gives a namespace its id, which it was met without.
func (st *state) recognize(s *space, id nsctl.NSID) {
	s.info.NSID, st.byID[id] = id, s
	s.touched = st.clock.Add(1)
}

// identify gives mounts that have none their unique ids, if they are in a table with them.
func (st *state) identify(s *space, table []nsctl.Mount) {
	if !slices.ContainsFunc(s.mounts, withoutID) || !slices.ContainsFunc(table, func(m nsctl.Mount) bool { return m.ID != 0 }) {
		return
	}
	st.changing(s)
	same := make(map[nsctl.MountID]*nsctl.Mount, len(table))
	for i := range table {
		same[table[i].MntID] = &table[i]
	}
	for i := range s.mounts {
		m := &s.mounts[i]
		st.unlink(s, m)
		if now := same[m.MntID]; m.ID == 0 && now != nil && sameMount(m, now) {
			m.ID = now.ID
		}
	}
	slices.SortStableFunc(s.mounts, func(a, b nsctl.Mount) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.mounts {
		st.link(s, &s.mounts[i])
	}
}

// snapshot gives the state as it is now. What did not change since the last one is shared
// with that.
func (st *state) snapshot() *nsctl.Snapshot {
	s := st.head
	s.Namespaces = make([]nsctl.Namespace, len(st.spaces))
	s.Gaps = slices.Clone(st.head.Gaps)
	for i, space := range st.spaces {
		st.settle(space)
		s.Namespaces[i] = nsctl.Namespace{NamespaceInfo: space.info, Mounts: space.mounts}
	}
	st.rewired = false
	return &s
}

// settle works out what follows from a change in a namespace.
func (st *state) settle(s *space) {
	if !s.stale && !st.rewired {
		return
	}
	for i := range s.mounts {
		m := &s.mounts[i]
		if from := st.propagateFrom(s, m); from != m.Propagation.PropagateFrom {
			s.own()
			s.mounts[i].Propagation.PropagateFrom = from
		}
	}
	if s.stale {
		for i, by := range graph.HiddenBy(s.mounts) {
			s.mounts[i].HiddenBy = by
		}
	}
	s.stale, s.handedOut = false, true
}
