package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Picker is the overlay for rows of which one is selected, with the page about it below them.
type Picker struct {
	Title, Note string
	// Room is the most rows that are shown at once; 0 for no limit but the screen.
	Room int
	// Small lets it be no higher than it ever had to be since it was opened.
	Small      bool
	needed     int // the most lines that it had to show
	list, page List
}

// SetLen says how many rows there are.
func (p *Picker) SetLen(n int) { p.list.SetLen(n) }

// Selected is the selected row.
func (p *Picker) Selected() int { return p.list.Cursor() }

// Select selects a row.
func (p *Picker) Select(i int) {
	p.list.Select(i)
	p.page.Select(0)
}

// Key handles a key, and reports whether another row is selected now. Enter and escape are
// the caller's.
func (p *Picker) Key(k tea.KeyPressMsg) (moved bool) {
	was := p.list.Cursor()
	switch k.String() {
	case "up", "k", "ctrl+p", "shift+tab":
		p.Select(was - 1)
	case "down", "j", "ctrl+n", "tab":
		p.Select(was + 1)
	case "home", "g":
		p.Select(0)
	case "end", "G":
		p.Select(p.list.Len() - 1)
	case "pgup", "ctrl+u":
		p.page.Scroll(-max(p.page.Height()/2, 1))
	case "pgdown", "ctrl+d":
		p.page.Scroll(max(p.page.Height()/2, 1))
	}
	return p.list.Cursor() != was
}

// Wheel scrolls the page.
func (p *Picker) Wheel(rows int) { p.page.Scroll(rows) }

// Click handles a click at a cell of area, which [Picker.Area] gave: on a row it selects that,
// outside it closes.
func (p *Picker) Click(area Rect, x, y int) (moved, closed bool) {
	row := y - area.Y - 1
	switch {
	case !area.Contains(x, y):
		return false, true
	case row < 0 || row >= p.list.Height() || p.list.Top()+row >= p.list.Len():
		return false, false
	}
	was := p.list.Cursor()
	p.Select(p.list.Top() + row)
	return p.list.Cursor() != was, false
}

const pickerFrame = 3 // both borders, the rule

// Area is where the picker stands on a screen of w by h cells.
func (p *Picker) Area(w, h int) Rect {
	width := min(w-4, 110)
	height := min(h-2, max(h*4/5, 18))
	top := max((h-height)/3, 1) // where it stays as it grows
	if p.Small {
		height = min(height, max(p.needed, 12))
	}
	inside := height - pickerFrame
	rows := min(p.list.Len(), max(inside/2, 4))
	if p.Room > 0 {
		rows = min(rows, p.Room)
	}
	p.list.Resize(rows)
	p.page.Resize(inside - rows)
	return Rect{(w - width) / 2, top, width, height}
}

// Need makes room for a page of some lines, and gives the area that [Picker.Area] gives from
// then on.
func (p *Picker) Need(w, h, lines int) Rect {
	p.needed = max(p.needed, pickerFrame+p.list.Len()+lines)
	return p.Area(w, h)
}

// TextWidth is how wide the lines are that [Picker.Draw] takes.
func (p *Picker) TextWidth(area Rect) int { return max(area.W-4, 1) }

// Draw draws the picker into an area, with the lines of the page. row fills the line of a row,
// in front of which the cursor stands.
func (p *Picker) Draw(th *theme.Theme, area Rect, said []string, row func(i int, l *Line)) []string {
	p.page.SetLen(len(said))
	box := Box{Title: p.Title, Note: p.Note, Focused: true, Ground: theme.Raised, Scroll: &p.page, ScrollFrom: p.list.Height() + 1}
	width := area.W - 2
	return box.Draw(th, area, func(y int) string {
		at := y - p.list.Height() - 1
		switch {
		case y < p.list.Height():
			i := p.list.Top() + y
			ground, mark := theme.Raised, "   "
			if i == p.list.Cursor() {
				ground, mark = theme.RaisedCursor, " "+th.Glyphs.Cursor+" "
			}
			line := NewLine(th, ground, width).Add(th.Accent, mark)
			row(i, line)
			return line.String()
		case at < 0:
			return NewLine(th, theme.Raised, width).Add(th.Border, strings.Repeat(th.Glyphs.Top, width)).String()
		case p.page.Top()+at < len(said):
			blank := NewLine(th, theme.Raised, 1).String()
			return blank + said[p.page.Top()+at] + blank
		}
		return NewLine(th, theme.Raised, width).String()
	})
}
