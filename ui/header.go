package ui

import (
	"fmt"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// span is a part of header or footer that a click acts on.
type span struct {
	from, to int
	id       string
}

// tab is the name of a screen in the first line, and the action that shows it.
type tab struct {
	scope           action.Scope
	id, text, short string
}

var tabs = []tab{
	{action.Namespaces, "namespaces", "1 Namespaces", "1 NS"},
	{action.Mounts, "mounts", "2 Mounts", "2 Mounts"},
	{action.Peers, "peers", "3 Peers", "3 Peers"},
	{action.Events, "events", "4 Events", "4 Events"},
	{action.Sandboxes, "sandboxes", "5 Sandboxes", "5 Boxes"},
}

// name is what the tab is called where there is room for it.
func (t tab) name(l layout) string {
	if l.narrow() {
		return t.short
	}
	return t.text
}

// roomForBrand is the width from which the first line has room for the name of the program.
const roomForBrand = 90

// brand is the name of the program, where there is room for it.
func (l layout) brand() string {
	if l.w < roomForBrand {
		return " "
	}
	return " mntscope "
}

// tabSpans is where the tabs are in the first line.
func (l layout) tabSpans() []span {
	var spans []span
	x := len(l.brand())
	for _, t := range tabs {
		end := x + len(t.name(l)) + 2
		spans = append(spans, span{x, end, t.id})
		x = end
	}
	return spans
}

// title is the first line: the screens, and how the reading goes.
func (m *model) title() string {
	th := m.theme
	l := kit.NewLine(th, theme.Plain, m.layout.w).Add(th.Brand, m.layout.brand())
	for _, t := range tabs {
		style := th.Tab
		if t.scope == m.current {
			style = th.TabActive
		}
		l.Add(th.Text, " ").Add(style, t.name(m.layout)).Add(th.Text, " ")
	}
	text, style := m.state()
	gaps := m.gapText()
	l.To(m.layout.w - th.Width(text) - th.Width(gaps) - 1)
	return l.Add(th.Warn, gaps).Add(style, text).String()
}

// roomForReading is the width from which the first line has room for more than numbers.
const roomForReading = 104

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
		if m.layout.w < roomForReading {
			return fmt.Sprintf("%s %d/%d", g.Live, m.host.Read, m.host.Total), th.Warn
		}
		return fmt.Sprintf("%s reading %s of %s", g.Live, kit.Count(m.host.Read), kit.Count(m.host.Total)), th.Warn
	case m.player != nil && m.player.playing:
		return g.Now + " replay", th.Good
	case m.player != nil:
		return g.Stopped + " replay", th.Accent
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

// subtitle is the second line: the host, and where it is read from. Fields that there
// is no room for are left out whole.
func (m *model) subtitle() string {
	switch {
	case m.asked != nil:
		return m.askedLine()
	case m.what != nil:
		return m.whatIfLine()
	case m.marked.Len() > 0:
		return m.markedLine()
	}
	th := m.theme
	room := m.layout.w - 2
	source := m.sourceText(room / 2)
	if m.player != nil {
		source = m.replayLine(room * 2 / 3)
	}
	room -= th.Width(source)
	if source != "" {
		room--
	}
	l := kit.NewLine(th, theme.Plain, m.layout.w)
	l.Cell(th.Dim, " "+m.hostText(room), room+1).To(m.layout.w - 1 - th.Width(source))
	return l.Add(th.Accent, source).String()
}

// hostText names the host and what is on it.
func (m *model) hostText(room int) string {
	host := m.host.Snapshot().Host
	name, kernel, namespaces, mounts := nsctl.Printable(host.Name), "", "", ""
	if host.Kernel != "" {
		kernel = "Linux " + nsctl.Printable(host.Kernel)
	}
	if m.host.Total > 0 {
		namespaces, mounts = kit.Plural(m.host.Len(), "namespace", "namespaces"), kit.Plural(m.host.MountCount(), "mount", "mounts")
	}
	return m.firstThatFits(room, ", ",
		[]string{name, kernel, namespaces, mounts}, []string{name, namespaces, mounts},
		[]string{name, namespaces}, []string{name}, []string{namespaces})
}

// sourceText names the snapshot that is shown, and what cannot be done.
func (m *model) sourceText(room int) string {
	label, date, access := nsctl.Printable(m.options.Label), "", ""
	if taken := m.host.Snapshot().Taken; label != "" && !taken.IsZero() {
		date = taken.Local().Format("of 2006-01-02 15:04")
	}
	if m.options.ReadOnly {
		access = "read-only"
	}
	short := label
	if label != "" {
		short = m.theme.FitLeft(label, max(room-len(" ")-len(access), 0))
	}
	return m.firstThatFits(room, " ", []string{label, date, access}, []string{label, access}, []string{short, access})
}

// firstThatFits joins the fields of the first choice that there is room for; fields
// may be empty.
func (m *model) firstThatFits(room int, separator string, choices ...[]string) string {
	for _, fields := range choices {
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == "" })
		if text := strings.Join(fields, separator); m.theme.Width(text) <= room {
			return text
		}
	}
	return ""
}
