package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/ui/screen"
)

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

// askWhatIf asks what an operation would do: about the selected mount, or once more about
// what was asked.
func (m *model) askWhatIf() tea.Cmd {
	a := &asking{does: "shows it", then: func(m *model, a *asking) tea.Cmd {
		return m.enterWhatIf(a.op, a.ns, a.label)
	}}
	if m.what != nil {
		a.ns, a.label = m.what.ns, m.what.label
		return m.ask(a, "What if, in ", []suggestion{{"as it was asked", m.what.op}})
	}
	r, _ := m.selectedMount()
	a.ns, a.label = screen.KeyOf(&m.host.Namespace(r.NS).NamespaceInfo), m.host.Name(r.NS)
	return m.ask(a, "What if, in ", operationsOn(m.host.Mount(r).Mountpoint))
}
