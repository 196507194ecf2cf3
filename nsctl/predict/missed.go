package predict

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Travels says whether what an event tells could have reached other mounts, if it is the
// origin of its operation: a propagation type, or the options of a mount, are changed in
// one mount only.
func Travels(e *nsctl.Event) bool {
	switch e.Kind {
	case nsctl.EventMount, nsctl.EventUmount, nsctl.EventMove:
		return e.Mount != nil
	}
	return false
}

// Missed works out which mounts an operation did not reach that has happened, and why. The
// events are all of the operation, of which the one at origin was asked for and travels;
// before is the host as it was immediately before. Errors are reasons for a person, as the
// rest of a sentence.
func Missed(before *nsctl.Snapshot, events []nsctl.Event, origin int) ([]nsctl.NotReached, error) {
	e := &events[origin]
	ns := spaceOf(before, e)
	if ns < 0 {
		return nil, fmt.Errorf("the namespace was not known yet")
	}
	p, err := New(graph.New(before)).Predict(Equivalent(events, origin), Caller{NS: ns})
	switch {
	case err != nil:
		return nil, err
	case !p.OK:
		return nil, fmt.Errorf("by what was known before, it would have failed with %s", p.Errno)
	}
	// What happened counts for more than what was to be expected.
	reached := map[receiver]bool{}
	for i := range events {
		if e := &events[i]; e.Mount != nil {
			reached[receiver{e.NS, e.Mount.ParentID}] = true
		}
	}
	return slices.DeleteFunc(p.NotReached, func(n nsctl.NotReached) bool { return reached[receiver{n.NS, n.MntID}] }), nil
}

// receiver is a mount in which something appeared or vanished.
type receiver struct {
	ns nsctl.NSNumber
	id nsctl.MountID
}

// Equivalent gives an operation that travels as the one that was done. What is mounted
// does not matter to where it travels.
func Equivalent(events []nsctl.Event, origin int) nsctl.Op {
	e := &events[origin]
	m := e.Mount
	switch e.Kind {
	case nsctl.EventUmount:
		op := nsctl.Op{Kind: nsctl.OpUmount, Target: m.Mountpoint}
		for i := range events {
			// With what was mounted in it only umount -l works.
			other := &events[i]
			op.Lazy = op.Lazy || i != origin && other.NS == e.NS && other.Mount != nil && other.Mount.ParentID == m.MntID
		}
		return op
	case nsctl.EventMove:
		if e.Was != nil && e.Was.Mountpoint != "" {
			return nsctl.Op{Kind: nsctl.OpMove, Source: e.Was.Mountpoint, Target: m.Mountpoint}
		}
	}
	return nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "tmpfs", Target: m.Mountpoint}
}

// spaceOf gives the position of the namespace of an event, or -1.
func spaceOf(s *nsctl.Snapshot, e *nsctl.Event) int {
	return slices.IndexFunc(s.Namespaces, func(n nsctl.Namespace) bool {
		if e.NSID != 0 && n.NSID != 0 {
			return e.NSID == n.NSID
		}
		return e.NS != 0 && e.NS == n.NS
	})
}
