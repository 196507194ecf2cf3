package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Target is what enter on the selected row leads to.
type Target struct {
	Opens bool      // the row itself opens or closes
	Mount graph.Ref // otherwise this mount is shown; or, if NS is not negative, a namespace
	NS    int
	Gone  string // or it is not there any more
}

// Target says what enter does.
func (s *Events) Target() (Target, bool) {
	row, ok := s.selected()
	if !ok {
		return Target{}, false
	}
	switch row.kind {
	case rowEvent:
		e := &row.of.list[row.at]
		ns := s.host.FindNS(e.nsKey())
		switch {
		case ns < 0:
			return Target{Gone: "the namespace " + e.label + " is gone"}, true
		case e.Mount == nil:
			return Target{NS: ns}, true
		}
		if r, ok := s.host.findKey(ns, e.mountKey()); ok {
			return Target{Mount: r, NS: -1}, true
		}
		return Target{Gone: "the mount " + nsctl.Printable(e.Mount.Mountpoint) + " in " + e.label + " is gone"}, true
	case rowMissed:
		n := &row.of.missed.list[row.at]
		for ns := range s.host.Len() {
			if s.host.Namespace(ns).NS != n.NS {
				continue
			}
			if r, ok := s.host.Lookup(ns, n.MntID); ok {
				return Target{Mount: r, NS: -1}, true
			}
		}
		return Target{Gone: "the mount " + nsctl.Printable(n.Mountpoint) + " is gone"}, true
	}
	return Target{Opens: true}, true
}

// MountOf is the mount that the selected row is about, if it is still there, or else why
// there is none.
func (s *Events) MountOf() (r graph.Ref, why string) {
	row, ok := s.selected()
	switch {
	case !ok:
		return r, "nothing is selected"
	case row.kind == rowBurst || row.kind == rowNote:
		return r, "the row is about no single mount"
	case row.kind == rowOperation:
		row.kind, row.at = rowEvent, int32(row.of.head)
	}
	if row.kind == rowEvent && row.of.list[row.at].Mount == nil {
		return r, "the row is about no mount"
	}
	if row.kind == rowEvent {
		e := &row.of.list[row.at]
		if r, ok := s.host.FindMount(e.nsKey(), e.mountKey()); ok {
			return r, ""
		}
		return r, "the mount " + nsctl.Printable(e.Mount.Mountpoint) + " in " + e.label + " is gone"
	}
	target, _ := s.Target()
	return target.Mount, target.Gone
}
