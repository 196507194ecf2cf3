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

// showChooser puts a chooser in front.
func (m *model) showChooser(c *kit.Chooser, choose func(m *model, i int) tea.Cmd) {
	m.overlay = &chooser{Chooser: c, choose: choose}
}

func (c *chooser) keys(*model) []overlayKey {
	return []overlayKey{enterKey("chooses"), escKey("leaves")}
}

func (c *chooser) key(m *model, k tea.KeyPressMsg) tea.Cmd { return c.after(m, c.Key(k)) }

func (c *chooser) click(m *model, x, y int) tea.Cmd {
	return c.after(m, c.Click(c.Area(m.layout.w, m.layout.h), x, y))
}

func (c *chooser) after(m *model, outcome kit.Outcome) tea.Cmd {
	switch outcome {
	case kit.Closed:
		m.overlay = nil
	case kit.Chosen:
		m.overlay = nil
		if i, ok := c.Selected(); ok {
			return c.choose(m, i)
		}
	}
	return nil
}

func (c *chooser) paste(_ *model, text string) tea.Cmd {
	c.Paste(text)
	return nil
}

func (c *chooser) wheel(rows int) { c.Wheel(rows) }

// refresh finds out anew what can be done.
func (c *chooser) refresh(m *model) tea.Cmd {
	if c.why != nil {
		c.SetWhy(func(i int) string { return c.why(m, i) })
	}
	return nil
}

func (c *chooser) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	area = c.Area(m.layout.w, m.layout.h)
	lines, x, y = c.Draw(m.theme, area)
	return lines, area, x, y
}

// showActions puts a chooser of actions in front; only they, which come first, can be
// chosen.
func (m *model) showActions(c *kit.Chooser, actions []*action.Action[*model]) {
	front := &chooser{
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
	front.refresh(m)
	m.overlay = front
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
	list = append(list,
		kit.Choice{Label: g.Light[1] + "  it has just changed", Detail: "After a second it is " + g.Light[0] + ", and after another one nothing."},
		kit.Choice{Label: g.Marked + "  marked", Detail: "t and U are about all mounts that are marked, in whatever namespaces."},
		kit.Choice{Label: g.Now + "  the last operation of a replay so far", Detail: "The host is shown as it was after it."})
	for _, mark := range screen.Legend(m.theme) {
		list = append(list, kit.Choice{Label: mark[0] + "  " + mark[1], Note: "what if", Detail: "What the operation that was asked about would do to a mount."})
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

// copies are what can be copied: about the selection, and the operation that is asked
// about.
func (m *model) copies() []screen.Copy {
	copies := m.screen().Copies()
	if m.what != nil {
		if command := m.what.command(m.live); command != "" {
			copies = append([]screen.Copy{{What: "command that would do it", Text: command}}, copies...)
		}
	}
	return copies
}

func (m *model) showCopies() {
	copies := m.copies()
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
	title := "Not read"
	for i, source := range m.events.Sources() {
		choices = slices.Insert(choices, i, kit.Choice{Label: "listening with " + source.Name, Note: source.Covers, Detail: source.Text})
		title = "Listened with, and not read"
	}
	m.showChooser(kit.NewChooser(title, "type to search", choices, 0), func(*model, int) tea.Cmd { return nil })
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
