package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
	"mntscope/ui/screen"
)

// tree is a screen that shows a tree.
type tree interface {
	Fold()
	Unfold()
	Toggle()
	FoldAll()
}

func (m *model) tree() tree {
	switch m.current {
	case action.Peers:
		return m.peers
	case action.Events:
		return m.events
	}
	return m.mounts
}

func (m *model) whyNotOpen() string {
	ok := true
	switch m.current {
	case action.Namespaces:
		ok = m.namespaces.Selected() >= 0
	case action.Mounts:
		r, selected := m.mounts.Selected()
		if selected && m.host.Shown(r).Propagation.Shared == 0 && m.host.Shown(r).Propagation.Master == 0 {
			return "the mount is in no peer group"
		}
		ok = selected
	case action.Events:
		_, ok = m.events.Target()
	case action.Sandboxes:
		return m.whyNotOpenSandbox()
	}
	if !ok {
		return "nothing is selected"
	}
	return ""
}

func (m *model) openSelected() tea.Cmd {
	switch m.current {
	case action.Namespaces:
		m.mounts.Show(m.namespaces.Selected())
		m.open(action.Mounts)
	case action.Mounts:
		r, ok := m.mounts.Selected()
		if !ok {
			return nil
		}
		m.peers.SelectMount(r)
		m.open(action.Peers)
	case action.Peers:
		if r, ok := m.peers.Selected(); ok {
			m.openMount(r)
			return nil
		}
		m.peers.Toggle()
	case action.Events:
		return m.openEvent()
	case action.Sandboxes:
		m.openSandbox()
	}
	return nil
}

func (m *model) startFilter() {
	text := m.screen().Filter().Text
	m.filter = &filter{before: text}
	m.filter.Set(text)
}

func (m *model) whyNoMatch() string {
	if !m.screen().Filter().Active() && m.what == nil && (m.current != action.Mounts || !m.mounts.Comparing()) {
		return "there is no filter: / makes one"
	}
	return ""
}

func (m *model) nextMatch(direction int) {
	if m.screen().Next(direction) {
		return
	}
	m.note = "nothing matches"
	if m.what != nil && !m.screen().Filter().Active() {
		m.note = "nothing would happen here: screen 1 counts it by namespace"
	}
}

func (m *model) whyNoCopy() string {
	if len(m.copies()) == 0 {
		return "nothing is selected"
	}
	return ""
}

func (m *model) whyNoGaps() string {
	if len(m.host.Snapshot().Gaps) == 0 && len(m.events.Sources()) == 0 {
		return "everything could be read"
	}
	return ""
}

func (m *model) whyNoRescan() string {
	if m.player != nil {
		return "a recording is shown, not this host"
	}
	if !m.options.Live {
		return "a saved snapshot is shown, not this host"
	}
	return ""
}

func (m *model) rescan() {
	m.feed.again()
	m.note = "reading the host again"
}

func (m *model) whyNoNamespaces() string {
	if m.host.Len() == 0 {
		return "no namespace was read yet"
	}
	return ""
}

func (m *model) turnNamespace(step int) {
	n := m.host.Len()
	m.mounts.Show(((m.mounts.Namespace()+step)%n + n) % n)
}

func (m *model) whyNoCompare() string {
	if m.host.Len() < 2 {
		return "there is no second namespace"
	}
	return ""
}

func (m *model) whyNotComparing() string {
	if !m.mounts.Comparing() {
		return "nothing is compared: v lines a second namespace up beside this one"
	}
	return ""
}

func (m *model) compare() {
	if m.mounts.Comparing() {
		m.mounts.StopComparing()
		return
	}
	m.chooseNamespace("Compare "+m.host.Label(m.mounts.Namespace())+" with", m.mounts.Namespace(), (*screen.Mounts).Compare)
}

func (m *model) chooseShown() {
	m.chooseNamespace("Show the mounts of", -1, (*screen.Mounts).Show)
}

func (m *model) whyNoTheme() string {
	if m.look.noColor {
		return "colour is turned off (NO_COLOR)"
	}
	return ""
}

func (m *model) toggleMouse() {
	m.mouse = !m.mouse
	m.note = "mouse off: the terminal selects text"
	if m.mouse {
		m.note = "mouse on"
	}
}

func (m *model) toggleDetail() {
	m.screen().ToggleDetail()
	m.screen().Resize(m.layout.body)
}
