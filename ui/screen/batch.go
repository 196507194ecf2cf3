package screen

import (
	"slices"

	"mntscope/nsctl"
)

// MaxEvents is how many events the explorer keeps.
const MaxEvents = 100_000

// Happened is what happened between two states of the host.
type Happened struct {
	Before, After *nsctl.Snapshot // Before is nil if it is not known
	Events        []nsctl.Event   // that lead from one to the other
	Dropped       int             // events before these that were too many to be kept
	Ready         *nsctl.Event    // of kind ready, the newest; nil if there was none yet
}

// Batch is what happened between two states of the host, told as operations. Making it
// takes time in proportion to the number of events, and is done outside of the event loop.
type Batch struct {
	operations []*operation
	events     int
	dropped    int
	skipped    int // operations of a recording before these
	ready      *nsctl.Event
	restarts   bool // the numbers of operations begin anew in it
	moment     *moment
	lit        lit
}

// moment is a state of the host from which the states before later operations follow.
type moment struct {
	before *nsctl.Snapshot // nil once it is too long ago
	events []nsctl.Event
	cost   int // about how many bytes are kept for it alone
}

func (m *moment) forget() { m.before, m.events = nil, nil }

// NewBatch makes a batch; nil if nothing happened.
func NewBatch(h Happened) *Batch {
	if len(h.Events) == 0 && h.Dropped == 0 {
		return nil
	}
	b := &Batch{dropped: h.Dropped, ready: withoutSnapshot(h.Ready)}
	b.moment = &moment{before: h.Before, events: h.Events}
	if h.Dropped > 0 {
		b.moment.forget() // what led to the first of these is not known
	}
	labels := labelsOf(h.Before, h.After)
	byOp := map[int]*operation{}
	var last *operation // without a known cause
	begins := 0         // the first event of the moment
	for i := range h.Events {
		e := &h.Events[i]
		if e.Kind == nsctl.EventReady {
			b.restarts, last = true, nil
			clear(byOp)
			begins = i + 1
			b.moment = &moment{before: e.Snapshot, events: h.Events[begins:]}
			continue
		}
		o := last
		if e.Op != 0 {
			o = byOp[e.Op]
		}
		if o == nil || !o.takes(e) {
			o = &operation{op: e.Op, moment: b.moment, at: i - begins}
			b.operations = append(b.operations, o)
			if e.Op != 0 {
				byOp[e.Op] = o
			} else {
				last = o
			}
		}
		o.list = append(o.list, newHappening(e, labels))
	}
	for _, o := range b.operations {
		o.finish()
		b.events += len(o.list)
	}
	b.moment.cost = costOf(b.moment, h.After)
	b.lit = newLit(h.Events)
	return b
}

// NewRecorded makes a batch of a whole recording: each step is an operation, and its number
// the serial of that. Of a long one only the newest steps are in it.
func NewRecorded(ready *nsctl.Event, steps int, events func(step int) []nsctl.Event) *Batch {
	b := &Batch{ready: withoutSnapshot(ready), skipped: steps, moment: &moment{}}
	for b.skipped > 0 && b.events+len(events(b.skipped)) <= MaxEvents {
		b.events += len(events(b.skipped))
		b.skipped--
	}
	for step := 1; step <= b.skipped; step++ {
		b.dropped += len(events(step))
	}
	labels := labelsOf(ready.Snapshot)
	for step := 1; step <= steps; step++ {
		for _, e := range events(step) {
			if e.Namespace != nil {
				labels[e.NS] = label(e.Namespace)
			}
		}
		if step <= b.skipped {
			continue
		}
		o := &operation{op: events(step)[0].Op, moment: b.moment}
		for _, e := range events(step) {
			o.list = append(o.list, newHappening(&e, labels))
		}
		o.finish()
		b.operations = append(b.operations, o)
	}
	return b
}

// NewLit makes a batch that only lights up what changed.
func NewLit(events []nsctl.Event) *Batch { return &Batch{lit: newLit(events)} }

func withoutSnapshot(ready *nsctl.Event) *nsctl.Event {
	if ready == nil {
		return nil
	}
	e := *ready
	e.Snapshot = nil
	return &e
}

// newHappening keeps of an event what is shown: of a new namespace not its mounts.
func newHappening(e *nsctl.Event, labels map[nsctl.NSNumber]string) happening {
	h := happening{Event: *e, label: labels[e.NS]}
	h.Snapshot, h.Sources = nil, nil
	if e.Namespace != nil {
		h.label, h.mounts = label(e.Namespace), len(e.Namespace.Mounts)
		h.Namespace = &nsctl.Namespace{NamespaceInfo: e.Namespace.NamespaceInfo}
	}
	if h.label == "" && e.NS != 0 {
		h.label = e.NS.String()
	}
	return h
}

func labelsOf(states ...*nsctl.Snapshot) map[nsctl.NSNumber]string {
	labels := map[nsctl.NSNumber]string{}
	for _, s := range states {
		if s == nil {
			continue
		}
		for i := range s.Namespaces {
			labels[s.Namespaces[i].NS] = label(&s.Namespaces[i])
		}
	}
	return labels
}

// Sizes in bytes, about.
const (
	sizeOfNamespace = 160
	sizeOfMount     = 320
	sizeOfEvent     = 200
)

// costOf is about how much memory a moment takes: tables that the state after it has too
// are kept anyway.
func costOf(m *moment, after *nsctl.Snapshot) int {
	if m.before == nil {
		return 0
	}
	cost := len(m.before.Namespaces)*sizeOfNamespace + len(m.events)*sizeOfEvent
	kept := make(map[*nsctl.Mount]bool, len(m.before.Namespaces))
	for i := range after.Namespaces {
		if mounts := after.Namespaces[i].Mounts; len(mounts) > 0 {
			kept[&mounts[0]] = true
		}
	}
	for i := range m.before.Namespaces {
		if mounts := m.before.Namespaces[i].Mounts; len(mounts) > 0 && !kept[&mounts[0]] {
			cost += len(mounts) * sizeOfMount
		}
	}
	return cost
}

// grow appends the events of another part of the same operation.
func (o *operation) grow(more *operation) {
	o.list = slices.Concat(o.list, more.list)
	o.finish()
}
