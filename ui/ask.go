package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// asking is the overlay in which an operation is chosen or typed. What it would do is
// shown below it at once.
type asking struct {
	*kit.Prompt
	ops   []*nsctl.Op // of each suggestion; nil for the one that is typed
	ns    screen.NSKey
	label string

	seq     int    // grows with each change of the text
	wrong   string // why the text is no operation
	op      nsctl.Op
	base    *screen.Host // what the answer is about
	answer  *predict.Prediction
	failed  string // why there is no answer
	running bool   // a command is on its way
	enters  bool   // enter was pressed before the answer had come

	said saying
}

// saying are the lines about an answer, and what they were made of.
type saying struct {
	seq, width int
	base       *screen.Host
	theme      *theme.Theme
	lines      []string
}

// PredictedMsg brings the answer to what is being asked.
type PredictedMsg struct {
	of     *asking
	seq    int
	base   *screen.Host
	answer *predict.Prediction
	failed string
}

// whyNoWhatIf is why nothing can be asked about the selection.
func (m *model) whyNoWhatIf() string {
	if m.what != nil {
		return "" // asking again
	}
	r, ok := m.selectedMount()
	switch {
	case !ok:
		return "no mount is selected"
	case m.host.Mount(r).HiddenBy != 0:
		return "the mount is hidden: no path leads to it"
	}
	return ""
}

// askWhatIf opens the overlay: about the selected mount, or once more about what was
// asked.
func (m *model) askWhatIf() tea.Cmd {
	a := &asking{}
	var list []kit.Suggestion
	if m.what != nil {
		a.ns, a.label = m.what.ns, m.what.label
		list = a.suggest(list, "as it was asked", &m.what.op)
	} else {
		r, _ := m.selectedMount()
		a.ns, a.label = screen.KeyOf(&m.host.Namespace(r.NS).NamespaceInfo), m.host.Label(r.NS)
		for _, s := range operationsOn(m.host.Mount(r).Mountpoint) {
			list = a.suggest(list, s.label, &s.op)
		}
	}
	a.Prompt = kit.NewPrompt("What if, in "+a.label, list)
	m.overlay = a
	return a.ask(m)
}

func (a *asking) suggest(list []kit.Suggestion, label string, op *nsctl.Op) []kit.Suggestion {
	fill := op.String()
	if op.Kind != nsctl.OpUnshare && op.Target == "" { // the rest is for him to type
		fill = fill[:len(fill)-len("''")]
		op = nil
	}
	a.ops = append(a.ops, op)
	return append(list, kit.Suggestion{Label: label, Fill: fill})
}

// ask reads the text, and gives the command that works out what it would do. While one is
// on its way no other is sent: predicted sends the next.
func (a *asking) ask(m *model) tea.Cmd {
	a.seq++
	a.wrong, a.answer, a.failed, a.enters = "", nil, "", false
	if i, ok := a.Suggested(); ok && a.ops[i] != nil {
		a.op = *a.ops[i] // its paths may hold bytes that cannot be typed
	} else {
		var err error
		if a.op, err = nsctl.ParseOpLine(a.Value()); err != nil {
			a.wrong = err.Error()
			return nil
		}
	}
	return a.predict(m)
}

func (a *asking) predict(m *model) tea.Cmd {
	if a.running {
		return nil
	}
	a.running = true
	msg, op, key, label := PredictedMsg{of: a, seq: a.seq, base: m.live}, a.op, a.ns, a.label
	predictIn := m.predictor()
	return func() tea.Msg {
		ns := msg.base.FindNS(key)
		if ns < 0 {
			msg.failed = "the namespace " + label + " is gone"
			return msg
		}
		p, err := predictIn(msg.base, op, ns)
		if err != nil {
			msg.failed = err.Error()
		} else {
			msg.answer = p
		}
		return msg
	}
}

// predicted takes the answer to the command.
func (m *model) predicted(msg PredictedMsg) tea.Cmd {
	a := msg.of
	if m.overlay != overlay(a) {
		return nil // it was closed
	}
	a.running = false
	switch {
	case a.wrong != "":
		return nil
	case msg.seq != a.seq:
		return a.predict(m) // the text is another one by now
	}
	a.base, a.answer, a.failed = msg.base, msg.answer, msg.failed
	switch {
	case a.enters:
		return a.enter(m)
	case msg.base != m.live:
		return a.predict(m)
	}
	return nil
}

func (a *asking) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.overlay = nil
	case "enter":
		return a.enter(m)
	default:
		if a.Key(k) {
			return a.ask(m)
		}
	}
	return nil
}

// enter shows what the operation would do. Of one that would be refused there is nothing
// to show but the reason, which is in sight already.
func (a *asking) enter(m *model) tea.Cmd {
	switch {
	case a.wrong != "" || a.failed != "":
		return nil
	case a.answer == nil:
		a.enters = true
		return nil
	case !a.answer.OK:
		return nil
	}
	m.overlay = nil
	return m.enterWhatIf(a.op, a.ns, a.label)
}

func (a *asking) paste(m *model, text string) tea.Cmd {
	a.Paste(text)
	return a.ask(m)
}

func (a *asking) click(m *model, x, y int) tea.Cmd {
	changed, closed := a.Click(a.Area(m.layout.w, m.layout.h), x, y)
	switch {
	case closed:
		m.overlay = nil
	case changed:
		return a.ask(m)
	}
	return nil
}

func (a *asking) wheel(rows int) { a.Wheel(rows) }

// refresh asks about the host as it is now. What is said stays until the answer is there.
func (a *asking) refresh(m *model) tea.Cmd {
	if a.wrong != "" {
		return nil
	}
	return a.predict(m)
}
