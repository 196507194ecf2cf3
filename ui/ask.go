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
	ns    screen.NSKey
	label string
	// does says what enter does with an operation that can be done, and then does that. The
	// overlay is closed by then.
	does string
	then func(m *model, a *asking) tea.Cmd

	completing
	// unfinished are the suggestions that a path is to be typed behind.
	unfinished []string

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
	seq, completions int
	width            int
	base             *screen.Host
	theme            *theme.Theme
	lines            []string
}

// PredictedMsg brings the answer to what is being asked.
type PredictedMsg struct {
	of     *asking
	seq    int
	base   *screen.Host
	answer *predict.Prediction
	failed string
}

// ask opens the overlay, to ask about operations in a namespace. Each suggestion can be
// gone on with; the rest of one without a target is to be typed.
func (m *model) ask(a *asking, title string, list []suggestion) tea.Cmd {
	suggestions := make([]kit.Suggestion, len(list))
	for i, s := range list {
		suggestions[i] = kit.Suggestion{Label: s.label, Fill: s.fill()}
		if s.unfinished() {
			a.unfinished = append(a.unfinished, s.fill())
		}
	}
	a.Prompt = kit.NewPrompt(title+a.label, suggestions)
	m.overlay = a
	return a.ask(m)
}

// ask reads the text, and gives the command that works out what it would do. While one is
// on its way no other is sent: predicted sends the next.
func (a *asking) ask(m *model) tea.Cmd {
	a.seq++
	a.wrong, a.answer, a.failed, a.enters = "", nil, "", false
	var err error
	if a.op, err = nsctl.ParseOpLine(a.Value()); err != nil {
		a.wrong = err.Error()
		return nil
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

func (a *asking) keys(*model) []overlayKey {
	list := []overlayKey{tabKey("completes the path"), escKey("leaves")}
	if a.wrong == "" && a.failed == "" && (a.answer == nil || a.answer.OK) {
		list = append([]overlayKey{enterKey(a.does)}, list...)
	}
	return list
}

func (a *asking) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.overlay = nil
	case "enter":
		return a.enter(m)
	case "tab":
		return a.complete(m)
	default:
		if a.Key(k) {
			a.forget()
			return a.ask(m)
		}
	}
	return nil
}

// enter goes on with the operation. Of one that would be refused there is nothing to be had
// but the reason, which is in sight already.
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
	return a.then(m, a)
}

func (a *asking) paste(m *model, text string) tea.Cmd {
	a.Paste(text)
	a.forget()
	return a.ask(m)
}

func (a *asking) click(m *model, x, y int) tea.Cmd {
	changed, closed := a.Click(a.Area(m.layout.w, m.layout.h), x, y)
	switch {
	case closed:
		m.overlay = nil
	case changed:
		a.forget()
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
