package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl/change"
	"mntscope/ui/action"
	"mntscope/ui/kit"
)

// onChanges are the actions that change mounts.
func onChanges() []act {
	return []act{
		{ID: "type", Title: "Change the propagation type of the mount, or of all that are marked, and of all below if wanted", Hint: "type", Keys: []string{"t"}, Scope: action.Mounts | action.Peers, Danger: true, Why: (*model).whyNoRetype, Run: func(m *model) tea.Cmd { return m.retype(m.toRetype()) }},
		{ID: "do it", Title: "While a what-if is shown: do it", Keys: []string{"A"}, Scope: action.Namespaces | action.Mounts | action.Peers, Danger: true, Why: (*model).whyNoWhatIfToDo, Run: (*model).doWhatIf},
	}
}

// afterChanges are about what was done.
func afterChanges() []act {
	all := action.Everywhere
	return []act{
		{ID: "undo", Title: "Take back the last operation that was done", Hint: "undo", Keys: []string{"u"}, Scope: all, Danger: true, Why: (*model).whyNoChange, Run: (*model).proposeUndo},
		{ID: "log", Title: "The log: every operation that was done, as a command", Keys: []string{"L"}, Scope: all, Why: (*model).whyNoLog, Run: (*model).openLog},
	}
}

func (m *model) whyNoWhatIfToDo() string {
	if why := m.whyNoChange(); why != "" {
		return why
	}
	switch {
	case m.what == nil:
		return "no what-if is shown: p asks one"
	case m.live.FindNS(m.what.ns) < 0:
		return "the namespace " + m.what.label + " is gone"
	case m.live.Namespace(m.live.FindNS(m.what.ns)).NS == 0:
		return "the number of the namespace may not be read: try as root"
	}
	return ""
}

// doWhatIf proposes what is only thought of.
func (m *model) doWhatIf() tea.Cmd {
	w := m.what
	ns := m.live.Namespace(m.live.FindNS(w.ns)).NS
	cmd := m.propose([]change.Request{{Op: w.op, NS: ns.String(), Cwd: "/"}}, "Do it, in "+w.label)
	if s, ok := m.overlay.(*proposing); ok {
		s.thought = true
	}
	return cmd
}

// RecoveredMsg says what became of operations that were interrupted.
type RecoveredMsg struct {
	said []string
	err  error
}

// recoverChanges gives the command that finds that out.
func (m *model) recoverChanges() tea.Cmd {
	c, ctx := m.options.Changer, m.ctx
	if c == nil {
		return nil
	}
	return func() tea.Msg {
		said, err := c.Recover(ctx)
		if len(said) == 0 && (err == nil || errors.Is(err, ctx.Err())) {
			return nil
		}
		return RecoveredMsg{said, err}
	}
}

// recovered tells of operations that were interrupted.
func (m *model) recovered(msg RecoveredMsg) {
	if msg.err != nil && len(msg.said) == 0 {
		m.note = errorText(msg.err)
		return
	}
	m.untold = &tellSheet{pageSheet: pageSheet{Sheet: kit.Sheet{Title: "Interrupted before"}}, say: func(p *kit.Page) {
		for _, sentence := range msg.said {
			p.Item(0, kit.Span{Style: p.Theme.Warn, Text: p.Theme.Glyphs.Warning}, kit.Span{Style: p.Theme.Text, Text: kit.Typed(sentence)})
		}
		if msg.err != nil {
			p.Text(0, kit.Span{Style: p.Theme.Bad, Text: errorText(msg.err)})
		}
	}}
}

// routeChanges routes what is about changing the host.
func (m *model) routeChanges(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ProposedMsg:
		return m.proposed(msg)
	case DoneMsg:
		return m.done(msg)
	case MissedMsg:
		return m.missed(msg)
	case RetypedMsg:
		return m.retyped(msg)
	case RecoveredMsg:
		m.recovered(msg)
	case LoggedMsg:
		m.logged(msg)
	}
	return nil
}
