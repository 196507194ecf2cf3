package screen

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

var eventColumns = []kit.Column{
	{Title: "TIME", Width: 10},
	{Title: "WHO", Width: 11, Grow: 1},
	{Title: "WHAT", Width: 12, Grow: 4},
	{Title: "NAMESPACE", Width: 9, Grow: 3},
	{Title: "PATH", Width: 10, Grow: 6},
	{Title: "COPIES", Width: 7, Grow: 1, Drop: 1},
}

// The columns.
const (
	columnTime = iota
	columnWho
	columnWhat
	columnNS
	columnPath
	columnCopies
)

// roomForMillis is the width from which times are shown with their milliseconds.
const roomForMillis = 90

func (s *Events) fit() {
	columns := append([]kit.Column(nil), eventColumns...)
	width := s.listArea.W - 2 - 2
	if width >= roomForMillis {
		columns[columnTime].Width = 14
	}
	s.widths = kit.FitColumns(columns, width)
}

// View implements Screen.
func (s *Events) View() []string {
	list := s.drawList(rows{
		title: s.title(), note: s.note(), count: len(s.rows),
		head: func() string { return s.heads(eventColumns, s.widths, 2) }, row: s.drawRow, none: s.whyNone(),
	})
	return s.join(list, s.drawDetail(s.detailTitle()))
}

// title says how much is shown, and what it was heard with.
func (s *Events) title() string {
	if s.frozen != nil {
		return s.theme.Glyphs.Stopped + " frozen, " + kit.Count(s.since()) + " more since"
	}
	if with := s.listensWith(); with != "" {
		return s.firstFit("Events, listening with "+with, "Events: "+with, with)
	}
	return "Events"
}

func (s *Events) firstFit(texts ...string) string {
	for _, text := range texts {
		if s.theme.Width(text)+s.theme.Width(s.note())+10 <= s.listArea.W {
			return text
		}
	}
	return texts[len(texts)-1]
}

// listensWith names the sources of the watch that hear something.
func (s *Events) listensWith() string {
	if s.record.ready == nil {
		return ""
	}
	var names []string
	for _, source := range s.record.ready.Sources {
		if source.Namespaces > 0 {
			names = append(names, nsctl.Printable(source.Name))
		}
	}
	return strings.Join(names, ", ")
}

// note is the position, and what is not shown any more.
func (s *Events) note() string {
	note := s.position()
	if s.follows() && len(s.rows) > 0 {
		note += ", following"
	}
	dropped := s.record.dropped
	if s.frozen != nil {
		dropped = s.frozen.dropped
	}
	if dropped > 0 {
		note = kit.Count(dropped) + " older dropped, " + note
	}
	return note
}

func (s *Events) whyNone() string {
	switch ready := s.record.ready; {
	case s.record.dropped > 0:
		return "everything that happened was too much to be kept"
	case ready == nil:
		return "nothing tells what happens on this host"
	default:
		return "nothing has happened since " + clock(ready.Time, 8)
	}
}

// clock gives a time of day in as many cells as there are: 17:03:22.123, 17:03:22, or only
// the seconds.
func clock(t time.Time, room int) string {
	for _, layout := range [...]string{"15:04:05.000", "15:04:05", "05.000", "05.0"} {
		if len(layout) <= room {
			return t.Format(layout)
		}
	}
	return ""
}

func (s *Events) drawRow(i int) string {
	th, g := s.theme, s.theme.Glyphs
	row := s.rows[i]
	ground, mark := s.ground(i)
	line := kit.NewLine(th, ground, s.listArea.W-2)
	if s.isNow(row) {
		line.Cell(th.Accent, mark, 1).Add(th.Light[1], g.Now)
	} else {
		line.Add(th.Accent, mark)
	}
	line.Add(th.Faint, s.lines(i))
	switch {
	case row.kids && row.open:
		line.Add(th.Faint, g.Open+" ")
	case row.kids:
		line.Add(th.Accent, g.Closed+" ")
	}
	switch row.kind {
	case rowBurst:
		s.drawBurst(line, row)
	case rowOperation:
		s.drawOperation(line, row)
	case rowEvent:
		s.drawEvent(line, row)
	case rowMissed:
		s.drawMissed(line, row)
	case rowNote:
		line.Add(th.Faint, s.missedNote(row.of))
	}
	if s.later(row) && ground == theme.Plain {
		return kit.NewLine(th, ground, s.listArea.W-2).Add(th.Faint, ansi.Strip(line.String())).String()
	}
	return line.String()
}

// lines gives the lines of the tree that lead to a row.
func (s *Events) lines(i int) string {
	g := s.theme.Glyphs
	text := ""
	for row := s.rows[i]; row.depth > 0; row = s.rows[row.parent] {
		switch here := row.key() == s.rows[i].key(); {
		case here && row.last:
			text = g.TreeLast + text
		case here:
			text = g.TreeBranch + text
		case row.last:
			text = g.TreeGap + text
		default:
			text = g.TreeLine + text
		}
	}
	return text
}

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
		s.cell(line, columnCopies, th.Dim, kit.Count(o.copies()))
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
