package screen

import "slices"

// rowKind is what a row of the Events screen is about.
type rowKind uint8

const (
	rowOperation rowKind = iota
	rowBurst             // many operations
	rowEvent             // one change of an operation
	rowMissed            // a mount that was not reached
	rowNote              // what there is to say about those
)

// eventRow is a row of the Events screen.
type eventRow struct {
	of     *operation // of a burst the first one that is kept
	parent int32
	at     int32 // of an event or a mount that was not reached
	count  int32 // of a burst: its operations
	kind   rowKind
	depth  uint8
	last   bool // no sibling follows
	kids   bool
	open   bool
}

// eventKey identifies a row from one state of the record to the next.
type eventKey struct {
	serial int
	at     int32
	kind   rowKind
}

func (r eventRow) key() eventKey {
	if r.kind == rowBurst {
		return eventKey{r.of.burst, 0, r.kind}
	}
	return eventKey{r.of.serial, r.at, r.kind}
}

func (k eventKey) is(other identity) bool { return k == other }

// fill makes the rows anew.
func (s *Events) fill() {
	s.rows = s.rows[:0]
	all := s.shown()
	if s.query.Active() {
		for _, o := range all {
			if s.match.matches(o) {
				s.addOperation(o, -1, 0)
			}
		}
	} else {
		for i := 0; i < len(all); {
			n := i + 1
			for n < len(all) && all[n].burst == all[i].burst {
				n++
			}
			s.addBurst(all[i:n])
			i = n
		}
	}
	s.markLast()
}

// addBurst adds the row of a burst and, if it is open, its operations; or the operations
// alone if they are too few.
func (s *Events) addBurst(list []*operation) {
	if len(list) <= burstSize {
		for _, o := range list {
			s.addOperation(o, -1, 0)
		}
		return
	}
	open := s.bursts[list[0].burst]
	at := int32(len(s.rows))
	s.rows = append(s.rows, eventRow{of: list[0], parent: -1, count: int32(len(list)), kind: rowBurst, kids: true, open: open})
	if open {
		for _, o := range list {
			s.addOperation(o, at, 1)
		}
	}
}

func (s *Events) addOperation(o *operation, parent int32, depth uint8) {
	open := s.opened[o.serial]
	at := int32(len(s.rows))
	s.rows = append(s.rows, eventRow{of: o, parent: parent, kind: rowOperation, depth: depth, kids: true, open: open})
	if !open {
		return
	}
	add := func(kind rowKind, i int) {
		s.rows = append(s.rows, eventRow{of: o, parent: at, at: int32(i), kind: kind, depth: depth + 1})
	}
	for _, i := range o.children() {
		add(rowEvent, i)
	}
	if !o.travels() {
		return
	}
	if o.missed == nil || len(o.missed.list) == 0 {
		add(rowNote, 0)
		return
	}
	for i := range o.missed.list {
		add(rowMissed, i)
	}
}

// markLast finds the rows after which no sibling comes.
func (s *Events) markLast() {
	var followed [4]bool // by depth
	for i := len(s.rows) - 1; i >= 0; i-- {
		d := s.rows[i].depth
		s.rows[i].last = !followed[d]
		followed[d] = true
		clear(followed[d+1:])
	}
}

// refill makes the rows anew and keeps the selection, or follows the end.
func (s *Events) refill() {
	follows := s.follows()
	was, selected := s.selected()
	row := s.list.Cursor()
	s.fill()
	switch {
	case follows && (!selected || was.depth == 0):
		s.list.SetLen(len(s.rows))
		s.list.Select(s.lastRoot())
		return
	case selected:
		if at := s.find(was); at >= 0 {
			row = at
		}
	}
	s.list.Replace(len(s.rows), row)
}

// lastRoot is the row of the last operation.
func (s *Events) lastRoot() int {
	for i := len(s.rows) - 1; i >= 0; i-- {
		if s.rows[i].depth == 0 {
			return i
		}
	}
	return 0
}

// find gives the row that shows what another one showed, or that of the burst or the
// operation that it is now in; -1 if there is none.
func (s *Events) find(was eventRow) int {
	key, best := was.key(), -1
	for i := range s.rows {
		row := &s.rows[i]
		switch {
		case row.key() == key:
			return i
		case row.kind == rowOperation && row.of == was.of, row.kind == rowBurst && row.of.burst == was.of.burst:
			best = i
		case best < 0 && row.of.serial > was.of.serial: // it was dropped: the oldest that is kept
			best = i
		}
	}
	return best
}

// isOpen gives where it is noted that a row is open.
func (s *Events) noted(row eventRow) (map[int]bool, int) {
	if row.kind == rowBurst {
		return s.bursts, row.of.burst
	}
	return s.opened, row.of.serial
}

// Toggle opens or closes the selected row, or closes the one that it belongs to.
func (s *Events) Toggle() {
	row, ok := s.selected()
	if !ok {
		return
	}
	if !row.kids {
		row = s.rows[row.parent]
	}
	s.set(row, !row.open)
}

func (s *Events) set(row eventRow, open bool) {
	notes, serial := s.noted(row)
	if open {
		notes[serial] = true
	} else {
		delete(notes, serial)
	}
	was := s.list.Cursor()
	s.fill()
	if at := s.find(row); at >= 0 && !open {
		was = at
	}
	s.list.Replace(len(s.rows), was)
	s.showOpened()
}

// showOpened scrolls to what is below the selected row.
func (s *Events) showOpened() {
	revealBelow(&s.list, func(i int) int { return int(s.rows[i].depth) })
}

// Fold closes the selected row, or goes to the one that it belongs to.
func (s *Events) Fold() {
	row, ok := s.selected()
	switch {
	case !ok:
	case row.open:
		s.set(row, false)
	case row.parent >= 0:
		s.list.Select(int(row.parent))
	}
}

// Unfold opens the selected row, or goes into it.
func (s *Events) Unfold() {
	row, ok := s.selected()
	switch {
	case !ok || !row.kids:
	case !row.open:
		s.set(row, true)
	default:
		s.list.Move(1)
	}
}

// FoldAll closes every row, or, if none is open, opens the bursts.
func (s *Events) FoldAll() {
	open := !slices.ContainsFunc(s.rows, func(r eventRow) bool { return r.open })
	clear(s.opened)
	clear(s.bursts)
	if open {
		for i := range s.rows {
			if s.rows[i].kind == rowBurst {
				s.bursts[s.rows[i].of.burst] = true
			}
		}
		for _, o := range s.shown() {
			s.opened[o.serial] = true
		}
	}
	s.refill()
}
