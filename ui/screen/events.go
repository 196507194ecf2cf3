package screen

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Events is the fourth screen: what happened, a row for each operation of the kernel, the
// newest at the bottom. Opened, a row shows the changes that the operation made, and where
// it did not reach.
type Events struct {
	Frame
	record record
	frozen *picture // nil: the picture moves on
	match  eventQuery
	rows   []eventRow
	opened map[int]bool // by serial: operations, and bursts by that of their first
	bursts map[int]bool
	widths []int
	said   map[int]saidBurst
	asking bool // a command is working out who was not reached
	replay *replaying
}

// picture is what is shown while the record goes on.
type picture struct {
	operations []*operation
	dropped    int
	serial     int // of the last operation in it
}

// NewEvents makes the screen.
func NewEvents(th *theme.Theme) *Events {
	return &Events{Frame: newFrame(th, 1), opened: map[int]bool{}, bursts: map[int]bool{}, said: map[int]saidBurst{}}
}

// Add takes what happened. Who looks at the last row sees the next one as it comes; else
// what is on screen stays.
func (s *Events) Add(b *Batch) {
	s.record.add(b)
	if s.frozen != nil {
		return
	}
	s.refill()
}

// follows reports whether the last row is selected, and so will be the next one.
func (s *Events) follows() bool {
	return s.frozen == nil && s.replay == nil && !s.onDetail && s.list.Cursor() >= s.list.Len()-1
}

// Freeze stops the picture, or lets it move on.
func (s *Events) Freeze() (note string) {
	if s.frozen == nil {
		shown := append([]*operation(nil), s.record.operations...)
		s.frozen = &picture{operations: shown, dropped: s.record.dropped, serial: s.record.serial}
		return "frozen: what happens is recorded, and shown when f lets the picture move on"
	}
	end := s.list.Cursor() >= s.list.Len()-1
	s.frozen = nil
	s.refill()
	if end {
		s.Ends(true)
	}
	return ""
}

// since is how many operations the frozen picture does not show.
func (s *Events) since() int {
	if s.frozen == nil {
		return 0
	}
	return s.record.serial - s.frozen.serial
}

// shown are the operations of the picture.
func (s *Events) shown() []*operation {
	if s.frozen != nil {
		return s.frozen.operations
	}
	return s.record.operations
}

// SetHost implements Screen. What happened does not change with the host.
func (s *Events) SetHost(h *Host) (note string) {
	s.host = h
	return ""
}

// SetFilter implements Screen.
func (s *Events) SetFilter(text string) {
	s.query = NewQuery(text)
	s.match = newEventQuery(text)
	s.refill()
}

// Next implements Screen. Every operation that is shown matches.
func (s *Events) Next(direction int) bool {
	return s.query.Active() && s.nextRow(direction, len(s.rows), func(i int) bool { return s.rows[i].kind == rowOperation })
}

// row gives the selected row.
func (s *Events) selected() (eventRow, bool) {
	if len(s.rows) == 0 {
		return eventRow{}, false
	}
	return s.rows[s.list.Cursor()], true
}

// wideEvents is the width from which the detail pane stands beside the list, which has more
// columns than those of the other screens.
const wideEvents = 150

// Resize implements Screen.
func (s *Events) Resize(area kit.Rect) {
	s.area = area
	s.layout(area.W >= wideEvents)
	s.fit()
}

// Settle implements Screen.
func (s *Events) Settle() tea.Cmd {
	row, ok := s.selected()
	if !ok {
		if !s.fresh(nothing{}, eventState{ready: s.record.ready}) {
			page := s.newPage()
			s.describeSources(page)
			s.setPage(page)
		}
		return nil
	}
	if !s.fresh(row.key(), s.stateOf(row)) {
		page := s.newPage()
		s.describe(page, row)
		s.setPage(page)
	}
	return s.askMissed()
}

// eventState is what besides the row goes into the text about it.
type eventState struct {
	events int
	missed *unreached
	ready  *nsctl.Event
}

func (s *Events) stateOf(row eventRow) eventState {
	if row.kind == rowBurst {
		return eventState{events: int(row.count)}
	}
	return eventState{events: len(row.of.list), missed: row.of.missed}
}

// nothing is what the detail pane is about where no row is.
type nothing struct{}

func (nothing) is(other identity) bool {
	_, ok := other.(nothing)
	return ok
}

// askMissed gives the command that works out who was not reached, for the first opened
// operation on screen of which it is not known. One at a time is on its way.
func (s *Events) askMissed() tea.Cmd {
	if s.asking {
		return nil
	}
	first, end := s.list.Visible()
	for _, row := range s.rows[first:end] {
		if row.kind == rowNote && row.of.missed == nil {
			s.asking = true
			of, find := row.of, s.findMissed(row.of)
			return func() tea.Msg { return MissedFoundMsg{of, find()} }
		}
	}
	return nil
}

// MissedFound takes the answer to the command.
func (s *Events) MissedFound(msg MissedFoundMsg) {
	s.asking = false
	msg.of.missed = msg.answer
	s.refill()
	if row, ok := s.selected(); ok && row.of == msg.of && row.open {
		s.showOpened()
	}
}
