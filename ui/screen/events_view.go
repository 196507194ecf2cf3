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
			return t.Local().Format(layout)
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
