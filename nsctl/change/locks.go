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
