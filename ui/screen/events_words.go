package screen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
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

// saidBurst is what was said of a burst while it had so many operations.
type saidBurst struct {
	first, count int
	text         string
}

// maxSaid bounds what is remembered.
const maxSaid = 1000

// burstText gives what sayBurst says, which takes too long to be said anew for each frame.
func (s *Events) burstText(row eventRow) string {
	said, ok := s.said[row.of.burst]
	if !ok || said.first != row.of.serial || said.count != int(row.count) {
		if len(s.said) > maxSaid {
			clear(s.said)
		}
		said = saidBurst{row.of.serial, int(row.count), s.sayBurst(row)}
		s.said[row.of.burst] = said
	}
	return said.text
}

// sayBurst says what a burst was: "1,000 mounts, 1,000 umounts in 0.4 s by pid 4711
// (stress)".
func (s *Events) sayBurst(row eventRow) string {
	b := s.burstOf(row)
	by := "by ?"
	switch a := row.of.actor(); {
	case row.of.op == 0:
		by = "unattributed"
	case len(b.pids) > 1:
		by = "by " + kit.Plural(len(b.pids), "process", "processes") + " (" + strings.Join(slices.Sorted(maps.Keys(b.comms)), ", ") + ")"
	case a != nil:
		by = "by pid " + number(a.PID)
		if a.Comm != "" {
			by += " (" + nsctl.Printable(a.Comm) + ")"
		}
	}
	return b.counts() + " in " + seconds(b.took) + " " + by
}

// burst is what there is to say about many operations at once.
type burst struct {
	kinds  map[string]int
	pids   map[int]bool
	comms  map[string]bool
	copies int
	took   time.Duration
}

func (s *Events) burstOf(row eventRow) burst {
	b := burst{kinds: map[string]int{}, pids: map[int]bool{}, comms: map[string]bool{}}
	var last time.Time
	for _, o := range s.operationsOf(row) {
		b.kinds[plural(o.verb())]++
		b.copies += o.copies()
		last = o.lastTime()
		if a := o.actor(); a != nil {
			b.pids[a.PID], b.comms[nsctl.Printable(a.Comm)] = true, true
		}
	}
	b.took = last.Sub(row.of.time())
	return b
}

// operationsOf gives the operations of a burst.
func (s *Events) operationsOf(row eventRow) []*operation {
	all := s.shown()
	first, _ := slices.BinarySearchFunc(all, row.of.serial, func(o *operation, serial int) int { return o.serial - serial })
	return all[first:min(first+int(row.count), len(all))]
}

func (b burst) counts() string {
	kinds := slices.SortedFunc(maps.Keys(b.kinds), func(x, y string) int {
		if b.kinds[x] != b.kinds[y] {
			return b.kinds[y] - b.kinds[x]
		}
		return strings.Compare(x, y)
	})
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = kit.Count(b.kinds[k]) + " " + k
	}
	return strings.Join(parts, ", ")
}

func plural(verb string) string {
	switch verb {
	case "new namespace":
		return "new namespaces"
	case "namespace gone":
		return "namespaces gone"
	case "unshare", "mount", "umount", "move", "remount":
		return verb + "s"
	}
	return verb
}

func seconds(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return kit.Count(int(d.Seconds())) + " s"
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
		op = equivalentOf(o)
	case nsctl.EventRemount:
		op.Options = "remount," + m.Options
		return nsctl.SafeShellLine([]string{"mount", "-o", op.Options, m.Mountpoint})
	case nsctl.EventPropagation:
		to, ok := e.madeType()
		if !ok {
			return ""
		}
		op = nsctl.Op{Kind: nsctl.OpMake, Type: to, Target: m.Mountpoint, Recursive: o.copies() > 0}
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
