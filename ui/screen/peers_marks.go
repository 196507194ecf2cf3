package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
)

// part is the propagation of a mount as far as it is the reason why it stands in a group,
// and what it is there: of a mount that would change its group, what it was in the one,
// and what it becomes in the other.
func (s *Peers) part(it peerItem) (nsctl.Propagation, string) {
	m, slave := s.member(it)
	p, word := s.host.Shown(m.Ref).Propagation, "member"
	if slave {
		word = "slave"
	}
	mark, marked := s.host.Mark(m.Ref)
	if !marked || mark.kind() != moves && mark.kind() != changes {
		return p, word
	}
	here := berth{s.group(it).ID, slave}
	switch {
	case s.host.leaves(m.Ref, here):
		return mark.before(), word + " leaves"
	case berthOf(mark.before()) != here:
		return p, word + " joins"
	}
	return p, word
}

// drawRowMark draws the mark of a group or a mount.
func (s *Peers) drawRowMark(line *kit.Line, it peerItem) {
	if it.member == isGroup {
		if mark := s.host.groupMark(s.group(it).ID); mark.marked {
			s.drawMark(line, mark.kind)
		}
		return
	}
	m, _ := s.member(it)
	if mark, ok := s.host.Mark(m.Ref); ok {
		s.drawMark(line, mark.kind())
	}
}

// marked reports whether the operation would concern what a row shows.
func (s *Peers) marked(it peerItem) bool {
	if it.member == isGroup {
		return s.host.groupMark(s.group(it).ID) != groupMark{}
	}
	m, _ := s.member(it)
	_, ok := s.host.Mark(m.Ref)
	return ok
}

// groupSize counts what is in a group and below it, and what would come and go.
func (s *Peers) groupSize(g *graph.Group) string {
	mark := s.host.groupMark(g.ID)
	size := kit.Plural(len(g.Members)-mark.leave[asMember], "member", "members") + comings(mark, asMember)
	if n := len(g.Slaves); n > 0 {
		size += ", " + kit.Plural(n-mark.leave[asSlave], "slave", "slaves") + comings(mark, asSlave)
	}
	if n := len(g.Children); n > 0 {
		size += ", " + kit.Plural(n, "group", "groups")
	}
	return size
}

// comings are how many would join a group and leave it.
func comings(mark groupMark, kind int) string {
	text := ""
	if n := mark.join[kind]; n > 0 {
		text += " +" + kit.Count(n)
	}
	if n := mark.leave[kind]; n > 0 {
		text += " -" + kit.Count(n)
	}
	return text
}

// describeGroupMark says what would become of a group.
func (s *Peers) describeGroupMark(p *kit.Page, g *graph.Group) {
	mark := s.host.groupMark(g.ID)
	if mark == (groupMark{}) {
		return
	}
	if mark.marked {
		sign, style := mark.kind.sign(s.theme)
		p.Text(0, kit.Span{Style: style, Text: sign + " the group " + mark.kind.words()})
	}
	for _, x := range [...]struct {
		n    int
		text string
	}{
		{mark.join[asMember] + mark.join[asSlave], "would join it"}, {mark.leave[asMember] + mark.leave[asSlave], "would leave it"},
	} {
		if x.n > 0 {
			p.Text(2, kit.Span{Style: s.theme.Text, Text: kit.Plural(x.n, "mount ", "mounts ") + x.text})
		}
	}
}
