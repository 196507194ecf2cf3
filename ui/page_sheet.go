package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// pageSheet is what overlays have in common that show lines of text, and no more. It is about
// what was when it was asked for, so it stays as it is while the host changes.
type pageSheet struct {
	kit.Sheet

	lines []string // made once for a width and a theme
	width int
	theme *theme.Theme
}

func (s *pageSheet) paste(*model, string) tea.Cmd { return nil }
func (s *pageSheet) wheel(rows int)               { s.Wheel(rows) }
func (s *pageSheet) refresh(*model) tea.Cmd       { return nil }

// page lays out what say writes.
func (s *pageSheet) page(m *model, say func(p *kit.Page)) (lines []string, area kit.Rect, x, y int) {
	if width := s.Width(m.layout.w); s.lines == nil || s.width != width || s.theme != m.theme {
		p := &kit.Page{Theme: m.theme, Ground: theme.Raised, Width: width}
		say(p)
		s.lines, s.width, s.theme = p.Lines, width, m.theme
	}
	area = s.Area(m.layout.w, m.layout.h, len(s.lines))
	return s.Draw(m.theme, area, s.lines), area, -1, -1
}

// clickOn takes an overlay away if the click is beside it.
func clickOn(m *model, s overlay, x, y int) tea.Cmd {
	if _, area, _, _ := s.draw(m); !area.Contains(x, y) {
		m.overlay = nil
	}
	return nil
}
