package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// end is the column where a column of the table ends.
func (s *Events) end(column int) int {
	end := 2
	for _, w := range s.widths[:column+1] {
		if w > 0 {
			end += w + 1
		}
	}
	return end - 1
}

// cell draws into a column and pads up to the next.
func (s *Events) cell(line *kit.Line, column int, style theme.Style, text string) {
	if s.widths[column] == 0 {
		return
	}
	line.Cell(style, text, s.end(column)-s.used(line)).To(s.end(column) + 1)
}

func (s *Events) used(line *kit.Line) int { return s.listArea.W - 2 - line.Left() }

func (s *Events) drawBurst(line *kit.Line, row eventRow) {
	th := s.theme
	s.cell(line, columnTime, th.Text, clock(row.of.time(), s.end(columnTime)-s.used(line)))
	line.Add(th.Strong, s.burstText(row))
}

func (s *Events) drawOperation(line *kit.Line, row eventRow) {
	th, o := s.theme, row.of
	e := o.event()
	s.cell(line, columnTime, th.Dim, clock(o.time(), s.end(columnTime)-s.used(line)))
	who, style := s.whoFits(o), th.Text
	if o.op == 0 || o.actor() == nil {
		style = th.Faint
	}
	if e.Kind == nsctl.EventResync {
		s.cell(line, columnWho, th.Warn, th.Glyphs.Warning+" resync")
		line.Cell(th.Warn, nsctl.Printable(e.Text), s.end(columnPath)-s.used(line)).To(s.end(columnPath) + 1)
		if n := o.copies(); n > 0 {
			s.cell(line, columnCopies, th.Dim, kit.Count(n))
		}
		return
	}
	s.cell(line, columnWho, style, who)
	s.drawWhat(line, e, o.verb())
	several := o.op == 0 && o.copies() > 0
	s.drawWhere(line, e, several, o)
	s.cell(line, columnCopies, th.Dim, s.copiesText(o))
}

// shortVerbs are for columns that have no room for the whole.
var shortVerbs = map[string]string{"new namespace": "new ns", "namespace gone": "ns gone"}

// drawWhat draws what happened to a mount: a verb, and the propagation type, or what
// became of it.
func (s *Events) drawWhat(line *kit.Line, e *happening, verb string) {
	th := s.theme
	end := s.end(columnWhat)
	_, style := e.mark().sign(th)
	room := end - s.used(line)
	if short, ok := shortVerbs[verb]; ok && len(verb) > room {
		verb = short
	}
	line.Cell(style, verb, min(th.Width(verb), room))
	if room = end - s.used(line); e.Mount == nil || room < 4 {
		line.To(end + 1)
		return
	}
	line.Add(th.Text, " ")
	if e.Kind == nsctl.EventPropagation && e.Was != nil && room > 8 {
		drawChange(line, th, e.Was.Propagation, e.Mount.Propagation, end-s.used(line))
	} else if e.Kind == nsctl.EventRemount && e.Was != nil {
		line.Cell(th.Text, optionChange(th, e, end-s.used(line)), end-s.used(line))
	} else if e.Kind != nsctl.EventUmount {
		t := e.Mount.Propagation.Type()
		text := badge(th, t)
		if whole := text + " " + notation(e.Mount.Propagation); th.Width(whole) < room {
			text = whole
		}
		line.Cell(th.Propagation[t], text, end-s.used(line))
	}
	line.To(end + 1)
}

// drawWhere draws namespace and path, or how many of both there are.
func (s *Events) drawWhere(line *kit.Line, e *happening, several bool, o *operation) {
	th := s.theme
	name, path := e.label, ""
	switch {
	case several:
		path = kit.Count(len(o.list)) + " changes"
		if n := len(o.spread()); n > 1 {
			name = kit.Plural(n, "namespace", "namespaces")
		}
	case e.Mount != nil:
		path = nsctl.Printable(e.Mount.Mountpoint)
		if e.Kind == nsctl.EventMove && e.Was != nil && e.Was.Mountpoint != "" && e.Was.Mountpoint != e.Mount.Mountpoint {
			path = nsctl.Printable(e.Was.Mountpoint) + " " + th.Glyphs.Arrow + " " + path
		}
	case e.Kind == nsctl.EventNamespaceCreated:
		path = kit.Plural(e.mounts, "mount", "mounts")
	}
	s.drawPlace(line, name, path)
}

func (s *Events) drawPlace(line *kit.Line, name, path string) {
	th := s.theme
	if inner, ok := strings.CutPrefix(name, "mnt:["); ok && th.Width(name) > s.widths[columnNS] {
		name = th.FitLeft(strings.TrimSuffix(inner, "]"), s.widths[columnNS])
	}
	s.cell(line, columnNS, th.Accent, name)
	end := s.end(columnPath)
	text := fitPath(th, path, end-s.used(line))
	line.Marked(th.Text, text, s.match.mark()).To(end + 1)
}

func (s *Events) drawEvent(line *kit.Line, row eventRow) {
	th := s.theme
	e := &row.of.list[row.at]
	sign, style := e.mark().sign(th)
	s.cell(line, columnTime, style, sign)
	how := s.how(row.of, int(row.at))
	if _, short, ok := strings.Cut(how, " "); ok && e.Via != nil && th.Width(how) > s.widths[columnWho] {
		how = short
	}
	s.cell(line, columnWho, th.Dim, how)
	verb := ""
	if e.Kind != row.of.event().Kind || e.Kind == nsctl.EventNamespaceCreated || e.Kind == nsctl.EventNamespaceGone {
		verb = verbOf(e.Kind)
	}
	s.drawChild(line, e, verb)
	s.drawWhere(line, e, false, row.of)
}

// drawChild is drawWhat for a row that need not say again what was done.
func (s *Events) drawChild(line *kit.Line, e *happening, verb string) {
	if verb != "" || e.Mount == nil {
		s.drawWhat(line, e, verb)
		return
	}
	th, end := s.theme, s.end(columnWhat)
	if e.Kind == nsctl.EventPropagation && e.Was != nil {
		drawChange(line, th, e.Was.Propagation, e.Mount.Propagation, end-s.used(line))
	} else if e.Kind == nsctl.EventRemount && e.Was != nil {
		line.Cell(th.Text, optionChange(th, e, end-s.used(line)), end-s.used(line))
	} else {
		t := e.Mount.Propagation.Type()
		text := badge(th, t) + " "
		line.Cell(th.Propagation[t], text, min(th.Width(text), end-s.used(line)))
		line.Cell(th.Propagation[t], shortNotation(e.Mount.Propagation, end-s.used(line)), end-s.used(line))
	}
	line.To(end + 1)
}

func (s *Events) drawMissed(line *kit.Line, row eventRow) {
	th := s.theme
	n := &row.of.missed.list[row.at]
	sign, style := missed.sign(th)
	s.cell(line, columnTime, style, sign)
	s.cell(line, columnWho, th.Faint, "not reached")
	why := strings.ReplaceAll(string(n.Reason), "-", " ")
	if n.Reason == nsctl.NotReachedRoot && len(why) > s.widths[columnWhat] {
		why = "other root"
	}
	s.cell(line, columnWhat, th.Dim, why)
	s.drawPlace(line, row.of.missed.labels[row.at], nsctl.Printable(n.Mountpoint))
}
