package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// logging is the overlay with every operation in the journal, the newest first.
type logging struct {
	kit.Picker
	entries []change.Entry
	host    *screen.Host
}

// LoggedMsg brings the operations in the journal, the oldest first.
type LoggedMsg struct {
	entries []change.Entry
	err     error
}

// whyNoLog is why there is no log.
func (m *model) whyNoLog() string {
	switch {
	case m.player != nil:
		return "a recording is shown: screen 4 lists what happened"
	case m.options.History == nil && !m.options.Live:
		return "a saved snapshot is shown, not this host"
	case m.options.History == nil:
		return "this explorer keeps no journal"
	}
	return ""
}

// openLog gives the command that reads the journal.
func (m *model) openLog() tea.Cmd {
	read := m.options.History
	m.note = "reading the journal"
	return func() tea.Msg {
		entries, err := read()
		return LoggedMsg{entries, err}
	}
}

// logged lists what is in the journal.
func (m *model) logged(msg LoggedMsg) {
	m.note = ""
	switch {
	case msg.err != nil:
		m.note = errorText(msg.err)
		return
	case m.overlay != nil:
		return
	case len(msg.entries) == 0:
		m.note = "the journal is empty: nothing was changed yet"
		return
	}
	l := &logging{host: m.live}
	l.Title = "Log of " + kit.Plural(len(msg.entries), "operation", "operations")
	for i := range msg.entries {
		l.entries = append(l.entries, msg.entries[len(msg.entries)-1-i])
	}
	l.SetLen(len(l.entries))
	m.overlay = l
}

func (l *logging) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc", "q":
		m.overlay = nil
	case "y", "enter":
		return m.copyCommands([]string{l.command(&l.entries[l.Selected()])})
	default:
		l.Key(k)
	}
	return nil
}

// command is an operation as a command for a shell on the host, as far as its namespace is
// there still.
func (l *logging) command(e *change.Entry) string {
	op, err := nsctl.ParseOpLine(e.Op)
	if err != nil {
		return nsctl.Printable(e.Op)
	}
	if ns, there := e.In(l.host.Snapshot()); there {
		if command := commandFor(l.host, ns, op); command != "" {
			return command
		}
	}
	return nsctl.SafeShellLine(op.Args())
}

func (l *logging) space(e *change.Entry) string {
	if ns, there := e.In(l.host.Snapshot()); there {
		return l.host.Label(ns) + " " + e.NS.String()
	}
	return e.NS.String() + ", which is gone"
}

func (l *logging) keys(*model) []overlayKey {
	return []overlayKey{letterKey('y', "copies"), escKey("leaves")}
}

func (l *logging) paste(*model, string) tea.Cmd { return nil }

func (l *logging) click(m *model, x, y int) tea.Cmd {
	if _, closed := l.Click(l.Area(m.layout.w, m.layout.h), x, y); closed {
		m.overlay = nil
	}
	return nil
}

func (l *logging) wheel(rows int) { l.Wheel(rows) }

// refresh lets namespaces that are gone be said to be.
func (l *logging) refresh(m *model) tea.Cmd {
	l.host = m.live
	return nil
}

func (l *logging) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	area = l.Area(m.layout.w, m.layout.h)
	p := &kit.Page{Theme: m.theme, Ground: theme.Raised, Width: l.TextWidth(area)}
	l.say(p, &l.entries[l.Selected()])
	return l.Draw(m.theme, area, p.Lines, func(i int, line *kit.Line) { l.row(m.theme, &l.entries[i], line) }), area, -1, -1
}

// row is an operation with its time and what became of it.
func (l *logging) row(th *theme.Theme, e *change.Entry, line *kit.Line) {
	sign, style := stateLook(th, e.State)
	line.Add(style, sign+" ").Add(th.Dim, e.Time.Local().Format("01-02 15:04:05")+"  ")
	state := string(e.State)
	switch {
	case e.Undoes != 0:
		state = "takes back " + kit.Count(int(e.Undoes))
	case e.With != 0:
		state += ", with " + kit.Count(int(e.With))
	}
	room := max(line.Left()-th.Width(state)-2, 1)
	line.Cell(th.Text, nsctl.Printable(e.Op), room).Add(th.Text, " ").Add(th.Dim, state)
}

func stateLook(th *theme.Theme, s change.EntryState) (sign string, style theme.Style) {
	switch s {
	case change.EntryDone:
		return th.Glyphs.Done, th.Good
	case change.EntryFailed:
		return th.Glyphs.CutOff, th.Bad
	case change.EntryInterrupted:
		return th.Glyphs.Warning, th.Warn
	}
	return strings.Repeat(" ", th.Width(th.Glyphs.Done)), th.Dim
}

// say tells more of an operation.
func (l *logging) say(p *kit.Page, e *change.Entry) {
	th := p.Theme
	sayCommand(p, l.command(e))
	p.Field("operation", kit.Span{Style: th.Text, Text: kit.Count(int(e.Seq)) + ", " + string(e.State)})
	if e.Undoes != 0 {
		p.Field("takes back", kit.Span{Style: th.Text, Text: "operation " + kit.Count(int(e.Undoes))})
	}
	if e.With != 0 {
		p.Field("with", kit.Span{Style: th.Text, Text: "operation " + kit.Count(int(e.With)) + ": they were done together, and are taken back together"})
	}
	p.Field("time", kit.Span{Style: th.Text, Text: e.Time.Local().Format("2006-01-02 15:04:05")})
	p.Field("namespace", kit.Span{Style: th.Text, Text: l.space(e)})
	if e.State == change.EntryDone || e.State == change.EntryUndone {
		p.Field("changed", kit.Span{Style: th.Text, Text: kit.Plural(e.Changes, "mount", "mounts")})
	}
	if e.Error != "" {
		p.Field("error", kit.Span{Style: th.Bad, Text: kit.Typed(e.Error)})
	}
}
