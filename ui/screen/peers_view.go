package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

var peerColumns = []kit.Column{
	{Title: "PEER GROUP", Width: 24, Grow: 1},
	{Title: "NAMESPACE", Width: 14, Grow: 1},
	{Title: "MOUNT POINT", Width: 14, Grow: 2},
	{Title: "SIZE", Width: 24, Drop: 1},
}

// View implements Screen.
func (s *Peers) View() []string {
	list := s.drawList(rows{
		title: s.title(), note: s.position(), count: len(s.rows), head: s.head, row: s.row,
		none: "no mount on this host is shared",
	})
	return s.join(list, s.drawDetail("Peer group"))
}

func (s *Peers) title() string {
	return "Propagation forest: " + kit.Plural(len(s.host.Forest.Groups), "group", "groups")
}

func (s *Peers) head() string { return s.heads(peerColumns, s.widths, 2+s.gutter()) }

func (s *Peers) row(i int) string {
	th := s.theme
	row := s.rows[i]
	it := s.items[row.item]
	ground, mark := s.ground(i)
	line := kit.NewLine(th, ground, s.listArea.W-2)
	light := s.itemLight(it)
	s.drawCursor(line, th.Accent, mark, light)
	s.drawRowMark(line, it)
	drawBranch(th, line.To(2+s.gutter()), s.rows, i)
	dim := s.query.Active() && !row.match
	if it.member == isGroup {
		s.drawGroup(line, s.group(it), dim, light)
	} else {
		s.drawMember(line, it, dim, light)
	}
	return line.String()
}

// itemLight is how bright a group or a mount is.
func (s *Peers) itemLight(it peerItem) light {
	if it.member == isGroup {
		return s.groupLight(s.group(it).ID)
	}
	m, _ := s.member(it)
	return s.mountLight(m.Ref)
}

func (s *Peers) drawGroup(line *kit.Line, g *graph.Group, dim bool, l light) {
	th := s.theme
	glyph, style := s.groupLook(g)
	name := notation(nsctl.Propagation{Shared: g.ID, Master: g.Master})
	c1 := 2 + s.gutter() + s.widths[0]
	line.Cell(s.lighten(s.tone(style, dim), l), glyph+" "+name, c1-(s.listArea.W-2-line.Left())).To(c1).Add(th.Text, " ")
	where, path := "", "no visible mount"
	if m, ok := s.face(g); ok {
		where, path = s.spread(g), fitPath(th, nsctl.Printable(m.Mountpoint), s.widths[2])
	}
	line.Cell(s.tone(th.Dim, dim), where, s.widths[1]).Add(th.Text, " ")
	text := s.tone(th.Strong, dim)
	if g.Ghost {
		text = s.tone(th.Faint, dim)
	}
	path, _ = th.Fit(path, s.widths[2])
	end := s.listArea.W - 2 - line.Left() + s.widths[2]
	line.Marked(text, path, s.query.Mark()).To(end)
	if s.widths[3] > 0 {
		line.Add(th.Text, " ").Cell(s.tone(th.Dim, dim), s.groupSize(g), s.widths[3])
	}
}

func (s *Peers) drawMember(line *kit.Line, it peerItem, dim bool, l light) {
	th := s.theme
	m, _ := s.member(it)
	p, part := s.part(it)
	t := p.Type()
	what := badge(th, t) + " " + part
	dim = dim || s.host.Vanishes(m.Ref)
	c1 := 2 + s.gutter() + s.widths[0]
	line.Cell(s.tone(th.Propagation[t], dim), what, c1-(s.listArea.W-2-line.Left())).To(c1).Add(th.Text, " ")
	line.Cell(s.tone(th.Accent, dim), s.host.Label(m.Ref.NS), s.widths[1]).Add(th.Text, " ")
	line.Marked(s.lighten(s.tone(th.Text, dim), l), fitPath(th, nsctl.Printable(m.Mountpoint), s.widths[2]), s.query.Mark())
}

func (s *Peers) tone(style theme.Style, dim bool) theme.Style {
	if dim {
		return s.theme.Faint
	}
	return style
}

// groupLook is the glyph and the colour of a group.
func (s *Peers) groupLook(g *graph.Group) (string, theme.Style) {
	th := s.theme
	switch {
	case g.Ghost:
		return th.Glyphs.Ghost, th.Faint
	case g.Master != 0:
		return th.Glyphs.Propagation[nsctl.SharedSlave], th.Propagation[nsctl.SharedSlave]
	}
	return th.Glyphs.Propagation[nsctl.Shared], th.Propagation[nsctl.Shared]
}

// face is the member that stands for a group: the one in the start namespace, or
// else the first, or else the first slave.
func (s *Peers) face(g *graph.Group) (graph.Member, bool) {
	for _, m := range g.Members {
		if m.Ref.NS == s.host.Start {
			return m, true
		}
	}
	switch {
	case len(g.Members) > 0:
		return g.Members[0], true
	case len(g.Slaves) > 0:
		return g.Slaves[0], true
	}
	return graph.Member{}, false
}

// spread says in which namespaces the members of a group are.
func (s *Peers) spread(g *graph.Group) string {
	if len(g.Members) == 0 {
		return "none"
	}
	n := 1
	for i := 1; i < len(g.Members); i++ { // ordered by namespace
		if g.Members[i].Ref.NS != g.Members[i-1].Ref.NS {
			n++
		}
	}
	if n == 1 {
		return s.host.Label(g.Members[0].Ref.NS)
	}
	return kit.Plural(n, "namespace", "namespaces")
}

// describe says everything about a group, and about one of its mounts.
func (s *Peers) describe(p *kit.Page, it peerItem) {
	th := s.theme
	g := s.group(it)
	if it.member != isGroup {
		s.describeMember(p, it)
		p.Gap()
	}
	glyph, style := s.groupLook(g)
	p.Text(0, kit.Span{Style: style, Text: glyph + " "}, kit.Span{Style: th.Strong, Text: "peer group " + groupText(g.ID)},
		kit.Span{Style: th.Dim, Text: "  " + notation(nsctl.Propagation{Shared: g.ID, Master: g.Master})})
	p.Text(0, kit.Span{Style: th.Dim, Text: groupStory(g)})
	s.describeGroupMark(p, g)
	if g.Master != 0 {
		text := "group " + groupText(g.Master)
		if g.MasterIndirect {
			text += ", perhaps through groups that are not visible"
		}
		p.Field("receives", kit.Span{Style: th.Text, Text: text})
	}
	s.describeList(p, "Members send to each other, and down", th.Glyphs.Both, th.Good, g.Members)
	s.describeList(p, "Slaves only receive", th.Glyphs.FromThere, th.Warn, g.Slaves)
	if len(g.Children) > 0 {
		p.Heading("Groups that receive from it")
		for i, id := range g.Children {
			if i == maxListed {
				p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(g.Children)-i) + " more"})
				break
			}
			p.Text(2, kit.Span{Style: th.Text, Text: "group " + groupText(id)})
		}
	}
}

func groupStory(g *graph.Group) string {
	switch {
	case g.Ghost:
		return "A ghost: mounts receive from this group, but no visible mount is in it. Its members are in namespaces that could not be read, under another root, or nowhere any more."
	case len(g.Members) == 1 && len(g.Slaves)+len(g.Children) == 0 && g.Master == 0:
		return "One mount alone: shared, but nothing sends to it or receives from it yet."
	}
	return "What is mounted or unmounted in one member happens in every other one too."
}

func (s *Peers) describeList(p *kit.Page, heading, glyph string, style theme.Style, members []graph.Member) {
	if len(members) == 0 {
		return
	}
	th := s.theme
	p.Heading(heading)
	for i, m := range members {
		if i == maxListed {
			p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(members)-i) + " more, in the list"})
			return
		}
		p.Text(2, kit.Span{Style: style, Text: glyph + " "}, kit.Span{Style: th.Accent, Text: s.host.Label(m.Ref.NS) + " "},
			kit.Span{Style: th.Text, Text: nsctl.Printable(m.Mountpoint)})
	}
}

func (s *Peers) describeMember(p *kit.Page, it peerItem) {
	th := s.theme
	member, _ := s.member(it)
	m := s.host.Shown(member.Ref)
	t := m.Propagation.Type()
	p.Text(0, kit.Span{Style: th.Strong, Text: nsctl.Printable(m.Mountpoint)}, kit.Span{Style: th.Dim, Text: " in "},
		kit.Span{Style: th.Accent, Text: s.host.Label(member.Ref.NS)})
	p.Text(0, kit.Span{Style: th.Propagation[t], Text: badge(th, t) + " " + notation(m.Propagation)},
		kit.Span{Style: th.Dim, Text: "  " + theme.Direction(t)})
	s.describeMark(p, member.Ref)
	p.Field("filesystem", kit.Span{Style: th.Text, Text: nsctl.Printable(m.FSType + "  " + m.Source)})
	p.Field("root", kit.Span{Style: th.Text, Text: nsctl.Printable(m.Root)})
	p.Text(0, kit.Span{Style: th.Faint, Text: "enter shows it in the tree of its namespace"})
}
