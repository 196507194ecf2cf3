package screen

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/replay"
)

// unreached are the mounts that an operation did not reach, or why they are not known.
type unreached struct {
	list   []nsctl.NotReached
	labels []string // of their namespaces
	why    string
}

// MissedFoundMsg brings who was not reached by an operation.
type MissedFoundMsg struct {
	of     *operation
	answer *unreached
}

// travels reports whether what was done could have reached other mounts: a propagation
// type, or the options of a mount, are changed in one mount only.
func (o *operation) travels() bool {
	e := o.event()
	return predict.Travels(&e.Event) && (e.Origin || len(o.list) == 1)
}

// findMissed gives the work that finds out who was not reached. It is done outside of the
// event loop.
func (s *Events) findMissed(o *operation) func() *unreached {
	before := o.moment.stateBefore(o)
	if s.replay != nil {
		before = func() (*nsctl.Snapshot, error) { return s.replay.before(o.serial) }
	}
	if before == nil {
		return func() *unreached { return &unreached{why: "too long ago to work out who was not reached"} }
	}
	events, head := o.events(), o.head
	return func() *unreached {
		s, err := before()
		var list []nsctl.NotReached
		if err == nil {
			list, err = predict.Missed(s, events, head)
		}
		if err != nil {
			return &unreached{why: "who was not reached cannot be worked out: " + nsctl.Printable(err.Error())}
		}
		m := &unreached{list: list}
		for i := range m.list {
			m.labels = append(m.labels, label(&s.Namespaces[m.list[i].Space]))
		}
		return m
	}
}

// events gives the events of an operation.
func (o *operation) events() []nsctl.Event {
	events := make([]nsctl.Event, len(o.list))
	for i := range o.list {
		events[i] = o.list[i].Event
	}
	return events
}

// stateBefore gives what works out the state before an operation; nil if that is not kept.
func (m *moment) stateBefore(o *operation) func() (*nsctl.Snapshot, error) {
	before, first, op := m.before, o.at, o.op
	if before == nil {
		return nil
	}
	events := m.events[:first]
	return func() (*nsctl.Snapshot, error) {
		return replay.Apply(before, slices.DeleteFunc(slices.Clone(events), func(e nsctl.Event) bool {
			return e.Kind == nsctl.EventReady || op != 0 && e.Op == op // what it did before others ended
		}))
	}
}
