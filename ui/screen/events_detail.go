package screen

import (
	"fmt"

	"mntscope/nsctl"
	"mntscope/ui/kit"
)

func (s *Events) detailTitle() string {
	row, ok := s.selected()
	switch {
	case !ok:
		return "Watching"
	case row.kind == rowBurst:
		return "Burst"
	case row.kind == rowEvent:
		return "Event"
	case row.kind == rowMissed:
		return "Not reached"
	}
	return "Operation"
}

// describe says everything about a row.
func (s *Events) describe(p *kit.Page, row eventRow) {
	switch row.kind {
	case rowBurst:
		s.describeBurst(p, row)
	case rowEvent:
		s.describeEvent(p, row.of, int(row.at))
	case rowMissed:
		s.describeMissed(p, row)
	default:
		s.describeOperation(p, row.of)
	}
}

func (s *Events) describeOperation(p *kit.Page, o *operation) {
	th, e := s.theme, o.event()
	sign, style := e.mark().sign(th)
	p.Text(0, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Strong, Text: o.verb()}, kit.Span{Style: th.Text, Text: "  " + s.subject(e)})
	if command := s.equivalent(o); command != "" && e.Origin {
		p.Text(2, kit.Span{Style: th.Accent, Text: s.entered(e) + command})
	}
	p.Gap()
	if o.op != 0 {
		p.Field("operation", kit.Span{Style: th.Text, Text: number(o.op)})
	} else if e.Kind != nsctl.EventResync {
		p.Field("operation", kit.Span{Style: th.Warn, Text: "unattributed"}, kit.Span{Style: th.Dim, Text: ": nothing tells what caused it"})
	}
	s.describeWhen(p, o)
	p.Field("who", kit.Span{Style: th.Text, Text: actorLong(o)})
	s.describeFacts(p, e)
	s.describeCopies(p, o)
	if o.travels() {
		s.describeUnreached(p, o)
	}
}

// subject is what an operation was done to.
func (s *Events) subject(e *happening) string {
	switch {
	case e.Mount != nil:
		return nsctl.Printable(e.Mount.Mountpoint)
	case e.Kind == nsctl.EventResync:
		return ""
	}
	return e.label
}

func actorLong(o *operation) string {
	a := o.actor()
	switch {
	case a == nil:
		return "unknown"
	case a.Comm == "":
		return fmt.Sprintf("process %d, which was gone before it could be asked for its name", a.PID)
	}
	return fmt.Sprintf("%s, process %d", nsctl.Printable(a.Comm), a.PID)
}

func (s *Events) describeWhen(p *kit.Page, o *operation) {
	th := s.theme
	spans := []kit.Span{{Style: th.Text, Text: o.time().Local().Format("15:04:05.000000")}, {Style: th.Dim, Text: o.time().Local().Format("  2006-01-02")}}
	if took := o.lastTime().Sub(o.time()); took > 0 {
		spans = append(spans, kit.Span{Style: th.Dim, Text: "  until " + o.lastTime().Local().Format("05.000000")})
	}
	p.Field("noticed", spans...)
}

// maxCopies is how many copies the detail pane lists; the tree shows them all.
const maxCopies = 20

func (s *Events) describeCopies(p *kit.Page, o *operation) {
	th := s.theme
	if o.copies() == 0 {
		return
	}
	heading := kit.Plural(o.copies(), "change", "changes") + " followed, in " + kit.Plural(o.spaces, "namespace", "namespaces")
	if o.op == 0 {
		heading = kit.Plural(len(o.list), "change", "changes") + " of this kind at about the same time"
	}
	p.Heading(heading)
	listed := 0
	for _, i := range o.children() {
		if i == o.head && o.op != 0 {
			continue
		}
		if listed == maxCopies {
			p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(o.list)-i) + " more, in the list: enter opens it"})
			return
		}
		listed++
		e := &o.list[i]
		sign, style := e.mark().sign(th)
		p.Text(2, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Accent, Text: e.label + " "},
			kit.Span{Style: th.Text, Text: s.path(e)}, kit.Span{Style: th.Dim, Text: "  " + s.how(o, i)})
	}
}

func (s *Events) path(e *happening) string {
	if e.Mount == nil {
		return ""
	}
	return nsctl.Printable(e.Mount.Mountpoint)
}

func (s *Events) describeUnreached(p *kit.Page, o *operation) {
	th := s.theme
	switch {
	case o.missed == nil && !s.opened[o.serial]:
		p.Heading("Not reached")
		p.Text(2, kit.Span{Style: th.Faint, Text: "enter works it out"})
		return
	case o.missed == nil || len(o.missed.list) == 0:
		p.Heading("Not reached")
		p.Text(2, kit.Span{Style: th.Dim, Text: s.missedNote(o)})
		return
	}
	p.Heading("Did not reach " + kit.Plural(len(o.missed.list), "mount", "mounts"))
	for i := range o.missed.list {
		if i == maxCopies {
			p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(o.missed.list)-i) + " more, in the list"})
			return
		}
		n := &o.missed.list[i]
		sign, style := missed.sign(th)
		p.Text(2, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Accent, Text: o.missed.labels[i] + " "}, kit.Span{Style: th.Text, Text: nsctl.Printable(n.Mountpoint)})
		p.Text(5, kit.Span{Style: th.Faint, Text: n.Text})
	}
}

func (s *Events) describeEvent(p *kit.Page, o *operation, at int) {
	th, e := s.theme, &o.list[at]
	sign, style := e.mark().sign(th)
	p.Text(0, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Strong, Text: verbOf(e.Kind)}, kit.Span{Style: th.Text, Text: "  " + s.subject(e)})
	p.Text(2, kit.Span{Style: th.Dim, Text: s.howLong(o, at)})
	p.Gap()
	p.Field("noticed", kit.Span{Style: th.Text, Text: e.Time.Local().Format("15:04:05.000000")})
	s.describeFacts(p, e)
}

// howLong is how in a sentence.
func (s *Events) howLong(o *operation, at int) string {
	e := &o.list[at]
	switch {
	case e.Origin:
		return "this is what was asked for, by " + actorLong(o)
	case o.op == 0:
		return "nothing tells what caused it"
	case e.Via == nil:
		return "it follows from what was done in " + o.event().label
	}
	text := "it came through group " + groupText(e.Via.Group) + " from " + o.event().label
	if s.fromMaster(o, e) {
		text = "it came down from the master, group " + groupText(e.Via.Group)
	}
	if ns := s.host.FindNS(e.nsKey()); ns >= 0 {
		if r, ok := s.host.Lookup(ns, e.Via.MntID); ok {
			text += ", to " + nsctl.Printable(s.host.Mount(r).Mountpoint) + " here"
		}
	}
	return text
}

func (s *Events) describeMissed(p *kit.Page, row eventRow) {
	th, n := s.theme, &row.of.missed.list[row.at]
	sign, style := missed.sign(th)
	p.Text(0, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Strong, Text: "not reached"}, kit.Span{Style: th.Text, Text: "  " + nsctl.Printable(n.Mountpoint)})
	p.Text(2, kit.Span{Style: th.Dim, Text: n.Text})
	p.Gap()
	p.Field("namespace", kit.Span{Style: th.Accent, Text: row.of.missed.labels[row.at]}, kit.Span{Style: th.Dim, Text: "  " + n.NS.String()})
	p.Field("mount point", kit.Span{Style: th.Text, Text: nsctl.Printable(n.Mountpoint)})
	p.Field("id", kit.Span{Style: th.Text, Text: "mnt_id " + MountText(n.MntID)})
	p.Field("reason", kit.Span{Style: th.Text, Text: string(n.Reason)})
	p.Gap()
	p.Text(0, kit.Span{Style: th.Dim, Text: "Worked out from the state before the operation."})
}

func (s *Events) describeBurst(p *kit.Page, row eventRow) {
	th, b := s.theme, s.burstOf(row)
	p.Text(0, kit.Span{Style: th.Strong, Text: s.burstText(row)})
	p.Text(0, kit.Span{Style: th.Dim, Text: "Many operations close together are one row; enter opens it."})
	p.Gap()
	p.Field("began", kit.Span{Style: th.Text, Text: row.of.time().Local().Format("15:04:05.000000")}, kit.Span{Style: th.Dim, Text: row.of.time().Local().Format("  2006-01-02")})
	p.Field("took", kit.Span{Style: th.Text, Text: seconds(b.took)})
	p.Field("operations", kit.Span{Style: th.Text, Text: kit.Count(int(row.count))})
	p.Field("copies", kit.Span{Style: th.Text, Text: kit.Count(b.copies)})
	if n := b.kinds[string(nsctl.EventResync)]; n > 0 {
		p.Field("resyncs", kit.Span{Style: th.Warn, Text: kit.Count(n)}, kit.Span{Style: th.Dim, Text: ": not all of it could be looked at; what is mounted now is right"})
	}
}
