package kit

import (
	"strings"

	"mntscope/ui/theme"
)

// Box draws a border around rows, with a title and a note in its upper edge.
type Box struct {
	Title, Note string
	Focused     bool
	Ground      theme.Ground
	Scroll      *List // draws a scroll bar for it in the right edge; may be nil
	ScrollFrom  int   // the row of the box where the list begins
}

// Draw gives r.H lines of r.W cells. row draws the line y inside the border and
// must be r.W-2 cells wide.
func (b Box) Draw(th *theme.Theme, r Rect, row func(y int) string) []string {
	if r.W < 2 || r.H < 2 {
		return Blank(r)
	}
	border, title := th.Border, th.Dim
	if b.Focused {
		border, title = th.BorderFocus, th.Title
	}
	g := th.Glyphs
	side := NewLine(th, b.Ground, 1).Add(border, g.Side).String()
	thumb := NewLine(th, b.Ground, 1).Add(border, g.ScrollBar).String()
	from, to := 0, 0
	if b.Scroll != nil {
		from, to = b.Scroll.Thumb()
	}

	lines := make([]string, 0, r.H)
	lines = append(lines, b.top(th, r.W, border, title))
	for y := range r.H - 2 {
		right := side
		if at := y - b.ScrollFrom; at >= from && at < to {
			right = thumb
		}
		lines = append(lines, side+row(y)+right)
	}
	bottom := g.BottomLeft + strings.Repeat(g.Top, r.W-2) + g.BottomRight
	return append(lines, NewLine(th, b.Ground, r.W).Add(border, bottom).String())
}

func (b Box) top(th *theme.Theme, width int, border, title theme.Style) string {
	g := th.Glyphs
	l := NewLine(th, b.Ground, width).Add(border, g.TopLeft+g.Top)
	note := ""
	if b.Note != "" && th.Width(b.Title)+th.Width(b.Note)+10 <= width {
		note = " " + b.Note + " "
	}
	room := width - 5 - th.Width(note)
	if b.Title != "" && room > 2 {
		text, _ := th.Fit(b.Title, room-2)
		l.Add(title, " "+text+" ")
	}
	l.Add(border, strings.Repeat(g.Top, max(l.Left()-2-th.Width(note), 0)))
	l.Add(th.Dim, note)
	return l.Add(border, g.Top+g.TopRight).String()
}

// Blank gives empty lines.
func Blank(r Rect) []string {
	lines := make([]string, max(r.H, 0))
	for i := range lines {
		lines[i] = strings.Repeat(" ", max(r.W, 0))
	}
	return lines
}

// Beside puts columns of lines of equal number next to each other.
func Beside(columns ...[]string) []string {
	lines := make([]string, len(columns[0]))
	for i := range lines {
		for _, c := range columns {
			lines[i] += c[i]
		}
	}
	return lines
}
