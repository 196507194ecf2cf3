package screen

import "mntscope/nsctl"

// Standing says how a namespace stands to the start namespace.
type Standing uint8

// The standings, from the closest to the loosest.
const (
	IsStart Standing = iota
	SameGroups
	OnlyReceives
	OnlySends
	CutOff
	UnknownStanding // the start namespace, or this one's mounts, are not in the snapshot
)

// String gives the words of the user interface.
func (s Standing) String() string {
	return [...]string{"start", "same groups", "only receives", "only sends", "cut off", "unknown"}[s]
}

// Relation is what ties a namespace to the start namespace: the number of its
// mounts that are peers of mounts there, that receive from there, and that send there.
type Relation struct {
	Standing              Standing
	Same, Receives, Sends int
}

// ties are the peer groups, seen from the start namespace.
type ties struct {
	start  map[nsctl.GroupID]bool          // has a member in the start namespace
	above  map[nsctl.GroupID]bool          // sends to a group or a slave there
	master map[nsctl.GroupID]nsctl.GroupID // of each group
	below  map[nsctl.GroupID]bool          // whether it receives from there; filled as asked for
	devs   map[nsctl.Dev]bool              // filesystems that are mounted there
	feeds  map[nsctl.GroupID]bool          // is somebody's master
}

func newTies(s *nsctl.Snapshot, start int) ties {
	t := ties{
		start: map[nsctl.GroupID]bool{}, above: map[nsctl.GroupID]bool{}, below: map[nsctl.GroupID]bool{},
		master: map[nsctl.GroupID]nsctl.GroupID{}, devs: map[nsctl.Dev]bool{}, feeds: map[nsctl.GroupID]bool{},
	}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := &s.Namespaces[i].Mounts[j].Propagation
			if p.Master == 0 {
				continue
			}
			t.feeds[p.Master] = true
			if p.Shared != 0 {
				t.master[p.Shared] = p.Master
			}
		}
	}
	if start < 0 {
		return t
	}
	for i := range s.Namespaces[start].Mounts {
		m := &s.Namespaces[start].Mounts[i]
		t.devs[m.Dev] = true
		if m.Propagation.Shared != 0 {
			t.start[m.Propagation.Shared] = true
		}
		// A group that was seen before has all its masters in the set already, which
		// also ends the walk where masters form a loop.
		for up := m.Propagation.Master; up != 0 && !t.above[up]; up = t.master[up] {
			t.above[up] = true
		}
	}
	for g := range t.master {
		t.receives(g)
	}
	return t
}

// receives reports whether a group receives what is mounted in the start namespace.
func (t *ties) receives(g nsctl.GroupID) bool {
	var path []nsctl.GroupID
	answer := false
	for up := g; up != 0; up = t.master[up] {
		if known, ok := t.below[up]; ok {
			answer = known
			break
		}
		t.below[up] = false // ends a loop of masters
		path = append(path, up)
		if m := t.master[up]; t.start[m] {
			answer = true
			break
		}
	}
	for _, passed := range path {
		t.below[passed] = answer
	}
	return answer
}

// of says how a mount is tied to the start namespace; UnknownStanding for not at all.
func (t *ties) of(p nsctl.Propagation) Standing {
	switch {
	case p.Shared != 0 && t.start[p.Shared]:
		return SameGroups
	case p.Master != 0 && (t.start[p.Master] || t.below[p.Master]):
		return OnlyReceives
	case p.Shared != 0 && t.above[p.Shared]:
		return OnlySends
	}
	return UnknownStanding
}

func (t *ties) relations(s *nsctl.Snapshot, start int) []Relation {
	list := make([]Relation, len(s.Namespaces))
	for i := range s.Namespaces {
		r := &list[i]
		for j := range s.Namespaces[i].Mounts {
			switch t.of(s.Namespaces[i].Mounts[j].Propagation) {
			case SameGroups:
				r.Same++
			case OnlyReceives:
				r.Receives++
			case OnlySends:
				r.Sends++
			}
		}
		switch {
		case i == start:
			r.Standing = IsStart
		case start < 0 || len(s.Namespaces[i].Mounts) == 0:
			r.Standing = UnknownStanding
		case r.Same > 0:
			r.Standing = SameGroups
		case r.Receives > 0:
			r.Standing = OnlyReceives
		case r.Sends > 0:
			r.Standing = OnlySends
		default:
			r.Standing = CutOff
		}
	}
	return list
}
