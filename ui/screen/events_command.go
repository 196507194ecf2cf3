package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// entered are the words that lead into the namespace of an event.
func (s *Events) entered(e *happening) string {
	if ns := s.host.FindNS(e.nsKey()); ns >= 0 && e.Mount != nil {
		if words, ok := s.host.Enter(ns); ok && len(words) > 0 {
			return nsctl.SafeShellLine(words) + " "
		}
	}
	return ""
}

// Copies implements Screen.
func (s *Events) Copies() []Copy {
	row, ok := s.selected()
	if !ok || row.kind == rowBurst {
		return nil
	}
	if row.kind == rowMissed {
		n := &row.of.missed.list[row.at]
		return []Copy{{"mount point", n.Mountpoint}, {"mount id", number(n.MntID)}}
	}
	e := row.of.event()
	if row.kind == rowEvent {
		e = &row.of.list[row.at]
	}
	var list []Copy
	if command := s.equivalent(row.of); command != "" && e.Origin {
		list = append(list, Copy{"command that does the same", s.entered(e) + command})
	}
	if e.Mount != nil {
		list = append(list, Copy{"mount point", e.Mount.Mountpoint}, Copy{"mount id", number(e.Mount.MntID)})
	}
	if e.NS != 0 {
		list = append(list, Copy{"number of the namespace", e.NS.String()})
	}
	if a := row.of.actor(); a != nil {
		list = append(list, Copy{"pid", number(a.PID)})
	}
	return list
}

// bindSource gives a path at which what an event has mounted, a part of a filesystem, can
// be found in the same namespace.
func (s *Events) bindSource(e *happening) (string, bool) {
	ns := s.host.FindNS(e.nsKey())
	if ns < 0 {
		return "", false
	}
	for _, m := range s.host.Namespace(ns).Mounts {
		if rest, ok := graph.Below(m.Root, e.Mount.Root); ok && m.Dev == e.Mount.Dev && m.MntID != e.Mount.MntID && m.HiddenBy == 0 {
			return graph.Join(m.Mountpoint, rest), true
		}
	}
	return "", false
}

// equivalent is the operation as a command, as far as the event tells; "" if it does not.
func (s *Events) equivalent(o *operation) string {
	e := o.event()
	m := e.Mount
	if m == nil {
		if e.Kind == nsctl.EventNamespaceCreated && o.op != 0 {
			return "unshare --mount"
		}
		return ""
	}
	op := nsctl.Op{Kind: nsctl.OpMount, FSType: m.FSType, Source: m.Source, Target: m.Mountpoint}
	switch e.Kind {
	case nsctl.EventUmount, nsctl.EventMove:
		op = predict.Equivalent(o.events(), o.head)
	case nsctl.EventRemount:
		op.Options = "remount," + m.Options
		return nsctl.SafeShellLine([]string{"mount", "-o", op.Options, m.Mountpoint})
	case nsctl.EventPropagation:
		to, ok := e.MadeType()
		if !ok {
			return ""
		}
		op = nsctl.Op{Kind: nsctl.OpMake, Type: to, Target: m.Mountpoint, Recursive: o.recursively() != ""}
	case nsctl.EventMount:
		if m.Root != "/" {
			source, ok := s.bindSource(e)
			if !ok {
				return ""
			}
			op = nsctl.Op{Kind: nsctl.OpBind, Source: source, Target: m.Mountpoint}
		}
	}
	return nsctl.SafeShellLine(op.Args())
}
