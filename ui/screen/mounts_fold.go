package screen

// Fold hides the children of the selected mount, or, if it has none to hide,
// selects its parent.
func (s *Mounts) Fold() {
	if s.compare.on() || len(s.rows) == 0 {
		return
	}
	at := s.list.Cursor()
	if row := s.rows[at]; !row.kids || row.folded || s.query.Active() {
		s.list.Select(int(max(row.parent, 0)))
		return
	}
	s.folded.add(s.host.MountKey(s.refOf(at)))
	s.fill()
	s.setLen(at)
}

// Unfold shows the children of the selected mount, or, if they are shown, selects
// the first of them.
func (s *Mounts) Unfold() {
	if s.compare.on() || len(s.rows) == 0 {
		return
	}
	at := s.list.Cursor()
	switch row := s.rows[at]; {
	case row.folded:
		s.folded.remove(s.host.MountKey(s.refOf(at)))
		s.fill()
		s.setLen(at)
		revealBelow(&s.list, func(i int) int { return int(s.rows[i].depth) })
	case row.kids:
		s.list.Move(1)
	}
}

// Toggle folds or unfolds the selected mount.
func (s *Mounts) Toggle() {
	if s.compare.on() || len(s.rows) == 0 {
		return
	}
	if row := s.rows[s.list.Cursor()]; row.folded {
		s.Unfold()
	} else if row.kids {
		s.Fold()
	}
}

// FoldAll folds every mount below the roots, or, if any is folded, unfolds all.
func (s *Mounts) FoldAll() {
	if s.ns < 0 || s.compare.on() {
		return
	}
	was, ok := s.Selected()
	if len(s.folded) > 0 {
		clear(s.folded)
	} else {
		for ref, depth := range s.host.Walk(s.ns) {
			if depth > 0 && len(s.host.Children(ref)) > 0 {
				s.folded.add(s.host.MountKey(ref))
			}
		}
	}
	s.fill()
	row := 0
	for ; ok && was.NS == s.ns; was, ok = s.host.Parent(was) {
		if row = rowOf(s.rows, was.Mount); row >= 0 {
			break
		}
	}
	s.setLen(max(row, 0))
}

// unfoldMarks shows every mount that is marked.
func (s *Mounts) unfoldMarks() {
	if s.host.whatIf == nil || len(s.folded) == 0 {
		return
	}
	for r := range s.host.whatIf.marks {
		for at, ok := s.host.Parent(r); ok; at, ok = s.host.Parent(at) {
			s.folded.remove(s.host.MountKey(at))
		}
	}
}
