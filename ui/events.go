package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/action"
	"mntscope/ui/screen"
)

// happened takes what happened since the last state of the host.
func (m *model) happened(b *screen.Batch) tea.Cmd {
	if b == nil {
		return nil
	}
	m.events.Add(b)
	m.lights.Add(b)
	return m.fadeLater()
}

// lightsFadedMsg says that what is lit up is to fade by a step.
type lightsFadedMsg struct{}

// fadeLater gives the command for the next step; none is sent while nothing is lit.
func (m *model) fadeLater() tea.Cmd {
	if m.fading || !m.lights.Lit() {
		return nil
	}
	m.fading = true
	return m.after(screen.LightTick, lightsFadedMsg{})
}

func (m *model) fade() tea.Cmd {
	m.fading = false
	m.lights.Fade()
	return m.fadeLater()
}

func (m *model) whyNoFreeze() string {
	if m.current == action.Events && !m.events.Heard() {
		return "nothing tells what happens on this host"
	}
	return ""
}

// openEvent opens or closes a row of the Events screen, or goes to what it is about.
func (m *model) openEvent() tea.Cmd {
	if step, ok := m.events.SelectedStep(); ok {
		return m.seek(step)
	}
	target, ok := m.events.Target()
	switch {
	case !ok:
	case target.Opens:
		m.events.Toggle()
	case target.Gone != "":
		m.note = target.Gone
	case target.NS >= 0:
		m.mounts.Show(target.NS)
		m.open(action.Mounts)
	default:
		m.openMount(target.Mount)
	}
	return nil
}

func (m *model) whyNoGroup() string {
	r, why := m.events.MountOf()
	if why != "" {
		return why
	}
	if p := m.host.Mount(r).Propagation; p.Shared == 0 && p.Master == 0 {
		return "the mount is in no peer group"
	}
	return ""
}

// openGroup goes from an event to the peer group of its mount.
func (m *model) openGroup() {
	if r, why := m.events.MountOf(); why == "" {
		m.peers.SelectMount(r)
		m.open(action.Peers)
	}
}
