package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// trees are the mounts of a namespace before and after something.
type trees struct{ before, after *Host }

func treesOf(t *sandbox.Taken) trees {
	host := func(mounts []nsctl.Mount) *Host {
		return NewHost(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: mounts}}}, 0, 1, 1)
	}
	return trees{host(t.Before), host(t.After)}
}

// DescribeTrees shows what a step did to the mounts: what is different, and the trees before and
// after it.
func DescribeTrees(p *kit.Page, t *sandbox.Taken) {
	both := treesOf(t)
	if sameTrees(t) {
		p.Heading("Mounts before and after, the same: " + kit.Count(len(t.After)))
		both.describe(p, both.after, nil)
		return
	}
	p.Heading("What it changed")
	both.describeChanges(p, t)
	p.Heading("After: " + kit.Plural(len(t.After), "mount", "mounts"))
	both.describe(p, both.after, func(m *nsctl.Mount) (string, theme.Style, string) {
		return compared(p.Theme, m, mountOf(t.Before, m), false)
	})
	p.Heading("Before: " + kit.Plural(len(t.Before), "mount", "mounts"))
	both.describe(p, both.before, func(m *nsctl.Mount) (string, theme.Style, string) {
		return compared(p.Theme, m, mountOf(t.After, m), true)
	})
}

// maxChanges is how many mounts are listed; the trees show them all.
const maxChanges = 8

// describeChanges lists the mounts that a step made, moved, took away, or made another type.
func (t trees) describeChanges(p *kit.Page, taken *sandbox.Taken) {
	p.Text(2, kit.Span{Style: p.Theme.Text, Text: effectOf(taken)})
	n := 0
	list := func(mounts, others []nsctl.Mount, gone bool) {
		for i := range mounts {
			m := &mounts[i]
			other := mountOf(others, m)
			sign, style, text := compared(p.Theme, m, other, gone)
			if text == "" || gone && other != nil {
				continue
			}
			if n++; n <= maxChanges {
				p.Item(2, kit.Span{Style: style, Text: sign}, kit.Span{Style: p.Theme.Text, Text: nsctl.Printable(m.Mountpoint) + " "}, kit.Span{Style: style, Text: text})
			}
		}
	}
	list(taken.After, taken.Before, false)
	list(taken.Before, taken.After, true)
	if n > maxChanges {
		p.Text(4, kit.Span{Style: p.Theme.Dim, Text: "and " + kit.Count(n-maxChanges) + " more"})
	}
}

// effectOf says in a few words what a step did to the mounts.
func effectOf(t *sandbox.Taken) string {
	if sameTrees(t) {
		return "no mount changed"
	}
	come, gone, moved := 0, 0, 0
	for i := range t.After {
		switch was := mountOf(t.Before, &t.After[i]); {
		case was == nil:
			come++
		case was.Mountpoint != t.After[i].Mountpoint:
			moved++
		}
	}
	for i := range t.Before {
		if mountOf(t.After, &t.Before[i]) == nil {
			gone++
		}
	}
	var parts []string
	for _, x := range []struct {
		n    int
		what string
	}{{come, "appeared"}, {gone, "vanished"}, {moved, "moved"}} {
		if x.n > 0 {
			parts = append(parts, kit.Plural(x.n, "mount", "mounts")+" "+x.what)
		}
	}
	if parts == nil {
		return "the propagation changed"
	}
	return strings.Join(parts, ", ")
}

func sameTrees(t *sandbox.Taken) bool {
	if len(t.Before) != len(t.After) {
		return false
	}
	for i := range t.After {
		was := mountOf(t.Before, &t.After[i])
		if was == nil || was.Mountpoint != t.After[i].Mountpoint || was.Propagation != t.After[i].Propagation {
			return false
		}
	}
	return true
}

func mountOf(mounts []nsctl.Mount, m *nsctl.Mount) *nsctl.Mount {
	for i := range mounts {
		if mounts[i].MntID == m.MntID {
			return &mounts[i]
		}
	}
	return nil
}

// compared is the mark of a mount beside what it was, or with gone becomes, and in words what is
// different.
func compared(th *theme.Theme, m, other *nsctl.Mount, gone bool) (sign string, style theme.Style, text string) {
	was := "was "
	if gone {
		was = "becomes "
	}
	switch {
	case other == nil && gone:
		return th.Glyphs.Marks[1], th.Marks[1], "vanishes"
	case other == nil:
		return th.Glyphs.Marks[0], th.Marks[0], "new"
	case other.Mountpoint != m.Mountpoint:
		return th.Glyphs.Marks[2], th.Marks[2], was + nsctl.Printable(other.Mountpoint)
	case other.Propagation != m.Propagation:
		return th.Glyphs.Marks[3], th.Marks[3], was + notation(other.Propagation)
	}
	return " ", th.Faint, ""
}

// describe draws a tree, each mount with a mark.
func (t trees) describe(p *kit.Page, h *Host, mark func(*nsctl.Mount) (string, theme.Style, string)) {
	th := p.Theme
	rows := flatten(h, 0, nil, Query{})
	for i := range rows {
		m := h.Mount(graph.Ref{NS: 0, Mount: int(rows[i].item)})
		line := kit.NewLine(th, p.Ground, p.Width)
		sign, style, text := " ", th.Text, ""
		if mark != nil {
			sign, style, text = mark(m)
		}
		line.Add(style, sign+" ")
		drawBranch(th, line, rows, i)
		kind := m.Propagation.Type()
		line.Add(th.Text, nsctl.Printable(m.Mountpoint)).Add(th.Text, " ").Add(th.Propagation[kind], badge(th, kind)).
			Add(th.Dim, " "+nsctl.Printable(m.FSType)+" ").Add(style, text)
		p.Lines = append(p.Lines, line.String())
	}
}
