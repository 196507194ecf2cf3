package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// goOn does what was shown: at once if only sandboxes of the user's are concerned, else after
// a question, and what would be a disaster after its name was typed: each of them.
func (s *proposing) goOn(m *model) tea.Cmd {
	switch {
	case s.doing || s.is == nil || s.is.blocked() != nil:
		return nil
	case len(s.is.gist()) == 0:
		m.overlay, m.note = nil, "nothing would change: nothing was done"
		return nil
	}
	if dangers := s.is.dangers(); len(dangers) > 0 {
		s.insist(m, dangers)
		return nil
	}
	if !m.asks(s.is) {
		return s.do(m)
	}
	c := &confirming{do: s.do}
	c.Title = s.Title
	c.text = func(p *kit.Page) { s.sayQuestion(m, p) }
	m.overlay = c
	return nil
}

// insist wants the names of dangers to be typed, one after the other.
func (s *proposing) insist(m *model, dangers []change.Danger) {
	danger := dangers[0]
	m.overlay = &insisting{
		TypeOut: kit.TypeOut{Title: s.Title, Words: []string{danger.Name, nsctl.Printable(danger.Name)}},
		text: func(p *kit.Page) {
			s.sayQuestion(m, p)
			p.Text(0, kit.Span{Style: p.Theme.Bad, Text: p.Theme.Glyphs.Warning + " danger: "}, kit.Span{Style: p.Theme.Text, Text: nsctl.Printable(danger.Why) + "."})
			p.Text(0, kit.Span{Style: p.Theme.Text, Text: "To do it all the same, type "}, kit.Span{Style: p.Theme.Strong, Text: nsctl.Printable(danger.Name)}, kit.Span{Style: p.Theme.Text, Text: " and enter; esc leaves."})
			if more := len(dangers) - 1; more > 0 {
				p.Text(0, kit.Span{Style: p.Theme.Dim, Text: "After that " + kit.Plural(more, "more danger is", "more dangers are") + " to be agreed to."})
			}
		},
		do: func(m *model) tea.Cmd {
			if len(dangers) == 1 {
				return s.do(m)
			}
			s.insist(m, dangers[1:])
			return nil
		},
	}
}

// asks reports whether something is asked about: all that is not the matter of the user's
// sandboxes only.
func (m *model) asks(is proposal) bool {
	h, spaces := is.touched()
	for _, ns := range spaces {
		if !m.ownSandbox(h, ns) {
			return true
		}
	}
	return false
}

// ownSandbox reports whether a namespace is that of one of the user's sandboxes.
func (m *model) ownSandbox(h *screen.Host, ns int) bool {
	at := m.host.FindNS(screen.KeyOf(&h.Namespace(ns).NamespaceInfo))
	if at < 0 {
		return false
	}
	_, own := m.sandboxes.Named(at)
	return own
}

// sayQuestion asks, with the number of namespaces in which something would change.
func (s *proposing) sayQuestion(m *model, p *kit.Page) {
	th := p.Theme
	for i, command := range s.is.commands() {
		if i == mostCommands {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(s.is.commands())-i) + " more"})
			break
		}
		sayCommand(p, command)
	}
	p.Text(0, kit.Span{Style: th.Strong, Text: s.is.counts().String()})
	h, spaces := s.is.touched()
	if len(spaces) == 0 {
		p.Text(0, kit.Span{Style: th.Text, Text: "Do it?"})
		return
	}
	p.Text(0, kit.Span{Style: th.Text, Text: "This changes " + m.spaceName(h, spaces[0]) + others(len(spaces)-1) + ". Do it?"})
}

// mostCommands is how many commands a question repeats.
const mostCommands = 5

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " and 1 other"
	}
	return " and " + kit.Count(n) + " others"
}

// spaceName names a namespace in a sentence.
func (m *model) spaceName(h *screen.Host, ns int) string {
	n := h.Namespace(ns)
	switch {
	case m.ownSandbox(h, ns):
		return "the sandbox " + h.Name(ns)
	case n.Kind == nsctl.KindInitial:
		return "the host's own namespace " + h.Name(ns)
	}
	return "the namespace " + h.Name(ns)
}

// do gives the command that does it. The overlay stays until that is done.
func (s *proposing) do(m *model) tea.Cmd {
	s.doing, s.lines, m.overlay, m.doing = true, nil, s, true
	ctx, c, is := m.ctx, m.options.Changer, s.is
	return func() tea.Msg { return DoneMsg{s, is.apply(ctx, c)} }
}

// insisting is the overlay for what must be agreed to by its name.
type insisting struct {
	kit.TypeOut
	text func(p *kit.Page)
	do   func(m *model) tea.Cmd
}

func (i *insisting) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch answered, yes := i.Key(k); {
	case yes:
		return i.do(m)
	case answered:
		m.overlay, m.note = nil, "nothing was done"
	}
	return nil
}

func (i *insisting) keys(*model) []overlayKey {
	return []overlayKey{enterKey("does it, once it is typed"), escKey("leaves")}
}

// paste does nothing: it is to be typed.
func (i *insisting) paste(*model, string) tea.Cmd { return nil }

func (i *insisting) click(m *model, x, y int) tea.Cmd {
	if _, area, _, _ := i.draw(m); !area.Contains(x, y) {
		m.overlay, m.note = nil, "nothing was done"
	}
	return nil
}

func (i *insisting) wheel(rows int)         { i.Wheel(rows) }
func (i *insisting) refresh(*model) tea.Cmd { return nil }

func (i *insisting) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	p := i.Page(m.theme, m.layout.w)
	i.text(p)
	area = i.Area(m.layout.w, m.layout.h, len(p.Lines))
	lines, x, y = i.Draw(m.theme, area, p.Lines)
	return lines, area, x, y
}
