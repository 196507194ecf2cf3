package kit

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Confirm is the overlay that asks before something is done. At first No is selected, and no
// arrow key answers.
type Confirm struct {
	Title string
	yes   bool
	list  List
}

// Key handles a key, and reports whether that answers, and how.
func (c *Confirm) Key(k tea.KeyPressMsg) (answered, yes bool) {
	switch k.String() {
	case "y", "Y":
		return true, true
	case "n", "N", "esc", "q":
		return true, false
	case "enter":
		return true, c.yes
	case "left", "right", "tab", "shift+tab", "h", "l":
		c.yes = !c.yes
	case "up", "k":
		c.list.Scroll(-1)
	case "down", "j":
		c.list.Scroll(1)
	}
	return false, false
}

// Wheel scrolls the text.
func (c *Confirm) Wheel(rows int) { c.list.Scroll(rows) }

const (
	noLabel, yesLabel = "[ No ]", "[ Yes ]"
	confirmFrame      = 4 // both borders, a gap, the answers
)

// Click handles a click at a cell of area, which [Confirm.Area] gave. Outside it means No.
func (c *Confirm) Click(area Rect, x, y int) (answered, yes bool) {
	switch {
	case !area.Contains(x, y):
		return true, false
	case y != area.Y+area.H-2:
		return false, false
	}
	switch column := x - area.X - 1 - answersFrom; {
	case column >= 0 && column < len(noLabel):
		return true, false
	case column >= len(noLabel)+2 && column < len(noLabel)+2+len(yesLabel):
		return true, true
	}
	return false, false
}

const answersFrom = 3

// Width is how wide the lines of the text are on a screen of w cells.
func (c *Confirm) Width(w int) int { return max(min(w-4, 76)-4, 1) }

// Area is where the question stands on a screen of w by h cells, for a text of some lines.
func (c *Confirm) Area(w, h, lines int) Rect {
	width := c.Width(w) + 4
	height := min(lines+confirmFrame, h-2)
	c.list.Resize(height - confirmFrame)
	c.list.SetLen(lines)
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

// Draw draws the question into the area that [Confirm.Area] gave.
func (c *Confirm) Draw(th *theme.Theme, area Rect, text []string) []string {
	box := Box{Title: c.Title, Focused: true, Ground: theme.Raised, Scroll: &c.list}
	blank := NewLine(th, theme.Raised, 1).String()
	return box.Draw(th, area, func(y int) string {
		switch i := c.list.Top() + y; {
		case y == area.H-3:
			return c.answers(th, area.W-2)
		case y < c.list.Height() && i < len(text):
			return blank + text[i] + blank
		}
		return NewLine(th, theme.Raised, area.W-2).String()
	})
}

func (c *Confirm) answers(th *theme.Theme, width int) string {
	line := NewLine(th, theme.Raised, width)
	mark := func(selected bool) (string, theme.Style) {
		if selected {
			return th.Glyphs.Cursor, th.Strong
		}
		return " ", th.Dim
	}
	sign, style := mark(!c.yes)
	line.To(answersFrom-1).Add(th.Accent, sign).Add(style, noLabel)
	sign, style = mark(c.yes)
	line.To(answersFrom+len(noLabel)+1).Add(th.Accent, sign).Add(style, yesLabel)
	return line.String()
}
