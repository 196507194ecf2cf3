package kit

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Sheet is the overlay for a text that is only read.
type Sheet struct {
	Title, Note string
	list        List
}

// Key scrolls, and reports whether the key leaves the sheet.
func (s *Sheet) Key(k tea.KeyPressMsg) (closed bool) {
	half := max(s.list.Height()/2, 1)
	switch k.String() {
	case "esc", "enter", "q":
		return true
	case "up", "k":
		s.list.Scroll(-1)
	case "down", "j":
		s.list.Scroll(1)
	case "pgup", "ctrl+u":
		s.list.Scroll(-half)
	case "pgdown", "ctrl+d", "space":
		s.list.Scroll(half)
	case "home", "g":
		s.list.Scroll(-s.list.Len())
	case "end", "G":
		s.list.Scroll(s.list.Len())
	}
	return false
}

// Wheel scrolls.
func (s *Sheet) Wheel(rows int) { s.list.Scroll(rows) }

// Width is how wide the lines of the text are on a screen of w cells.
func (s *Sheet) Width(w int) int { return max(min(w-4, 100)-4, 1) }

// Area is where the sheet stands on a screen of w by h cells, for a text of some lines.
func (s *Sheet) Area(w, h, lines int) Rect {
	width := s.Width(w) + 4
	height := max(min(lines+2, h-2), 3)
	s.list.Resize(height - 2)
	s.list.SetLen(lines)
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

// Draw draws the text into the area that [Sheet.Area] gave.
func (s *Sheet) Draw(th *theme.Theme, area Rect, text []string) []string {
	box := Box{Title: s.Title, Note: s.Note, Focused: true, Ground: theme.Raised, Scroll: &s.list}
	blank := NewLine(th, theme.Raised, 1).String()
	return box.Draw(th, area, func(y int) string {
		if i := s.list.Top() + y; i < len(text) {
			return blank + text[i] + blank
		}
		return NewLine(th, theme.Raised, area.W-2).String()
	})
}
