package screen

import (
	"fmt"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// who is who did it, as far as it is known.
func (o *operation) who() string {
	if o.op == 0 {
		return "unattributed"
	}
	return actorText(o.actor())
}

// whoFits is who, with as much of the name as leaves room for the number.
func (s *Events) whoFits(o *operation) string {
	who, room := o.who(), s.widths[columnWho]
	if a := o.actor(); a != nil && o.op != 0 && s.theme.Width(who) > room {
		pid := " " + number(a.PID)
		comm, _ := s.theme.Fit(nsctl.Printable(a.Comm), max(room-len(pid), 0))
		return comm + pid
	}
	return who
}

func actorText(a *nsctl.Actor) string {
	switch {
	case a == nil:
		return "?"
	case a.Comm == "":
		return "? " + number(a.PID)
	}
	return nsctl.Printable(a.Comm) + " " + number(a.PID)
}

// copiesText says how many copies there are in how many namespaces.
func (s *Events) copiesText(o *operation) string {
	n := o.copies()
	if n == 0 || o.op == 0 {
		return ""
	}
	for _, text := range []string{
		kit.Count(n) + " in " + kit.Plural(o.spaces, "namespace", "namespaces"), fmt.Sprintf("%s in %s", kit.Count(n), kit.Count(o.spaces)),
	} {
		if s.theme.Width(text) <= s.widths[columnCopies] {
			return text
		}
	}
	return kit.Count(n)
}

// how says in which way a change came about: as what was asked for, or through which
// group.
func (s *Events) how(o *operation, at int) string {
	e := &o.list[at]
	switch {
	case e.Origin:
		return "origin"
	case o.op == 0:
		return "cause unknown"
	case e.Via == nil:
		return "follows"
	case s.fromMaster(o, e):
		return "from master:" + groupText(e.Via.Group)
	}
	return "via shared:" + groupText(e.Via.Group)
}

// fromMaster reports whether a change came down from a master, and not from a peer. The
// mount that received it says so, if it is still there; else what was copied does: only
// a copy in a peer joins the group of the original.
func (s *Events) fromMaster(o *operation, e *happening) bool {
	if ns := s.host.FindNS(e.nsKey()); ns >= 0 {
		if r, ok := s.host.Lookup(ns, e.Via.MntID); ok {
			p := s.host.Mount(r).Propagation
			if p.Shared == e.Via.Group || p.Master == e.Via.Group {
				return p.Shared != e.Via.Group
			}
		}
	}
	origin := o.event()
	return e.Mount != nil && origin.Mount != nil && e.Mount.Propagation.Shared != origin.Mount.Propagation.Shared
}

// missedNote is what stands in place of mounts that were not reached.
func (s *Events) missedNote(o *operation) string {
	switch {
	case o.missed == nil:
		return "working out who was not reached"
	case o.missed.why != "":
		return o.missed.why
	}
	return "every mount of this directory was reached"
}

// optionChange says which options a remount took away, and which it brought, if there is
// room for both: those of the mount, or else of its filesystem.
func optionChange(th *theme.Theme, e *happening, room int) string {
	was, now := e.Was.Options, e.Mount.Options
	if was == now {
		was, now = e.Was.SuperOptions, e.Mount.SuperOptions
	}
	before, after := strings.Split(was, ","), strings.Split(now, ",")
	without := func(list, others []string) string {
		some := slices.DeleteFunc(slices.Clone(list), func(o string) bool { return slices.Contains(others, o) })
		return nsctl.Printable(strings.Join(some, ","))
	}
	gone, came := without(before, after), without(after, before)
	switch {
	case gone == "":
		return "+" + came
	case came == "":
		return "-" + gone
	}
	became := th.Glyphs.Arrow + " " + came
	if whole := gone + " " + became; th.Width(whole) <= room {
		return whole
	}
	return became
}
