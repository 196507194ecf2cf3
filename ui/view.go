package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// View implements tea.Model.
func (m *model) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "mntscope " + nsctl.Printable(m.host.Snapshot().Host.Name)}
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	switch {
	case m.layout.w == 0: // the size is not known yet
		return v
	case m.layout.tooSmall:
		v.SetContent(m.tooSmall())
		return v
	}
	lines := make([]string, 0, m.layout.h)
	lines = append(lines, m.title(), m.subtitle())
	lines = append(lines, m.screen().View()...)
	footer, cursor := m.footer()
	lines = append(lines, footer)
	if cursor >= 0 {
		v.Cursor = tea.NewCursor(cursor, m.layout.h-1)
	}
	content := strings.Join(lines, "\n")
	if m.overlay != nil {
		over, area, x, y := m.overlay.draw(m)
		content = m.lay(over, area, content)
		v.Cursor = nil
		if x >= 0 {
			v.Cursor = tea.NewCursor(x, y)
		}
	}
	v.SetContent(content)
	return v
}

// lay puts the lines of an overlay on the screen.
func (m *model) lay(over []string, area kit.Rect, screen string) string {
	cells := uv.NewScreenBuffer(m.layout.w, m.layout.h)
	cells.Method = m.theme.Measure
	uv.NewStyledString(screen).Draw(cells, cells.Bounds())
	uv.NewStyledString(strings.Join(over, "\n")).Draw(cells, uv.Rect(area.X, area.Y, area.W, area.H))
	return cells.Render()
}

func (m *model) tooSmall() string {
	text := []string{
		fmt.Sprintf("This terminal is %d x %d.", m.layout.w, m.layout.h),
		fmt.Sprintf("mntscope needs %d x %d.", minWidth, minHeight),
		"Make it larger; q quits.",
	}
	for i := range text {
		text[i], _ = m.theme.Cut(text[i], m.layout.w)
	}
	return strings.Join(text[:min(len(text), m.layout.h)], "\n")
}

// footer is the last line: what is being typed, else what is to be said, else the
// hints; and the column of the text cursor, or -1.
func (m *model) footer() (line string, cursor int) {
	th := m.theme
	l := kit.NewLine(th, theme.Plain, m.layout.w)
	switch {
	case m.filter != nil:
		l.Add(th.Key, " / ")
		cursor = m.filter.Draw(l, th.Text)
		if m.filter.Value() == "" {
			l.Add(th.Faint, m.filterExample())
		}
		return l.String(), cursor
	case m.note != "":
		return l.Add(th.Warn, " "+th.Glyphs.Arrow+" ").Add(th.Text, m.note).String(), -1
	case m.followErr != nil:
		return l.Add(th.Bad, " "+nsctl.Printable(m.followErr.Error())).String(), -1
	}
	if q := m.screen().Filter(); q.Active() && m.overlay == nil {
		l.Add(th.Key, " / ").Add(th.Match, kit.Typed(q.Text)).Add(th.Dim, m.filterKeys())
		return l.String(), -1
	}
	l.Add(th.Text, " ")
	hints := m.hints()
	if m.overlay != nil {
		_, hints = m.overlayHints()
	}
	for _, h := range hints {
		key, text := th.Key, th.Dim
		if h.dim {
			key, text = th.Faint, th.Faint
		}
		l.Add(key, h.key).Add(th.Text, " ").Add(text, h.text).Add(th.Text, "  ")
	}
	return l.String(), -1
}

// filterKeys are the keys that count while there is a filter.
func (m *model) filterKeys() string {
	if m.current == action.Sandboxes { // where n makes one
		return "  esc clears  "
	}
	return "  n N move, esc clears  "
}

// filterExample is what can be typed as a filter.
func (m *model) filterExample() string {
	switch m.current {
	case action.Sandboxes:
		return " name, state, propagation, root, .."
	case action.Events:
		return " path, ns:web, kind:mount, by:mount, pid:4711, shared:5, .."
	}
	return " path, filesystem, source, shared:5, slave, hidden, .."
}

// hint is an action in the footer.
type hint struct {
	span
	key, text string
	keep, dim bool
}

func (h *hint) width() int { return len(h.key) + 1 + len(h.text) }

// between is the room between two hints.
const between = 2

// hints are the actions in the footer, and where they are.
func (m *model) hints() []hint {
	var list []hint
	need := 1 - between
	for _, a := range m.registry.In(m.current) {
		if a.Hint == "" {
			continue
		}
		h := hint{span: span{id: a.ID}, key: action.KeyName(a.Keys[0]), text: a.Hint, keep: a.Keep, dim: a.Reason(m) != ""}
		list = append(list, h)
		need += h.width() + between
	}
	list = makeRoom(list, need-m.layout.w)
	x := 1
	for i := range list {
		list[i].from, list[i].to = x, x+list[i].width()
		x = list[i].to + between
	}
	return list
}

// makeRoom drops hints until there is room for the others: first those that are to be
// kept only while the action can be done, then the last of those that need not be kept.
func makeRoom(list []hint, missing int) []hint {
	for _, mayGo := range []func(hint) bool{
		func(h hint) bool { return h.keep && h.dim },
		func(h hint) bool { return !h.keep },
	} {
		for i := len(list) - 1; i >= 0 && missing > 0; i-- {
			if mayGo(list[i]) {
				missing -= list[i].width() + between
				list = slices.Delete(list, i, i+1)
			}
		}
	}
	return list
}

// target is the action that a click at a cell of header or footer means.
func (m *model) target(x, y int) (id string, ok bool) {
	var spans []span
	switch {
	case y == 0:
		spans = m.layout.tabSpans()
		text, _ := m.state()
		if gaps := m.theme.Width(m.gapText()); gaps > 0 {
			from := m.layout.w - 1 - m.theme.Width(text) - gaps
			spans = append(spans, span{from, from + gaps - 2, "gaps"})
		}
	case y == m.layout.h-1 && m.filter == nil && !m.screen().Filter().Active():
		for _, h := range m.hints() {
			spans = append(spans, h.span)
		}
	}
	for _, s := range spans {
		if x >= s.from && x < s.to {
			return s.id, true
		}
	}
	return "", false
}
