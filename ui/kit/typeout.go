package kit

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// TypeOut is the overlay that wants a word to be typed before something is done that must not
// be done in passing.
type TypeOut struct {
	Title string
	// Words are the ways to write the word.
	Words []string
	input Input
	wrong bool
	list  List
}

// Key handles a key, and reports whether that answers, and how.
func (t *TypeOut) Key(k tea.KeyPressMsg) (answered, yes bool) {
	switch k.String() {
	case "esc":
		return true, false
	case "enter":
		yes = slices.Contains(t.Words, t.input.Value())
		t.wrong = !yes
		return yes, yes
	case "pgup", "up":
		t.list.Scroll(-1)
	case "pgdown", "down":
		t.list.Scroll(1)
	default:
		if t.input.Key(k) {
			t.wrong = false
		}
	}
	return false, false
}

// Wheel scrolls the text.
func (t *TypeOut) Wheel(rows int) { t.list.Scroll(rows) }

const typeOutFrame = 4 // both borders, a gap, the line

// Page begins the text on a screen of w cells.
func (t *TypeOut) Page(th *theme.Theme, w int) *Page {
	return &Page{Theme: th, Ground: theme.Raised, Width: max(min(w-4, 76)-4, 1)}
}

// Area is where it stands on a screen of w by h cells, for a text of some lines.
func (t *TypeOut) Area(w, h, lines int) Rect {
	width := min(w-4, 76)
	height := min(lines+typeOutFrame, h-2)
	t.list.Resize(height - typeOutFrame)
	t.list.SetLen(lines)
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

// Draw draws it into the area that [TypeOut.Area] gave, and gives the place of the text cursor.
func (t *TypeOut) Draw(th *theme.Theme, area Rect, text []string) (lines []string, x, y int) {
	box := Box{Title: t.Title, Focused: true, Ground: theme.Raised, Scroll: &t.list}
	blank := NewLine(th, theme.Raised, 1).String()
	lines = box.Draw(th, area, func(y int) string {
		switch i := t.list.Top() + y; {
		case y == area.H-3:
			line := NewLine(th, theme.Raised, area.W-2).Add(th.Accent, " "+th.Glyphs.Cursor+" ")
			x = t.input.Draw(line, th.Text)
			if t.wrong {
				line.Add(th.Bad, "  that is not it")
			}
			return line.String()
		case y < t.list.Height() && i < len(text):
			return blank + text[i] + blank
		}
		return NewLine(th, theme.Raised, area.W-2).String()
	})
	return lines, area.X + 1 + x, area.Y + area.H - 2
}
