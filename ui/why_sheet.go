package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// whySheet is the overlay with an answer: the way, where it is cut, and what would mend
// it.
type whySheet struct {
	pageSheet
	why  *nsctl.Why
	host *screen.Host
}

func (s *whySheet) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "y" {
		return s.copy(m)
	}
	if s.Key(k) {
		m.overlay = nil
	}
	return nil
}

// copy copies the command that would mend it, and lets choose among several.
func (s *whySheet) copy(m *model) tea.Cmd {
	commands := s.commands()
	copyOne := func(m *model, i int) tea.Cmd {
		m.note = "copied the command, if the terminal allows it"
		return tea.SetClipboard(commands[i])
	}
	switch len(commands) {
	case 0:
		return nil
	case 1:
		m.overlay = nil
		return copyOne(m, 0)
	}
	choices := make([]kit.Choice, len(commands))
	for i, c := range commands {
		choices[i] = kit.Choice{Label: nsctl.Printable(c)}
	}
	m.showChooser(kit.NewChooser("Copy a step", "type to search; enter copies", choices, 0), copyOne)
	return nil
}

func (s *whySheet) click(m *model, x, y int) tea.Cmd { return clickOn(m, s, x, y) }

func (s *whySheet) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	return s.page(m, s.say)
}

// say writes the whole answer.
func (s *whySheet) say(p *kit.Page) {
	th, w := p.Theme, s.why
	sign, style := verdictLook(th, w.Verdict)
	p.Text(0, kit.Span{Style: style, Text: sign + " "}, kit.Span{Style: th.Strong, Text: w.Text})
	if len(w.At) > 0 {
		p.Heading("Where it appears")
	}
	for _, at := range w.At {
		hidden := ""
		if at.HiddenBy != 0 {
			hidden = "  " + th.Glyphs.Hidden + " hidden by mount " + screen.MountText(at.HiddenBy)
		}
		p.Text(2, kit.Span{Style: th.Text, Text: nsctl.Printable(at.Mountpoint)}, kit.Span{Style: th.Warn, Text: hidden})
	}
	s.sayWay(p)
	if len(w.Mend) > 0 {
		p.Heading("What would mend it")
	}
	for _, step := range w.Mend {
		command := step.Command
		if command == "" {
			command = step.Op
		}
		if command != "" {
			p.Text(2, kit.Span{Style: th.Key, Text: kit.Typed(command)})
		}
		p.Text(4, kit.Span{Style: th.Dim, Text: step.Text})
	}
	notes := w.Notes
	if w.OnTop != nil {
		notes = append([]string{w.OnTop.Text}, notes...)
	}
	if len(notes) > 0 {
		p.Heading("Besides")
	}
	for _, note := range notes {
		p.Text(2, kit.Span{Style: th.Text, Text: note})
	}
}

// sayWay shows the way hop by hop, with the cut where it is.
func (s *whySheet) sayWay(p *kit.Page) {
	th, w := p.Theme, s.why
	if len(w.Way) == 0 {
		if w.Cut != nil {
			s.sayCut(p)
		}
		return
	}
	p.Heading("The way")
	for i, hop := range w.Way {
		t := hop.Propagation.Type()
		state := kit.Span{Style: th.Propagation[t], Text: screen.State(th, hop.Propagation)}
		link, linkStyle := linkLook(th, hop.Link)
		if hop.Space < 0 {
			p.Text(2, kit.Span{Style: th.Dim, Text: link + " "}, kit.Span{Style: th.Faint, Text: "a group of which no mount is in sight  "}, state)
		} else {
			p.Text(2, kit.Span{Style: linkStyle, Text: link + " "}, kit.Span{Style: th.Accent, Text: s.host.Label(hop.Space) + " "},
				kit.Span{Style: th.Text, Text: nsctl.Printable(hop.Mountpoint) + "  "}, state)
		}
		if w.Cut != nil && w.Cut.Hop == i {
			s.sayCut(p)
		}
	}
}

func (s *whySheet) sayCut(p *kit.Page) {
	th, cut := p.Theme, s.why.Cut
	p.Text(2, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " cut: " + strings.ReplaceAll(string(cut.Kind), "-", " ")})
	p.Text(4, kit.Span{Style: th.Text, Text: cut.Text})
}

// verdictLook is the sign of a verdict, and its colour.
func verdictLook(th *theme.Theme, v nsctl.WhyVerdict) (string, theme.Style) {
	switch v {
	case nsctl.WhyAppears:
		return th.Glyphs.Both, th.Good
	case nsctl.WhyHidden, nsctl.WhyPart:
		return th.Glyphs.Hidden, th.Warn
	case nsctl.WhyUnsure:
		return "?", th.Warn
	}
	return th.Glyphs.CutOff, th.Bad
}

// linkLook is how a hop hangs together with the one before it.
func linkLook(th *theme.Theme, l nsctl.WhyLink) (string, theme.Style) {
	switch l {
	case nsctl.WhyFrom:
		return "from", th.Dim
	case nsctl.WhyPeer:
		return th.Glyphs.Both + " peer", th.Good
	case nsctl.WhySlave:
		return th.Glyphs.ToThere + " slave", th.Warn
	case nsctl.WhyGhost:
		return th.Glyphs.Ghost + " ghost", th.Dim
	}
	return th.Glyphs.CutOff + " beyond", th.Dim
}
