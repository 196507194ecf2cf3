package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Choice is a row of a [Chooser]. Its texts must have gone through nsctl.Printable.
type Choice struct {
	Label string
	Note  string // at the right side
	// Detail is shown below the list while the choice is selected.
	Detail string
	// Why is the reason why the choice cannot be made now; empty if it can.
	Why string
}

// Chooser is the one overlay: a list to choose from, narrowed by typing. Help, the
// palette, pickers, menus and the list of gaps are choosers.
type Chooser struct {
	Title string
	// Typing is what the filter line says before something is typed.
	Typing  string
	choices []Choice
	input   Input
	shown   []int // indices into choices
	list    List
}

// NewChooser makes a chooser with one of the choices selected.
func NewChooser(title, typing string, choices []Choice, selected int) *Chooser {
	c := &Chooser{Title: title, Typing: typing, choices: choices}
	c.narrow()
	c.list.Select(selected)
	return c
}

// Selected is the index of the selected choice; false if none is left.
func (c *Chooser) Selected() (int, bool) {
	if len(c.shown) == 0 {
		return 0, false
	}
	return c.shown[c.list.Cursor()], true
}

// SetWhy says anew, by index, why choices cannot be made now.
func (c *Chooser) SetWhy(why func(i int) string) {
	for i := range c.choices {
		c.choices[i].Why = why(i)
	}
}

// Outcome says what a key did to a chooser.
type Outcome uint8

// The outcomes.
const (
	Open   Outcome = iota // it goes on
	Closed                // it was left
	Chosen                // Selected was chosen
)

// Key handles a key.
func (c *Chooser) Key(k tea.KeyPressMsg) Outcome {
	switch k.String() {
	case "esc":
		if c.input.Value() == "" {
			return Closed
		}
		c.input.Set("")
		c.narrow()
	case "enter":
		return c.choose()
	case "up", "ctrl+p", "shift+tab":
		c.list.Move(-1)
	case "down", "ctrl+n", "tab":
		c.list.Move(1)
	case "ctrl+u", "pgup":
		c.list.Page(-1)
	case "ctrl+d", "pgdown":
		c.list.Page(1)
	case "home":
		c.list.Select(0)
	case "end":
		c.list.Select(c.list.Len())
	default:
		if c.input.Key(k) {
			c.narrow()
		}
	}
	return Open
}

// Paste types text into the filter.
func (c *Chooser) Paste(text string) {
	c.input.Insert(text)
	c.narrow()
}

// Wheel scrolls the list.
func (c *Chooser) Wheel(rows int) { c.list.Scroll(rows) }

// Click handles a click at a cell of area, which [Chooser.Area] gave.
func (c *Chooser) Click(area Rect, x, y int) Outcome {
	if !area.Contains(x, y) {
		return Closed
	}
	row := y - area.Y - listFrom
	if row < 0 || row >= c.list.Height() || c.list.Top()+row >= c.list.Len() {
		return Open
	}
	c.list.Select(c.list.Top() + row)
	return c.choose()
}

func (c *Chooser) choose() Outcome {
	if i, ok := c.Selected(); ok && c.choices[i].Why == "" {
		return Chosen
	}
	return Open
}

func (c *Chooser) narrow() {
	words := strings.Fields(strings.ToLower(c.input.Value()))
	c.shown = c.shown[:0]
	for i, ch := range c.choices {
		if ch.matches(words) {
			c.shown = append(c.shown, i)
		}
	}
	c.list.SetLen(len(c.shown))
	c.list.Select(0)
}

func (ch Choice) matches(words []string) bool {
	for _, w := range words {
		if IndexFold(ch.Label, w) < 0 && IndexFold(ch.Note, w) < 0 && IndexFold(ch.Detail, w) < 0 {
			return false
		}
	}
	return true
}

const (
	listFrom    = 2 // border and filter line
	detailLines = 3
)

// Area is where the chooser stands on a screen of w by h cells. It keeps its size
// while it is narrowed.
func (c *Chooser) Area(w, h int) Rect {
	width := min(w-4, 92)
	height := min(len(c.choices)+listFrom+1+c.detailRows(), h-2, max(h*3/4, 18))
	c.list.Resize(height - listFrom - 1 - c.detailRows())
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

func (c *Chooser) detailRows() int {
	for _, ch := range c.choices {
		if ch.Detail != "" || ch.Why != "" {
			return detailLines + 1
		}
	}
	return 0
}

// Draw draws the chooser into an area, and gives the place of the text cursor.
func (c *Chooser) Draw(th *theme.Theme, area Rect) (lines []string, x, y int) {
	box := Box{Title: c.Title, Note: Count(len(c.shown)), Focused: true, Ground: theme.Raised, Scroll: &c.list, ScrollFrom: listFrom - 1}
	width := area.W - 2
	detail := c.detail(th, width)
	lines = box.Draw(th, area, func(row int) string {
		switch {
		case row == 0:
			line := NewLine(th, theme.Raised, width).Add(th.Accent, " "+th.Glyphs.Cursor+" ")
			x = c.input.Draw(line, th.Text)
			if c.input.Value() == "" {
				line.Add(th.Faint, c.Typing)
			}
			return line.String()
		case row-1 < c.list.Height():
			return c.row(th, c.list.Top()+row-1, width)
		case row-1 == c.list.Height():
			return NewLine(th, theme.Raised, width).Add(th.Border, strings.Repeat(th.Glyphs.Top, width)).String()
		}
		if i := row - 2 - c.list.Height(); i < len(detail) {
			return detail[i]
		}
		return NewLine(th, theme.Raised, width).String()
	})
	return lines, area.X + 1 + x, area.Y + 1
}

func (c *Chooser) row(th *theme.Theme, i, width int) string {
	if i >= len(c.shown) {
		line := NewLine(th, theme.Raised, width)
		if i == 0 {
			line.Add(th.Faint, "   nothing matches; esc takes the filter away")
		}
		return line.String()
	}
	ch, ground, mark := c.choices[c.shown[i]], theme.Raised, "   "
	if i == c.list.Cursor() {
		ground, mark = theme.RaisedCursor, " "+th.Glyphs.Cursor+" "
	}
	label := th.Text
	if ch.Why != "" {
		label = th.Faint
	}
	note := min(th.Width(ch.Note), width/2)
	return NewLine(th, ground, width).Add(th.Accent, mark).
		Cell(label, ch.Label, c.labelRoom(th, ch, width)).Add(th.Text, " ").
		Right(th.Dim, ch.Note, note).String()
}

// labelRoom is how wide a label may be beside its note.
func (c *Chooser) labelRoom(th *theme.Theme, ch Choice, width int) int {
	return width - min(th.Width(ch.Note), width/2) - 5
}

func (c *Chooser) detail(th *theme.Theme, width int) []string {
	i, ok := c.Selected()
	if !ok {
		return nil
	}
	page := Page{Theme: th, Ground: theme.Raised, Width: width}
	if ch := c.choices[i]; ch.Why != "" {
		page.Text(1, Span{th.Warn, "not now: " + ch.Why})
	} else if ch.Detail != "" {
		page.Text(1, Span{th.Dim, ch.Detail})
	} else if th.Width(ch.Label) > c.labelRoom(th, ch, width) {
		page.Text(1, Span{th.Dim, ch.Label})
	}
	return page.Lines[:min(len(page.Lines), detailLines)]
}
