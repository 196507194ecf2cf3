package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

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
		area := m.overlay.Area(m.layout.w, m.layout.h)
		over, x, y := m.overlay.Draw(m.theme, area)
		content = lipgloss.NewCompositor(
			lipgloss.NewLayer(content),
			lipgloss.NewLayer(strings.Join(over, "\n")).X(area.X).Y(area.Y).Z(1),
		).Render()
		v.Cursor = tea.NewCursor(x, y)
	}
	v.SetContent(content)
	return v
}

func (m *model) tooSmall() string {
	text := []string{
		fmt.Sprintf("This terminal is %d x %d.", m.layout.w, m.layout.h),
		fmt.Sprintf("mntscope needs %d x %d.", minWidth, minHeight),
		"Make it larger; q quits.",
	}
	for i := range text {
		text[i], _ = kit.Fit(text[i], m.layout.w, "")
	}
	return strings.Join(text[:min(len(text), m.layout.h)], "\n")
}

// span is a part of header or footer that a click acts on.
type span struct {
	from, to int
	id       string
}

// tabs are the screens, in order.
func tabs() []struct {
	scope action.Scope
	id    string
	text  string
} {
	return []struct {
		scope action.Scope
		id    string
		text  string
	}{
		{action.Namespaces, "namespaces", "1 Namespaces"}, {action.Mounts, "mounts", "2 Mounts"}, {action.Peers, "peers", "3 Peers"},
	}
}

const brand = " mntscope "

// tabSpans is where the tabs are in the first line.
func tabSpans() []span {
	var spans []span
	x := len(brand)
	for _, t := range tabs() {
		spans = append(spans, span{x, x + len(t.text) + 2, t.id})
		x += len(t.text) + 2
	}
	return spans
}

// title is the first line: the screens, and how the reading goes.
func (m *model) title() string {
	th := m.theme
	l := kit.NewLine(th, theme.Plain, m.layout.w).Add(th.Brand, brand)
	for _, t := range tabs() {
		style := th.Tab
		if t.scope == m.current {
			style = th.TabActive
		}
		l.Add(th.Text, " ").Add(style, t.text).Add(th.Text, " ")
	}
	text, style := m.state()
	gaps := m.gapText()
	l.To(m.layout.w - kit.Width(text) - kit.Width(gaps) - 1)
	return l.Add(th.Warn, gaps).Add(style, text).String()
}

// state says whether what is shown is whole and up to date.
func (m *model) state() (string, theme.Style) {
	th := m.theme
	g := th.Glyphs
	switch {
	case m.followErr != nil:
		return g.Warning + " stopped", th.Bad
	case m.host.Total == 0:
		return g.Live + " reading", th.Warn
	case m.host.Read < m.host.Total:
		if m.layout.narrow() {
			return fmt.Sprintf("%s %d/%d", g.Live, m.host.Read, m.host.Total), th.Warn
		}
		return fmt.Sprintf("%s reading %s of %s", g.Live, kit.Count(m.host.Read), kit.Count(m.host.Total)), th.Warn
	case !m.options.Live:
		return g.Stopped + " snapshot", th.Accent
	case m.ended:
		return g.Stopped + " stopped", th.Warn
	}
	return g.Live + " live", th.Good
}

func (m *model) gapText() string {
	n := len(m.host.Snapshot().Gaps)
	switch {
	case n == 0:
		return ""
	case m.layout.narrow():
		return m.theme.Glyphs.Warning + " " + kit.Count(n) + " "
	}
	return m.theme.Glyphs.Warning + " " + kit.Plural(n, "gap", "gaps") + "  "
}

// subtitle is the second line: the host.
func (m *model) subtitle() string {
	th := m.theme
	s := m.host.Snapshot()
	var parts []string
	if s.Host.Name != "" {
		parts = append(parts, nsctl.Printable(s.Host.Name))
	}
	if s.Host.Kernel != "" {
		parts = append(parts, "Linux "+nsctl.Printable(s.Host.Kernel))
	}
	if m.host.Total > 0 {
		parts = append(parts, kit.Plural(m.host.Len(), "namespace", "namespaces"), kit.Plural(m.host.MountCount(), "mount", "mounts"))
	}
	right := ""
	if m.options.Label != "" {
		right = nsctl.Printable(m.options.Label)
		if !s.Taken.IsZero() {
			right += s.Taken.Format(" of 2006-01-02 15:04")
		}
	}
	if m.options.ReadOnly {
		right = strings.TrimSpace(right + " read-only")
	}
	l := kit.NewLine(th, theme.Plain, m.layout.w)
	room := m.layout.w - 2
	right = kit.FitLeft(right, room/2, th.Glyphs.Ellipsis)
	l.Cell(th.Dim, " "+strings.Join(parts, ", "), room-kit.Width(right)).To(m.layout.w - 1 - kit.Width(right))
	return l.Add(th.Accent, right).String()
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
			l.Add(th.Faint, " path, filesystem, source, shared:5, slave, hidden, ..")
		}
		return l.String(), cursor
	case m.note != "":
		return l.Add(th.Warn, " "+th.Glyphs.Arrow+" ").Add(th.Text, nsctl.Printable(m.note)).String(), -1
	case m.followErr != nil:
		return l.Add(th.Bad, " "+nsctl.Printable(m.followErr.Error())).String(), -1
	}
	if q := m.screen().Filter(); q.Active() {
		l.Add(th.Key, " / ").Add(th.Match, nsctl.Printable(q.Text)).Add(th.Dim, "  n N move, esc clears  ")
		return l.String(), -1
	}
	l.Add(th.Text, " ")
	for _, h := range m.hints() {
		key, text := th.Key, th.Dim
		if h.dim {
			key, text = th.Faint, th.Faint
		}
		l.Add(key, h.key).Add(th.Text, " ").Add(text, h.text).Add(th.Text, "  ")
	}
	return l.String(), -1
}

// hint is an action in the footer.
type hint struct {
	span
	key, text string
	dim       bool
}

// hints are the actions that fit in the footer.
func (m *model) hints() []hint {
	var list []hint
	x := 1
	for _, a := range m.registry.In(m.current) {
		if a.Hint == "" {
			continue
		}
		key := action.KeyName(a.Keys[0])
		end := x + len(key) + 1 + len(a.Hint)
		if end >= m.layout.w {
			break
		}
		list = append(list, hint{span{x, end, a.ID}, key, a.Hint, a.Reason(m) != ""})
		x = end + 2
	}
	return list
}

// target is the action that a click at a cell of header or footer means.
func (m *model) target(x, y int) (id string, ok bool) {
	var spans []span
	switch {
	case y == 0:
		spans = tabSpans()
		text, _ := m.state()
		if gaps := kit.Width(m.gapText()); gaps > 0 {
			from := m.layout.w - 1 - kit.Width(text) - gaps
			spans = append(spans, span{from, from + gaps - 2, "gaps"})
		}
	case y == m.layout.h-1 && m.filter == nil && m.note == "" && !m.screen().Filter().Active():
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
