package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// maxListed is how many mounts of a kind the detail pane lists, maxPeers how many
// peers of a mount, as what follows about them must not be far away. The Peers screen
// shows them all.
const (
	maxListed = 100
	maxPeers  = 6
)

// describe says everything the kernel says about a mount, and what follows.
func (s *Mounts) describe(p *kit.Page, r graph.Ref, state mountState) {
	th := s.theme
	m := s.host.Shown(r)
	t := m.Propagation.Type()
	p.Text(0, kit.Span{Style: th.Strong, Text: nsctl.Printable(m.Mountpoint)})
	p.Text(0, kit.Span{Style: th.Propagation[t], Text: badge(th, t) + " " + notation(m.Propagation)},
		kit.Span{Style: th.Dim, Text: "  " + theme.Direction(t)})
	if m.HiddenBy != 0 {
		p.Text(0, kit.Span{Style: th.Warn, Text: th.Glyphs.Hidden + " hidden by " + s.hider(r)})
	}
	s.describeMark(p, r)
	if state.other.shown {
		s.describeDifference(p, r, state.other)
	}
	p.Gap()
	s.describeFacts(p, r)
	if s.host.Vanishes(r) {
		return
	}
	if state.reach == nil {
		p.Heading("Propagation")
		p.Text(2, kit.Span{Style: th.Faint, Text: "working out where a mount made here would appear"})
		return
	}
	s.describeGroups(p, r, state.reach)
	s.describeReach(p, r, state.reach)
}

func (s *Mounts) describeFacts(p *kit.Page, r graph.Ref) {
	th, m := s.theme, s.host.Shown(r)
	text := func(name, value string) {
		if value == "" {
			value = "(empty)"
		}
		p.Field(name, kit.Span{Style: th.Text, Text: nsctl.Printable(value)})
	}
	text("filesystem", m.FSType)
	text("source", m.Source)
	p.Field("device", kit.Span{Style: th.Text, Text: m.Dev.String()})
	root := []kit.Span{{Style: th.Text, Text: nsctl.Printable(m.Root)}}
	if m.Root != "/" {
		root = append(root, kit.Span{Style: th.Dim, Text: "  this part of the filesystem"})
	}
	p.Field("root", root...)
	text("options", m.Options)
	text("superblock", m.SuperOptions)
	ids := "mnt_id " + number(m.MntID)
	if m.MntID < 0 {
		ids = "none yet"
	}
	if m.ID > 0 {
		ids += ", unique " + number(m.ID)
	}
	p.Field("id", kit.Span{Style: th.Text, Text: ids})
	parent := "none in this namespace"
	if up, ok := s.host.Parent(r); ok {
		parent = nsctl.Printable(s.host.Mount(up).Mountpoint)
	}
	p.Field("parent", kit.Span{Style: th.Text, Text: number(m.ParentID)}, kit.Span{Style: th.Dim, Text: "  " + parent})
}

// describeGroups tells the peers and the chain of masters.
func (s *Mounts) describeGroups(p *kit.Page, r graph.Ref, reach *Reach) {
	th, m := s.theme, s.host.Mount(r)
	p.Heading("Propagation")
	p.Field("direction", kit.Span{Style: th.Text, Text: reach.directions.String()})
	if g := m.Propagation.Shared; g != 0 {
		p.Field("peer group", kit.Span{Style: th.Propagation[m.Propagation.Type()], Text: "shared:" + groupText(g)},
			kit.Span{Style: th.Dim, Text: "  " + kit.Plural(reach.peers, "other member", "other members")})
		s.describePeers(p, r)
	}
	for i, g := range reach.masters {
		name := ""
		if i == 0 {
			name = "receives"
		}
		p.Field(name, kit.Span{Style: th.Propagation[nsctl.Slave], Text: "from group " + groupText(g)}, kit.Span{Style: th.Dim, Text: s.groupNote(g)})
	}
	if g := m.Propagation.PropagateFrom; g != 0 {
		p.Field("", kit.Span{Style: th.Dim, Text: "propagate_from:" + number(g) + " is the nearest of these with a mount in this namespace"})
	}
}

func (s *Mounts) describePeers(p *kit.Page, r graph.Ref) {
	peers := s.host.Peers(r)
	for i, peer := range peers {
		if i == maxPeers {
			s.more(p, len(peers)-i)
			return
		}
		s.place(p, s.theme.Glyphs.Both, s.theme.Good, peer, s.host.Mount(peer).Mountpoint)
	}
}

func (s *Mounts) groupNote(id nsctl.GroupID) string {
	g, ok := s.host.Group(id)
	switch {
	case !ok:
		return ""
	case g.Ghost:
		return "  a ghost: no visible mount is in it"
	}
	first := g.Members[0]
	note := "  " + s.host.Label(first.Ref.NS) + " " + nsctl.Printable(first.Mountpoint)
	if n := len(g.Members) - 1; n > 0 {
		note += " and " + kit.Plural(n, "other", "others")
	}
	return note
}

// describeReach tells where a mount made here would appear, by directory.
func (s *Mounts) describeReach(p *kit.Page, r graph.Ref, reach *Reach) {
	th := s.theme
	p.Heading("A mount made here would appear in")
	if reach.receivers == 0 {
		p.Text(2, kit.Span{Style: th.Dim, Text: s.whyNowhere(r)})
	}
	for _, at := range reach.places {
		where := "anywhere in it:"
		switch {
		case at.unsure:
			where = "perhaps, as the roots cannot be compared:"
		case !at.whole:
			where = "only if at or below " + nsctl.Printable(at.from) + ":"
		}
		if len(reach.places) > 1 || !at.whole {
			p.Text(2, kit.Span{Style: th.Dim, Text: where})
		}
		for i, rc := range at.receivers {
			if i == maxListed {
				s.more(p, len(at.receivers)-i)
				break
			}
			glyph, style := th.Glyphs.Both, th.Good
			if rc.Via != s.host.Mount(r).Propagation.Shared || rc.Slave {
				glyph, style = th.Glyphs.ToThere, th.Warn
			}
			s.place(p, glyph, style, rc.Ref, rc.At)
		}
	}
	if len(reach.unreached) == 0 {
		return
	}
	p.Heading("It would not reach")
	for i, u := range reach.unreached {
		if i == maxListed {
			s.more(p, len(reach.unreached)-i)
			return
		}
		s.place(p, th.Glyphs.CutOff, th.Dim, u.Ref, s.host.Mount(u.Ref).Mountpoint)
		why := "its root " + nsctl.Printable(s.host.Mount(u.Ref).Root) + " shows another part of the filesystem"
		if u.Removed {
			why = "the directory that is mounted was removed"
		}
		p.Text(6, kit.Span{Style: th.Faint, Text: why})
	}
}

func (s *Mounts) whyNowhere(r graph.Ref) string {
	switch p := s.host.Mount(r).Propagation; p.Type() {
	case nsctl.Shared, nsctl.SharedSlave:
		return "nowhere else: no visible mount receives from group " + groupText(p.Shared)
	case nsctl.Slave:
		return "nowhere else: a slave only receives"
	}
	return "nowhere else: the mount is " + s.host.Mount(r).Propagation.Type().String()
}

// place is a line about a mount somewhere: direction, namespace, path.
func (s *Mounts) place(p *kit.Page, glyph string, style theme.Style, r graph.Ref, path string) {
	th := s.theme
	where := s.host.Label(r.NS)
	if r.NS == s.ns {
		where = "here"
	}
	p.Text(4, kit.Span{Style: style, Text: glyph + " "}, kit.Span{Style: th.Accent, Text: where + " "},
		kit.Span{Style: th.Text, Text: nsctl.Printable(path)})
}

func (s *Mounts) more(p *kit.Page, n int) {
	p.Text(4, kit.Span{Style: s.theme.Dim, Text: "and " + kit.Count(n) + " more, on the Peers screen"})
}

// describeDifference tells how a mount differs from the one beside it.
func (s *Mounts) describeDifference(p *kit.Page, r graph.Ref, o otherSide) {
	th := s.theme
	name := s.host.Label(o.ns)
	if !o.exists {
		p.Text(0, kit.Span{Style: th.Differ, Text: "only in " + s.host.Label(r.NS) + ": "}, kit.Span{Style: th.Dim, Text: "nothing is mounted there in " + name})
		return
	}
	if o.differs == 0 {
		p.Text(0, kit.Span{Style: th.Good, Text: "the same in " + name})
		return
	}
	a, b := s.host.Mount(r), s.host.Mount(o.ref)
	for _, x := range []struct{ name, a, b string }{
		{"propagation", notation(a.Propagation), notation(b.Propagation)},
		{"filesystem", a.FSType, b.FSType}, {"source", a.Source, b.Source}, {"device", a.Dev.String(), b.Dev.String()},
		{"root", a.Root, b.Root}, {"options", a.Options, b.Options}, {"superblock", a.SuperOptions, b.SuperOptions},
	} {
		if x.a != x.b {
			p.Text(0, kit.Span{Style: th.Differ, Text: th.Glyphs.Differs + " " + x.name + " "},
				kit.Span{Style: th.Text, Text: nsctl.Printable(x.a)}, kit.Span{Style: th.Dim, Text: " but in " + name + " "},
				kit.Span{Style: th.Text, Text: nsctl.Printable(x.b)})
		}
	}
}
