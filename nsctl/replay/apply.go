package replay

import "mntscope/nsctl"

// Apply gives a host as it is after some events, which must be whole operations: see
// [nsctl.Event]. It shares with the snapshot before, which does not change, the mounts of
// every namespace in which nothing changed. The new one counts as taken at the time of
// the last event.
//
// The error is a [MisfitError] if an event is not about this host.
func Apply(s *nsctl.Snapshot, events []nsctl.Event) (*nsctl.Snapshot, error) {
	before := &shown{stateOf(s), s}
	p := newPlayer(before.state)
	for len(events) > 0 {
		n := operationLen(events)
		if err := p.operation(events[:n]); err != nil {
			return nil, err
		}
		events = events[n:]
	}
	return p.state().show(before).snapshot, nil
}

// operationLen gives how many of the events, from the first on, are one operation. One of
// which the operation is unknown is taken for itself.
func operationLen(events []nsctl.Event) int {
	n := 1
	for n < len(events) && events[0].Op != 0 && events[n].Op == events[0].Op {
		n++
	}
	return n
}
