package ui

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// confirming is the overlay that asks before something is done.
type confirming struct {
	kit.Confirm
	text func(p *kit.Page)
	do   func(m *model) tea.Cmd
}

func (c *confirming) key(m *model, k tea.KeyPressMsg) tea.Cmd { return c.after(m)(c.Key(k)) }

func (c *confirming) after(m *model) func(answered, yes bool) tea.Cmd {
	return func(answered, yes bool) tea.Cmd {
		if !answered {
			return nil
		}
		m.overlay = nil
		if yes {
			return c.do(m)
		}
		m.note = "nothing was done"
		return nil
	}
}

func (c *confirming) keys(*model) []overlayKey {
	return []overlayKey{letterKey('y', "yes"), letterKey('n', "no"), escKey("leaves")}
}

func (c *confirming) paste(*model, string) tea.Cmd { return nil }

func (c *confirming) click(m *model, x, y int) tea.Cmd {
	_, area, _, _ := c.draw(m)
	return c.after(m)(c.Click(area, x, y))
}

func (c *confirming) wheel(rows int)         { c.Wheel(rows) }
func (c *confirming) refresh(*model) tea.Cmd { return nil }

func (c *confirming) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	p := &kit.Page{Theme: m.theme, Ground: theme.Raised, Width: c.Width(m.layout.w)}
	c.text(p)
	area = c.Area(m.layout.w, m.layout.h, len(p.Lines))
	return c.Draw(m.theme, area, p.Lines), area, -1, -1
}

// SandboxesRemovedMsg says which sandboxes were removed.
type SandboxesRemovedMsg struct {
	names []string
	err   error
}

// askRemove asks whether to remove the selected sandbox.
func (m *model) askRemove() {
	i, _ := m.sandboxes.Selected()
	name, inside := i.Name, m.sandboxes.Inside(i.Name)
	processes := 0
	for _, each := range append([]string{name}, inside...) {
		processes += m.processesIn(each)
	}
	c := &confirming{}
	c.Title = "Remove the sandbox " + named(name) + "?"
	c.text = func(p *kit.Page) {
		th := p.Theme
		switch {
		case i.State == sandbox.Stale:
			p.Text(0, kit.Span{Style: th.Text, Text: "Its keeper has ended. What still runs in it is ended, and its files are removed."})
		case processes > 1:
			p.Text(0, kit.Span{Style: th.Text, Text: "It ends, and with it " + kit.Plural(processes, "process", "processes") + " and all that is mounted in it."})
		default:
			p.Text(0, kit.Span{Style: th.Text, Text: "It ends, and with it all that is mounted in it."})
		}
		if len(inside) > 0 {
			p.Text(0, kit.Span{Style: th.Warn, Text: "So do " + named(inside...) + ", which were made in it."})
		}
		switch {
		case i.Root != "" && i.From == "":
			p.Text(0, kit.Span{Style: th.Dim, Text: "The directory of its root stays: " + nsctl.Printable(i.Root)})
		case i.Root != "":
			p.Text(0, kit.Span{Style: th.Dim, Text: "The files of its root are removed: " + nsctl.Printable(i.Root)})
		}
		p.Text(0, kit.Span{Style: th.Key, Text: nsctl.SafeShellLine([]string{"mntscope", "sandbox", "rm", name})})
	}
	ask := m.options.Workshop
	c.do = func(m *model) tea.Cmd {
		m.note = "removing " + named(name)
		ctx := m.ctx
		return func() tea.Msg {
			err := ask.Remove(ctx, name)
			return SandboxesRemovedMsg{append([]string{name}, inside...), err}
		}
	}
	m.overlay = c
}

// processesIn is the number of processes in a sandbox, as far as it is in sight.
func (m *model) processesIn(name string) int {
	for ns := range m.live.Len() {
		if own, ok := m.sandboxes.Named(ns); ok && own == name {
			return m.live.Namespace(ns).ProcessCount
		}
	}
	return 0
}

func (m *model) whyNoStale() string {
	if m.sandboxes.Stale() == 0 {
		return "no sandbox is stale"
	}
	return ""
}

// askRemoveStale asks whether to remove what is left of sandboxes that have ended.
func (m *model) askRemoveStale() {
	n := m.sandboxes.Stale()
	c := &confirming{}
	c.Title = "Remove what is left of " + kit.Plural(n, "sandbox", "sandboxes") + "?"
	c.text = func(p *kit.Page) {
		p.Text(0, kit.Span{Style: p.Theme.Text, Text: "Their keepers have ended. What still runs in them is ended, and their files are removed. Sandboxes that live are left alone."})
		p.Text(0, kit.Span{Style: p.Theme.Key, Text: "mntscope sandbox rm --stale"})
	}
	ask := m.options.Workshop
	c.do = func(m *model) tea.Cmd {
		m.note = "removing what is left"
		ctx := m.ctx
		return func() tea.Msg {
			names, err := ask.RemoveStale(ctx)
			return SandboxesRemovedMsg{names, err}
		}
	}
	m.overlay = c
}

func (m *model) sandboxesRemoved(msg SandboxesRemovedMsg) tea.Cmd {
	m.note = "removed " + named(msg.names...)
	if msg.err != nil {
		m.note = errorText(msg.err)
	} else {
		m.sandboxes.Forget(msg.names)
	}
	return m.listSandboxes()
}
