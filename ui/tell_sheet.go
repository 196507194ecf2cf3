package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/kit"
)

// tellSheet is the overlay for something that has to be said at length.
type tellSheet struct {
	pageSheet
	say func(p *kit.Page)
}

func (s *tellSheet) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	if s.Key(k) {
		m.overlay = nil
	}
	return nil
}

func (s *tellSheet) click(m *model, x, y int) tea.Cmd { return clickOn(m, s, x, y) }

func (s *tellSheet) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	return s.page(m, s.say)
}
