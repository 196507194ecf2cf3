package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// viewComparison draws two namespaces side by side, row for row.
func (s *Mounts) viewComparison() []string {
	a := s.listArea
	left := kit.Rect{X: a.X, Y: a.Y, W: a.W / 2, H: a.H}
	right := kit.Rect{X: a.X + a.W/2, Y: a.Y, W: a.W - a.W/2, H: a.H}
	note := s.differenceNote()
	lines := kit.Beside(
		kit.Box{Title: s.nsTitle(s.ns), Focused: !s.onDetail}.Draw(s.theme, left, func(y int) string {
			return s.pairRow(y, left.W-2, false)
		}),
		kit.Box{Title: s.nsTitle(s.compare.other), Note: note, Focused: !s.onDetail, Scroll: &s.list, ScrollFrom: 1}.Draw(s.theme, right, func(y int) string {
			return s.pairRow(y, right.W-2, true)
		}))
	return s.join(lines, s.drawDetail("Difference"))
}

func (s *Mounts) differenceNote() string {
	n := 0
	for _, p := range s.compare.all {
		if p.differs != 0 {
			n++
		}
	}
	return kit.Plural(n, "difference", "differences")
}

func (s *Mounts) pairRow(y, width int, right bool) string {
	th := s.theme
	i := s.list.Top() + y - 1
	line := kit.NewLine(th, theme.Plain, width)
	rows := s.compare.rows
	switch {
	case y == 0:
		line.To(2).Add(th.Faint, "MOUNT POINT")
		if fs := fsWidth(width); fs > 0 {
			line.To(width-s.stateWidth-fs).Add(th.Faint, "FSTYPE")
		}
		return line.To(width-s.stateWidth).Add(th.Faint, "PROPAGATION").String()
	case len(rows) == 0:
		if y == 1 && !right {
			line.Add(th.Faint, "  "+s.whyNoPairs())
		}
		return line.String()
	case i >= len(rows):
		return line.String()
	}
	ground, mark := s.ground(i)
	line = kit.NewLine(th, ground, width)
	at, ns, style := rows[i].left, s.compare.of.left, th.Accent
	if right {
		at, ns = rows[i].right, s.compare.of.right
		mark, style = s.differenceMark(rows[i].differs)
		mark += " "
	}
	if at < 0 {
		return line.Add(style, mark).String()
	}
	r := graph.Ref{NS: ns, Mount: int(at)}
	light := s.mountLight(r)
	s.drawStart(line, style, mark, r, light)
	s.drawSide(line, r, rows[i].differs, width, light)
	return line.String()
}

func (s *Mounts) whyNoPairs() string {
	switch {
	case s.compare.of.host == nil:
		return "lining up"
	case s.query.Active():
		return "nothing matches; esc takes the filter away"
	}
	return "no differences"
}

// fsWidth is the width of the column of filesystems; 0 where there is no room for it.
func fsWidth(width int) int {
	if width < 50 {
		return 0
	}
	return 10
}

// drawSide draws one side of a row: what differs is coloured, what is the same
// stays in the background.
func (s *Mounts) drawSide(line *kit.Line, r graph.Ref, d difference, width int, l light) {
	th := s.theme
	m := s.host.Shown(r)
	state, fs := s.stateWidth, fsWidth(width)
	path := th.Dim
	switch {
	case d&onlyLeft != 0:
		path = th.OnlyHere
	case d&onlyRight != 0:
		path = th.OnlyThere
	case d&(differsFilesystem|differsOptions) != 0:
		path = th.Differ
	}
	if mark, ok := s.host.Mark(r); ok {
		s.drawMark(line, mark.kind())
	} else {
		line.Cell(th.Text, "", s.gutter())
	}
	line.Marked(s.lighten(path, l), fitPath(th, nsctl.Printable(m.Mountpoint), max(line.Left()-state-fs-1, 1)), s.query.Mark())
	line.To(width - state - fs)
	if fs > 0 {
		line.Cell(path, nsctl.Printable(m.FSType), fs-1)
	}
	line.To(width - state)
	s.drawState(line, r, state, d&(differsPropagation|onlyLeft|onlyRight) == 0)
}

// differenceMark is the mark between the two sides, as sdiff(1) has it.
func (s *Mounts) differenceMark(d difference) (string, theme.Style) {
	switch {
	case d&onlyLeft != 0:
		return "<", s.theme.OnlyHere
	case d&onlyRight != 0:
		return ">", s.theme.OnlyThere
	case d != 0:
		return s.theme.Glyphs.Differs, s.theme.Differ
	}
	return "=", s.theme.Faint
}
