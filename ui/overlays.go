package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// show puts a chooser in front.
func (m *model) showChooser(c *kit.Chooser, choose func(m *model, i int) tea.Cmd) {
	m.overlay = &overlay{Chooser: c, choose: choose}
}

// showActions puts a chooser of actions in front; only they, which come first, can be
// chosen.
func (m *model) showActions(c *kit.Chooser, actions []*action.Action[*model]) {
	m.overlay = &overlay{
		Chooser: c,
		choose: func(m *model, i int) tea.Cmd {
			if i < len(actions) {
				return m.do(actions[i])
			}
			return nil
		},
		why: func(m *model, i int) string {
			if i < len(actions) {
				return m.whyNot(actions[i])
			}
			return ""
		},
	}
	m.refreshOverlay()
}

// refreshOverlay finds out anew what can be done.
func (m *model) refreshOverlay() {
	if o := m.overlay; o != nil && o.why != nil {
		o.SetWhy(func(i int) string { return o.why(m, i) })
	}
}

// showHelp lists the keys of the screen in front, and what the signs mean.
func (m *model) showHelp() {
	actions := slices.DeleteFunc(m.registry.In(m.current), func(a *action.Action[*model]) bool { return len(a.Keys) == 0 })
	choices := append(actionChoices(actions), m.legend()...)
	m.showActions(kit.NewChooser("Help: "+m.current.String(), "type to search; enter does it", choices, 0), actions)
}

// legend explains the signs.
func (m *model) legend() []kit.Choice {
	g := m.theme.Glyphs
	var list []kit.Choice
	for i, notation := range []string{"shared:5", "shared:7 master:5", "master:5", "", "unbindable"} {
		t := nsctl.PropagationType(i)
		list = append(list, kit.Choice{
			Label: g.Propagation[i] + " " + theme.Letter(t) + "  " + t.String(), Note: notation,
			Detail: "A mount of this type " + theme.Direction(t) + ".",
		})
	}
	for _, x := range [][3]string{
		{g.Both, "both ways", "What is mounted on one side appears on the other."},
		{g.ToThere, "only from here to there", "What is mounted here appears there, and nothing comes back."},
		{g.FromThere, "only from there to here", "What is mounted there appears here, and nothing goes back."},
		{g.CutOff, "cut off, or hidden", "No propagation either way; of a mount: another one covers it or a directory above it."},
		{g.Ghost, "ghost", "A peer group that others receive from, but that no visible mount is in."},
	} {
		list = append(list, kit.Choice{Label: x[0] + "  " + x[1], Detail: x[2]})
	}
	return list
}

// showPalette lists every action of the explorer.
func (m *model) showPalette() {
	actions := m.registry.In(action.Everywhere)
	m.showActions(kit.NewChooser("Actions", "type a name; enter does it", actionChoices(actions), 0), actions)
}

func actionChoices(actions []*action.Action[*model]) []kit.Choice {
	choices := make([]kit.Choice, len(actions))
	for i, a := range actions {
		choices[i] = kit.Choice{Label: a.Title, Note: a.KeyNames()}
	}
	return choices
}

func (m *model) showCopies() {
	copies := m.screen().Copies()
	choices := make([]kit.Choice, len(copies))
	for i, c := range copies {
		choices[i] = kit.Choice{Label: c.What, Detail: nsctl.Printable(c.Text)}
	}
	m.showChooser(kit.NewChooser("Copy", "type to search; enter copies", choices, 0), func(m *model, i int) tea.Cmd {
		m.note = "copied the " + copies[i].What + ", if the terminal allows it"
		return tea.SetClipboard(copies[i].Text)
	})
}

func (m *model) showGaps() {
	gaps := m.host.Snapshot().Gaps
	choices := make([]kit.Choice, len(gaps))
	for i, g := range gaps {
		label := g.What
		if g.PID != 0 {
			label += fmt.Sprintf(" of process %d", g.PID)
		}
		if g.NS != 0 {
			label += " in " + g.NS.String()
		}
		choices[i] = kit.Choice{Label: nsctl.Printable(label), Note: nsctl.Printable(g.Error), Detail: nsctl.Printable(g.Message)}
	}
	m.showChooser(kit.NewChooser("Not read", "type to search", choices, 0), func(*model, int) tea.Cmd { return nil })
}

// chooseNamespace asks for a namespace, any but one.
func (m *model) chooseNamespace(title string, except int, then func(*screen.Mounts, int)) {
	host := m.host
	var choices []kit.Choice
	var at []int
	selected := 0
	for i := range host.Len() {
		if i == except {
			continue
		}
		if i == m.mounts.Namespace() {
			selected = len(choices)
		}
		n := host.Namespace(i)
		choices = append(choices, kit.Choice{
			Label: host.Label(i), Note: nsctl.Printable(string(n.Kind)) + "  " + n.NS.String(),
			Detail: kit.Plural(len(n.Mounts), "mount", "mounts") + ", " + kit.Plural(n.ProcessCount, "process", "processes") + ", " + host.Relations[i].Standing.String(),
		})
		at = append(at, i)
	}
	m.showChooser(kit.NewChooser(title, "type a name or a number", choices, selected), func(m *model, i int) tea.Cmd {
		// The host may have changed since the list was made.
		if ns := m.host.FindNS(screen.KeyOf(&host.Namespace(at[i]).NamespaceInfo)); ns >= 0 {
			then(m.mounts, ns)
		} else {
			m.note = "the namespace " + host.Label(at[i]) + " is gone"
		}
		return nil
	})
}
