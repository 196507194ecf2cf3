package screen

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// MountReachedMsg says that the reach of a mount was worked out.
type MountReachedMsg struct{ reach *Reach }

// Reach is where a mount made in another mount would appear. Working it out takes
// time in proportion to the size of its peer groups.
type Reach struct {
	host       *Host
	of         graph.Ref
	directions direction
	peers      int // other members of its group
	masters    []nsctl.GroupID
	places     []place // by directory, the whole mount first
	receivers  int
	unreached  []graph.Unreached
}

// place is a directory of a mount and who receives what is mounted below it.
type place struct {
	from      string
	whole     bool
	unsure    bool
	receivers []graph.Receiver
}

// rank puts the whole mount first and what is not known last.
func (p place) rank() int {
	switch {
	case p.unsure:
		return 2
	case !p.whole:
		return 1
	}
	return 0
}

// direction says which way mounts really travel, now: a shared mount alone in its
// group neither sends nor receives anything yet.
type direction uint8

const (
	neither  direction = 0
	sending  direction = 1
	gets     direction = 2
	bothWays           = sending | gets
)

func (d direction) String() string {
	return [...]string{"neither", "sends", "receives", "both, sends and receives"}[d]
}

func findReach(h *Host, r graph.Ref) *Reach {
	reach := &Reach{host: h, of: r, masters: h.MasterChain(r), unreached: h.NotReached(r)}
	peers := h.Peers(r)
	reach.peers = len(peers)
	if h.Mount(r).Propagation.Master != 0 || len(peers) > 0 {
		reach.directions |= gets
	}
	byDir := map[string]int{}
	for _, rc := range h.Receivers(r) {
		reach.receivers++
		reach.directions |= sending
		key := rc.From
		if rc.Unsure {
			key = "\x00" // no path
		}
		at, ok := byDir[key]
		if !ok {
			at = len(reach.places)
			byDir[key] = at
			reach.places = append(reach.places, place{from: rc.From, whole: rc.Whole, unsure: rc.Unsure})
		}
		reach.places[at].receivers = append(reach.places[at].receivers, rc)
	}
	slices.SortStableFunc(reach.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.from, b.from))
	})
	return reach
}
