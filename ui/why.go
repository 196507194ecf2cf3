package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// question is a mount that was marked: why is it not in another namespace?
type question struct {
	ns    screen.NSKey
	path  string
	label string
}

// WhyAnsweredMsg brings why a mount is in another namespace, or is not.
type WhyAnsweredMsg struct{ why *nsctl.Why }

// whyNoWhy is why the question cannot be asked.
func (m *model) whyNoWhy() string {
	if _, ok := m.selectedMount(); ok || m.asked != nil && m.current == action.Namespaces && m.namespaces.Selected() >= 0 {
		return ""
	}
	return "mark a mount first, on the screen of mounts or of peers"
}

// askWhy marks a mount; the second time it asks why that is not in the namespace that is
// selected then.
func (m *model) askWhy() tea.Cmd {
	to := m.namespaces.Selected()
	if r, ok := m.selectedMount(); ok {
		to = r.NS
		if m.asked == nil || screen.KeyOf(&m.host.Namespace(to).NamespaceInfo) == m.asked.ns {
			path := m.host.Mount(r).Mountpoint
			m.asked = &question{screen.KeyOf(&m.host.Namespace(to).NamespaceInfo), path, m.host.Label(to)}
			m.note = "marked " + nsctl.Printable(path) + " in " + m.asked.label + ": w in another namespace asks why it is not there"
			return nil
		}
	}
	from, host := *m.asked, m.host
	m.asked = nil
	ns := host.FindNS(from.ns)
	if ns < 0 {
		m.note = "the namespace " + from.label + " is gone"
		return nil
	}
	return func() tea.Msg {
		root, ok := host.Entry(ns)
		if !ok {
			return nil
		}
		place := host.Resolve(root, from.path)
		return WhyAnsweredMsg{predict.Why(host.Graph, place, to)}
	}
}

// whyAnswered shows the way, the cut, and what would mend it, which can be copied.
func (m *model) whyAnswered(msg WhyAnsweredMsg) {
	if m.overlay != nil {
		return
	}
	w := msg.why
	choices := []kit.Choice{{Label: string(w.Verdict), Detail: w.Text}}
	commands := map[int]string{}
	for i, hop := range w.Way {
		label := fmt.Sprintf("%s  %s %s", hop.Link, m.label(hop), nsctl.Printable(hop.Mountpoint))
		choice := kit.Choice{Label: label, Note: hop.Propagation.String()}
		if w.Cut != nil && w.Cut.Hop == i {
			choice.Label, choice.Detail = m.theme.Glyphs.CutOff+" "+label, w.Cut.Text
		}
		choices = append(choices, choice)
	}
	for _, step := range w.Mend {
		label := step.Command
		if label == "" {
			label = step.Op
		}
		if label != "" {
			commands[len(choices)] = label
		}
		choices = append(choices, kit.Choice{Label: "mend: " + nsctl.Printable(label), Note: "enter copies", Detail: step.Text})
	}
	for _, note := range w.Notes {
		choices = append(choices, kit.Choice{Label: "note", Detail: note})
	}
	m.showChooser(kit.NewChooser("Why, or why not", "enter copies a command", choices, 0), func(m *model, i int) tea.Cmd {
		if commands[i] == "" {
			return nil
		}
		m.note = "copied the command, if the terminal allows it"
		return tea.SetClipboard(commands[i])
	})
}

// label names the namespace of a hop.
func (m *model) label(hop nsctl.WhyHop) string {
	if hop.Space < 0 {
		return fmt.Sprintf("group %d", hop.Propagation.Shared)
	}
	return m.host.Label(hop.Space)
}
