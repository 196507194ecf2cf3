package ui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// whyNoMark is why the selection cannot be marked.
func (m *model) whyNoMark() string {
	_, why := m.selectedLive()
	return why
}

// mark marks the selected mount, or takes its mark away.
func (m *model) mark() {
	r, _ := m.selectedLive()
	m.marked.Toggle(m.live, r)
}

// whyNoUmount is why nothing can be unmounted.
func (m *model) whyNoUmount() string {
	if m.marked.Len() > 0 {
		return m.whyNoChange()
	}
	return m.whyNotDo()
}

// askUmount asks how the selected mount is to be unmounted, or all that are marked.
func (m *model) askUmount() tea.Cmd {
	if m.marked.Len() == 0 {
		return askToDo(unmountIt)(m)
	}
	what := "unmount " + kit.Plural(m.marked.Len(), "marked mount", "marked mounts")
	choices := []kit.Choice{
		{Label: what, Detail: "umount: what is busy, or has mounts on it, stays. Those on top go first."},
		{Label: what + ", with all below, busy or not", Detail: "umount -l: each of them, and all that is mounted below it."},
	}
	m.showChooser(kit.NewChooser("Unmount", "enter goes on", choices, 0), func(m *model, i int) tea.Cmd {
		return m.propose(m.umounts(m.marked.In(m.live), i == 1), what)
	})
	return nil
}

// umounts are the operations that unmount some mounts, the deepest first, as what something
// is mounted on cannot go before that.
func (m *model) umounts(refs []graph.Ref, lazy bool) []change.Request {
	slices.SortStableFunc(refs, func(a, b graph.Ref) int {
		return cmp.Or(cmp.Compare(a.NS, b.NS), cmp.Compare(m.depth(b), m.depth(a)), cmp.Compare(b.Mount, a.Mount))
	})
	var wanted []change.Request
	for _, r := range refs {
		at := m.live.Mount(r)
		wanted = append(wanted, change.Request{
			Op: nsctl.Op{Kind: nsctl.OpUmount, Target: at.Mountpoint, Lazy: lazy}, NS: m.live.Namespace(r.NS).NS.String(), Cwd: "/", Mount: at.MntID,
		})
	}
	return wanted
}

// depth is how many mounts a mount is on.
func (m *model) depth(r graph.Ref) int {
	n := 0
	for at, ok := m.live.Parent(r); ok; at, ok = m.live.Parent(at) {
		n++
	}
	return n
}

// markedLine is the second line while mounts are marked.
func (m *model) markedLine() string {
	th := m.theme
	text := kit.Plural(m.marked.Len(), "mount", "mounts") + " in " + kit.Plural(len(m.marked.Spaces()), "namespace", "namespaces")
	head := " " + th.Glyphs.Marked + " marked: "
	keys := []string{"t", " type  ", "U", " unmount  ", "esc", " forgets"}
	_, can := m.registry.ByID("unmount")
	if width := len(strings.Join(keys, "")); !can || th.Width(head+text)+width+3 > m.layout.w {
		keys = keys[4:]
	}
	width := len(strings.Join(keys, ""))
	l := kit.NewLine(th, theme.Plain, m.layout.w).Add(th.Warn, head).Add(th.Strong, text)
	l.To(m.layout.w - 1 - width)
	for i := 0; i < len(keys); i += 2 {
		l.Add(th.Key, keys[i]).Add(th.Dim, keys[i+1])
	}
	return l.String()
}
