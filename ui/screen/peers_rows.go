package screen

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// Fold closes the selected group, or goes to the group that the row is in.
func (s *Peers) Fold() {
	if len(s.rows) == 0 {
		return
	}
	row := s.rows[s.list.Cursor()]
	if !row.kids || row.folded || s.query.Active() {
		s.list.Select(int(max(row.parent, 0)))
		return
	}
	s.Toggle()
}

// Unfold opens the selected group, or goes to its first member.
func (s *Peers) Unfold() {
	if len(s.rows) == 0 {
		return
	}
	switch row := s.rows[s.list.Cursor()]; {
	case row.folded:
		s.Toggle()
	case row.kids:
		s.list.Move(1)
	}
}

// Toggle opens or closes the selected group.
func (s *Peers) Toggle() {
	it, ok := s.item()
	if !ok || it.member != isGroup || s.query.Active() {
		return
	}
	id := s.group(it).ID
	s.flipped[id] = !s.flipped[id]
	s.refill()
	revealBelow(&s.list, func(i int) int { return int(s.rows[i].depth) })
}

// FoldAll closes every group, or, if none is open, opens them all.
func (s *Peers) FoldAll() {
	s.opened = !slices.ContainsFunc(s.rows, func(r treeRow) bool { return r.kids && !r.folded })
	s.decided = true
	clear(s.flipped)
	s.refill()
}

func (s *Peers) isOpen(id nsctl.GroupID) bool { return s.opened != s.flipped[id] }

// fill makes the rows anew.
func (s *Peers) fill() {
	// The memory is used again: on the largest hosts, making it anew for each letter
	// of a filter would cost more than everything else.
	s.items, s.rows = s.items[:0], s.rows[:0]
	f := s.host.Forest
	// Groups that are still to come, the next one last: a stack, as the masters of a
	// hostile snapshot may be a chain of any length.
	type pending struct{ group, parent, depth int32 }
	var stack []pending
	for top := 0; top < len(f.Groups) || len(stack) > 0; {
		var next pending
		if n := len(stack); n > 0 {
			next, stack = stack[n-1], stack[:n-1]
		} else {
			next = pending{int32(top), -1, 0}
			if top++; f.Groups[next.group].Master != 0 {
				continue // it comes below its master
			}
		}
		g := &f.Groups[next.group]
		row := int32(len(s.rows))
		it := peerItem{next.group, isGroup}
		below := len(g.Members)+len(g.Slaves)+len(g.Children) > 0
		folded := below && !s.query.Active() && !s.isOpen(g.ID)
		s.add(it, treeRow{parent: next.parent, depth: next.depth, kids: below, folded: folded, match: s.query.Group(s.host, next.group)})
		if folded {
			continue
		}
		for i := range len(g.Members) + len(g.Slaves) {
			it.member = int32(i)
			m, _ := s.member(it)
			s.add(it, treeRow{parent: row, depth: next.depth + 1, match: s.matchesMember(m)})
		}
		for i := len(g.Children) - 1; i >= 0; i-- {
			stack = append(stack, pending{s.host.groupAt[g.Children[i]], row, next.depth + 1})
		}
	}
	if s.query.Active() {
		s.rows = keepMatches(s.rows)
	}
	markLast(s.rows)
}

// forestSize is the number of rows if every group is open.
func (s *Peers) forestSize() int {
	size := 0
	for i := range s.host.Forest.Groups {
		g := &s.host.Forest.Groups[i]
		size += 1 + len(g.Members) + len(g.Slaves)
	}
	return size
}

func (s *Peers) add(it peerItem, row treeRow) {
	row.item = int32(len(s.items))
	s.items = append(s.items, it)
	s.rows = append(s.rows, row)
}

func (s *Peers) matchesMember(m graph.Member) bool {
	return s.query.Active() && s.query.Member(s.host, m.Ref)
}

// refill fills the list anew and keeps the selection.
func (s *Peers) refill() {
	it, ok := s.item()
	var was peerKey
	if ok {
		was = s.key(it)
	}
	s.fill()
	row := 0
	if ok {
		if row = s.find(was); row < 0 {
			row = max(s.find(peerKey{group: was.group}), 0)
		}
	}
	s.list.Replace(len(s.rows), row)
}
