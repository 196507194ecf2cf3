package change

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/carry"
)

// locks asks the kernel which of some mounts are locked, where it can be asked: as
// discover's Looker does, but also in the user namespaces of helpers.
func (c *carrier) locks(g *graph.Graph, mounts []graph.Ref) (s *nsctl.Snapshot, answers int, failed []error) {
	known := *g.Snapshot()
	known.Namespaces = slices.Clone(known.Namespaces)
	bySpace := map[int][]graph.Ref{}
	var order []int
	for _, r := range mounts {
		if bySpace[r.NS] == nil {
			order = append(order, r.NS)
		}
		bySpace[r.NS] = append(bySpace[r.NS], r)
	}
	for _, ns := range order {
		e := errand{Job: carry.Job{In: spaceOf(g, ns)}, in: &g.Namespace(ns).NamespaceInfo}
		for _, r := range bySpace[ns] {
			e.Locks = append(e.Locks, carry.LockQuestion{Path: g.Mount(r).Mountpoint, Mount: g.Mount(r).MntID})
		}
		report, err := c.do(e)
		if err == nil && report.Failure != nil {
			err = report.Failure
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("which mounts are locked in %v cannot be asked: %w", g.Namespace(ns).NS, err))
			continue
		}
		table := slices.Clone(known.Namespaces[ns].Mounts)
		for i, state := range report.Locks {
			if state != nsctl.LockUnknown {
				table[bySpace[ns][i].Mount].Locked = state
				answers++
			}
		}
		known.Namespaces[ns].Mounts = table
	}
	return &known, answers, failed
}

// lockBook is what the model knows of mounts that were made a moment ago: it has seen where
// they came from, and the kernel cannot be asked about those that no path leads to.
type lockBook map[nsctl.MountID]nsctl.LockState

// add notes the mounts that an operation has made.
func (b lockBook) add(r *Result) {
	m := newMatcher(r.Plan.Graph.Snapshot(), &r.Outcome, r.Observed)
	m.pair()
	for i := range m.predicted {
		if p, o := &m.predicted[i], m.partner[i]; o != nil && p.Kind == nsctl.EffectMount && p.Mount.Locked != nsctl.LockUnknown {
			b[o.Mount.MntID] = p.Mount.Locked
		}
	}
}

// on gives a host in which the locks are known that are in the book.
func (b lockBook) on(s *nsctl.Snapshot) *nsctl.Snapshot {
	if len(b) == 0 {
		return s
	}
	known := *s
	known.Namespaces = slices.Clone(s.Namespaces)
	for i := range known.Namespaces {
		ns := &known.Namespaces[i]
		own := false
		for j := range ns.Mounts {
			lock, ok := b[ns.Mounts[j].MntID]
			if !ok {
				continue
			}
			if !own {
				ns.Mounts, own = slices.Clone(ns.Mounts), true
			}
			ns.Mounts[j].Locked = lock
		}
	}
	return &known
}
