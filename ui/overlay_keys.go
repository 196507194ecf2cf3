package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
)

// keyed is an overlay that has the footer for its own keys, where a click does the same.
type keyed interface {
	// keys are what counts now, the most wanted first, each with what it does.
	keys(m *model) []overlayKey
}

// overlayKey is a key of an overlay, and what it does.
type overlayKey struct {
	press tea.Key
	does  string
}

// The keys that overlays share.
func enterKey(does string) overlayKey { return overlayKey{tea.Key{Code: tea.KeyEnter}, does} }
func spaceKey(does string) overlayKey {
	return overlayKey{tea.Key{Code: tea.KeySpace, Text: " "}, does}
}
func tabKey(does string) overlayKey { return overlayKey{tea.Key{Code: tea.KeyTab}, does} }
func escKey(does string) overlayKey { return overlayKey{tea.Key{Code: tea.KeyEscape}, does} }
func letterKey(letter rune, does string) overlayKey {
	return overlayKey{tea.Key{Code: letter, Text: string(letter)}, does}
}

// overlayHints are the keys of the overlay in front, and where in the footer they are. The keys
// of the screen do not count there.
func (m *model) overlayHints() (keys []overlayKey, hints []hint) {
	keys = []overlayKey{escKey("leaves")}
	if k, ok := m.overlay.(keyed); ok {
		keys = k.keys(m)
	}
	x := 1
	for i, k := range keys {
		h := hint{key: action.KeyName(k.press.String()), text: k.does}
		h.from, h.to = x, x+h.width()
		if h.to >= m.layout.w {
			return keys[:i], hints
		}
		x = h.to + between
		hints = append(hints, h)
	}
	return keys, hints
}

// clickHint presses the key of the overlay in front that is named at a cell of the footer. Any
// other cell is outside of the overlay.
func (m *model) clickHint(x, y int) tea.Cmd {
	keys, hints := m.overlayHints()
	for i, h := range hints {
		if x >= h.from && x < h.to {
			return m.overlay.key(m, tea.KeyPressMsg(keys[i].press))
		}
	}
	return m.overlay.click(m, x, y)
}
