package screen

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
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
	switch e.Kind {
	case nsctl.EventMount, nsctl.EventUmount, nsctl.EventMove:
		return e.Mount != nil && (e.Origin || len(o.list) == 1)
	}
	return false
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
	op, e := equivalentOf(o), *o.event()
	return func() *unreached {
		s, err := before()
		if err != nil {
			return &unreached{why: "who was not reached cannot be worked out: " + nsctl.Printable(err.Error())}
		}
		ns := -1
		for i := range s.Namespaces {
			if KeyOf(&s.Namespaces[i].NamespaceInfo).same(e.nsKey()) {
				ns = i
			}
		}
		if ns < 0 {
			return &unreached{why: "who was not reached cannot be worked out: the namespace was not known yet"}
		}
		p, err := predict.New(graph.New(s)).Predict(op, predict.Caller{NS: ns})
		switch {
		case err != nil:
			return &unreached{why: "who was not reached cannot be worked out: " + nsctl.Printable(err.Error())}
		case !p.OK:
			return &unreached{why: "who was not reached cannot be worked out: by what was known before, it would have failed with " + p.Errno}
		}
		m := &unreached{list: p.NotReached}
		for i := range m.list {
			m.labels = append(m.labels, label(&s.Namespaces[m.list[i].Space]))
		}
		return m
	}
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

// equivalentOf gives an operation that travels as the one that was done. What is mounted
// does not matter to where it travels.
func equivalentOf(o *operation) nsctl.Op {
	e := o.event()
	m := e.Mount
	switch e.Kind {
	case nsctl.EventUmount:
		op := nsctl.Op{Kind: nsctl.OpUmount, Target: m.Mountpoint}
		for i := range o.list {
			// With what was mounted in it only umount -l works.
			op.Lazy = op.Lazy || i != o.head && o.list[i].NS == e.NS && o.list[i].Mount != nil && o.list[i].Mount.ParentID == m.MntID
		}
		return op
	case nsctl.EventMove:
		if e.Was != nil && e.Was.Mountpoint != "" {
			return nsctl.Op{Kind: nsctl.OpMove, Source: e.Was.Mountpoint, Target: m.Mountpoint}
		}
	}
	return nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: "tmpfs", Target: m.Mountpoint}
}
