package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// StepTakenMsg brings what a step did; or several, the last of which may have failed.
type StepTakenMsg struct {
	of    sandbox.Info
	taken []*sandbox.Taken
	all   bool
	err   error
}

// whyNoStep is why no step can be taken.
func (m *model) whyNoStep() string {
	if why := m.whyNoLiving(); why != "" {
		return why
	}
	i, _ := m.sandboxes.Selected()
	steps, _ := m.sandboxes.Steps()
	switch {
	case i.Root == "":
		return "the sandbox has the host's tree: there is no other root to go to; choose one when you make it"
	case len(steps) == 0:
		return "its keeper has not told the steps yet"
	case m.boxes.taking[i.Name]:
		return "a step is being taken"
	}
	return ""
}

func (m *model) whyNoNextStep() string {
	if why := m.whyNoStep(); why != "" {
		return why
	}
	if m.sandboxes.NextStep() == nil {
		return "all steps have been taken"
	}
	return ""
}

// takeStep gives the command that takes a step of the selected sandbox, or all that are left.
func (m *model) takeStep(name string, all bool) tea.Cmd {
	i, _ := m.sandboxes.Selected()
	steps, _ := m.sandboxes.Steps()
	names := []string{name}
	if all {
		names = nil
		for j := range steps {
			if !steps[j].Taken {
				names = append(names, steps[j].Name)
			}
		}
	}
	m.boxes.taking[i.Name] = true
	ctx, take := m.ctx, m.options.Workshop.Step
	msg := StepTakenMsg{of: *i, all: all}
	return func() tea.Msg {
		for _, step := range names {
			taken, err := take(ctx, msg.of.Name, step)
			if taken != nil {
				msg.taken = append(msg.taken, taken)
			}
			if msg.err = err; err != nil || !taken.OK {
				break
			}
		}
		return msg
	}
}

// nextStep takes the next step.
func (m *model) nextStep() tea.Cmd {
	return m.takeStep(m.sandboxes.NextStep().Name, false)
}

// stepTaken shows what a step did. Of several, only one that failed.
func (m *model) stepTaken(msg StepTakenMsg) tea.Cmd {
	delete(m.boxes.taking, msg.of.Name)
	for _, t := range msg.taken {
		m.sandboxes.Took(&msg.of, t)
	}
	next := m.listSteps(msg.of)
	switch n := len(msg.taken); {
	case msg.err != nil:
		m.note = errorText(msg.err)
	case n == 0:
		m.note = errorText(errors.New("no step was left"))
	case msg.all && msg.taken[n-1].OK:
		m.note = "took " + kit.Plural(n, "step", "steps") + "; ! opens a shell in " + named(msg.of.Name)
	case m.overlay == nil:
		m.showStep(&msg.of, msg.taken[n-1])
	default:
		if s, ok := m.overlay.(*stepSheet); ok && s.of == msg.of.Name {
			m.showStep(&msg.of, msg.taken[n-1])
		}
	}
	return next
}

// chooseStep lists the steps, to take any of them, or to see again what one did.
func (m *model) chooseStep() {
	i, _ := m.sandboxes.Selected()
	of := *i
	steps, took := m.sandboxes.Steps()
	choices := make([]kit.Choice, 0, len(steps)+1)
	selected := len(steps)
	for j := range steps {
		step := &steps[j]
		c := kit.Choice{Label: nsctl.Printable(step.Title), Note: nsctl.Printable(step.Command), Detail: step.Why}
		if step.Taken {
			c.Label = m.theme.Glyphs.Done + " " + c.Label
		} else {
			c.Label = "  " + c.Label
			selected = min(selected, j)
		}
		choices = append(choices, c)
	}
	m.showChooser(kit.NewChooser("Take a step of "+named(of.Name)+", also out of order", "type to search; enter takes it, or shows what it did", choices, selected), func(m *model, j int) tea.Cmd {
		if t := took[steps[j].Name]; t != nil && steps[j].Taken {
			m.showStep(&of, t)
			return nil
		}
		if now, _ := m.sandboxes.Selected(); now == nil || now.Name != of.Name {
			m.note = "the sandbox " + named(of.Name) + " is gone"
			return nil
		}
		if why := m.whyNoStep(); why != "" {
			m.note = why
			return nil
		}
		return m.takeStep(steps[j].Name, false)
	})
}

// stepSheet is the overlay with what a step did.
type stepSheet struct {
	pageSheet
	of    string
	taken *sandbox.Taken
	at, n int // which step it is, of how many
}

func (m *model) showStep(i *sandbox.Info, t *sandbox.Taken) {
	s := &stepSheet{of: i.Name, taken: t}
	steps, _ := m.sandboxes.Steps()
	s.n = len(steps)
	for j := range steps {
		if steps[j].Name == t.Name {
			s.at = j + 1
		}
	}
	s.Title = "Step in " + named(i.Name)
	if s.at > 0 {
		s.Title = "Step " + kit.Count(s.at) + " of " + kit.Count(s.n) + " in " + named(i.Name)
	}
	m.overlay = s
}

func (s *stepSheet) keys(m *model) []overlayKey {
	if i, _ := m.sandboxes.Selected(); i == nil || i.Name != s.of || m.sandboxes.NextStep() == nil {
		return []overlayKey{escKey("leaves")}
	}
	return []overlayKey{letterKey('s', "takes the next"), escKey("leaves")}
}

func (s *stepSheet) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch {
	case k.String() == "s":
		if i, _ := m.sandboxes.Selected(); i == nil || i.Name != s.of {
			m.overlay = nil
			return nil
		}
		if why := m.whyNoNextStep(); why != "" {
			m.overlay, m.note = nil, why
			return nil
		}
		return m.nextStep()
	case s.Key(k):
		m.overlay = nil
	}
	return nil
}

func (s *stepSheet) click(m *model, x, y int) tea.Cmd { return clickOn(m, s, x, y) }

func (s *stepSheet) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	return s.page(m, s.say)
}

func (s *stepSheet) say(p *kit.Page) {
	th, t := p.Theme, s.taken
	sign, style := th.Glyphs.Done, th.Good
	if !t.OK {
		sign, style = th.Glyphs.CutOff, th.Bad
	}
	p.Item(0, kit.Span{Style: style, Text: sign}, kit.Span{Style: th.Strong, Text: t.Title})
	p.Text(2, kit.Span{Style: th.Key, Text: nsctl.Printable(t.Command)})
	p.Text(2, kit.Span{Style: th.Dim, Text: t.Why})
	if !t.OK {
		p.Gap()
		p.Text(2, screen.Refusal(p, t)...)
	}
	screen.DescribeTrees(p, t)
}
