package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// tellSheet is the overlay for something that has to be said at length.
type tellSheet struct {
	kit.Sheet
	say func(p *kit.Page)
}

func (s *tellSheet) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	if s.Key(k) {
		m.overlay = nil
	}
	return nil
}

func (s *tellSheet) paste(*model, string) tea.Cmd { return nil }

func (s *tellSheet) click(m *model, x, y int) tea.Cmd {
	if _, area, _, _ := s.draw(m); !area.Contains(x, y) {
		m.overlay = nil
	}
	return nil
}

func (s *tellSheet) wheel(rows int)         { s.Wheel(rows) }
func (s *tellSheet) refresh(*model) tea.Cmd { return nil }

func (s *tellSheet) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	p := &kit.Page{Theme: m.theme, Ground: theme.Raised, Width: s.Width(m.layout.w)}
	s.say(p)
	area = s.Area(m.layout.w, m.layout.h, len(p.Lines))
	return s.Draw(m.theme, area, p.Lines), area, -1, -1
}
