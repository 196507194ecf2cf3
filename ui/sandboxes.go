package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// asked are the questions about sandboxes that are on their way.
type askedBoxes struct {
	list, again bool            // a list is on its way; another is wanted when it has come
	steps       map[string]bool // by name; so are the steps that are being taken
	taking      map[string]bool
	spaces      uint64 // of the namespaces at the time of the last question
	waiting     bool   // for one that is being made
}

// SandboxesListedMsg brings the sandboxes that there are.
type SandboxesListedMsg struct {
	list []sandbox.Info
	err  error
}

// StepsListedMsg brings the steps of a sandbox.
type StepsListedMsg struct {
	of    sandbox.Info
	steps []sandbox.Step
	err   error
}

// listAgainMsg says that it is time to look whether a sandbox has been finished.
type listAgainMsg struct{}

// listSandboxes gives the command that asks for the sandboxes. While one is on its way no
// other is sent: sandboxesListed sends the next.
func (m *model) listSandboxes() tea.Cmd {
	if m.options.Sandboxes == nil {
		return nil
	}
	if m.boxes.list {
		m.boxes.again = true
		return nil
	}
	m.boxes.list = true
	ctx, ask := m.ctx, m.options.Sandboxes.List
	return func() tea.Msg {
		list, err := ask(ctx)
		return SandboxesListedMsg{list, err}
	}
}

// followSandboxes asks again when namespaces have come or gone, and while they are looked at.
func (m *model) followSandboxes() tea.Cmd {
	seen := uint64(1)
	for i := range m.live.Len() {
		n := m.live.Namespace(i)
		seen = seen*31 + uint64(n.NS) + uint64(n.NSID)*7
	}
	if seen == m.boxes.spaces && m.current != action.Sandboxes {
		return nil
	}
	m.boxes.spaces = seen
	return m.listSandboxes()
}

func (m *model) sandboxesListed(msg SandboxesListedMsg) tea.Cmd {
	m.boxes.list = false
	failed := ""
	if msg.err != nil {
		failed = kit.Typed(msg.err.Error())
	}
	if note := m.sandboxes.Tell(msg.list, failed); note != "" && m.current == action.Sandboxes {
		m.note = note
	}
	if m.current == action.Sandboxes && failed != "" && len(msg.list) > 0 {
		m.note = failed
	}
	var next []tea.Cmd
	if m.boxes.again {
		m.boxes.again = false
		next = append(next, m.listSandboxes())
	}
	if m.sandboxes.Unfinished() && !m.boxes.waiting {
		m.boxes.waiting = true
		next = append(next, m.after(time.Second/2, listAgainMsg{}))
	}
	selected, _ := m.sandboxes.Selected()
	for _, i := range m.sandboxes.Running() {
		// Those of the selected one may have been taken from elsewhere.
		if i.Root != "" && (!m.sandboxes.KnowsSteps(&i) || selected != nil && selected.Name == i.Name) {
			next = append(next, m.listSteps(i))
		}
	}
	if m.overlay != nil {
		next = append(next, m.overlay.refresh(m))
	}
	return tea.Batch(next...)
}

// listSteps gives the command that asks for the steps of a sandbox, unless that was asked and
// its keeper takes its time.
func (m *model) listSteps(i sandbox.Info) tea.Cmd {
	if m.boxes.steps[i.Name] {
		return nil
	}
	m.boxes.steps[i.Name] = true
	ctx, ask := m.ctx, m.options.Sandboxes.Steps
	return func() tea.Msg {
		steps, err := ask(ctx, i.Name)
		return StepsListedMsg{i, steps, err}
	}
}

func (m *model) stepsListed(msg StepsListedMsg) {
	delete(m.boxes.steps, msg.of.Name)
	if msg.err == nil { // else it is ending, or the next list says that it has
		m.sandboxes.TellSteps(&msg.of, msg.steps)
	}
}

// showSandboxes brings their screen to the front.
func (m *model) showSandboxes() tea.Cmd {
	m.show(action.Sandboxes)
	return m.listSandboxes()
}

// whyNoSandbox is why nothing can be done with the selected sandbox.
func (m *model) whyNoSandbox() string {
	switch i, foreign := m.sandboxes.Selected(); {
	case i == nil:
		return "no sandbox is selected; n makes one"
	case foreign:
		return "it is not one of your sandboxes"
	}
	return ""
}

// whyNoLiving is why a sandbox cannot be asked for anything.
func (m *model) whyNoLiving() string {
	if why := m.whyNoSandbox(); why != "" {
		return why
	}
	switch i, _ := m.sandboxes.Selected(); {
	case i.State == sandbox.Stale:
		return "the keeper of the sandbox has ended; X removes what is left of it"
	case i.NS == 0:
		return "the sandbox is being made"
	}
	return ""
}

// openSandbox shows the mounts of the selected sandbox.
func (m *model) openSandbox() {
	if ns := m.sandboxes.Space(); ns >= 0 {
		m.mounts.Show(ns)
		m.open(action.Mounts)
	}
}

func (m *model) whyNotOpenSandbox() string {
	switch i, _ := m.sandboxes.Selected(); {
	case i == nil:
		return "no sandbox is selected; n makes one"
	case i.State == sandbox.Stale:
		return "its namespace has ended with its keeper"
	case m.sandboxes.Space() < 0:
		return "its namespace has not been read yet"
	}
	return ""
}

// outerSandboxes are those that another can be made in, by name.
func (m *model) outerSandboxes() []string {
	var names []string
	for _, i := range m.sandboxes.Running() {
		names = append(names, i.Name)
	}
	return names
}

// errorText makes an error fit to be shown.
func errorText(err error) string { return kit.Typed(err.Error()) }

// named is a sandbox's name, fit to be shown.
func named(names ...string) string {
	names = slices.Clone(names)
	for i := range names {
		names[i] = nsctl.Printable(names[i])
	}
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > 5:
		names = append(names[:4:4], kit.Count(n-4)+" more")
	}
	text := names[0]
	for i, name := range names[1:] {
		if i == len(names)-2 {
			text += " and " + name
		} else {
			text += ", " + name
		}
	}
	return text
}

var _ screen.Screen = (*screen.Sandboxes)(nil)
