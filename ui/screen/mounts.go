package screen

import (
	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Mounts is the second screen: the mount tree of a namespace, and beside it, on
// demand, a second namespace lined up with it.
type Mounts struct {
	Frame
	ns     int // position of the namespace; -1 for none
	nsKey  NSKey
	rows   []treeRow
	folded mountSet
	widths []int
	// stateWidth is what the propagation of the rows on screen has needed so far.
	stateWidth int

	compare comparing
	marked  *Marked

	reach    *Reach // of the selected mount, or of one that was selected before
	reaching bool   // a command is working out another one
}

// NewMounts makes the screen.
func NewMounts(th *theme.Theme) *Mounts {
	return &Mounts{Frame: newFrame(th, 1), ns: -1, folded: mountSet{}, marked: NewMarked()}
}

// Namespace is the position of the namespace that is shown; -1 for none.
func (s *Mounts) Namespace() int { return s.ns }

// Show shows another namespace, from its first mount on.
func (s *Mounts) Show(ns int) {
	if ns < 0 || ns >= s.host.Len() || ns == s.ns {
		return
	}
	s.ns, s.nsKey = ns, KeyOf(&s.host.Namespace(ns).NamespaceInfo)
	s.stateWidth = 0
	if s.compare.on() {
		s.compare.left()
		return
	}
	s.fill()
	s.setLen(0)
}

// Selected is the selected mount; in a comparison the one on the left, or else
// the one on the right.
func (s *Mounts) Selected() (graph.Ref, bool) {
	if s.compare.on() {
		return s.compare.selected(s.list.Cursor())
	}
	if len(s.rows) == 0 {
		return graph.Ref{}, false
	}
	return s.refOf(s.list.Cursor()), true
}

func (s *Mounts) refOf(row int) graph.Ref { return graph.Ref{NS: s.ns, Mount: int(s.rows[row].item)} }

// Select shows the namespace of a mount and selects the mount in it.
func (s *Mounts) Select(r graph.Ref) {
	s.compare.stop()
	s.Show(r.NS)
	if row := rowOf(s.rows, r.Mount); row >= 0 {
		s.list.Select(row)
		return
	}
	// It is filtered out, or folded away.
	s.query = Query{}
	for at, ok := s.host.Parent(r); ok; at, ok = s.host.Parent(at) {
		s.folded.remove(s.host.MountKey(at))
	}
	s.fill()
	s.setLen(rowOf(s.rows, r.Mount))
}

// SetHost implements Screen.
func (s *Mounts) SetHost(h *Host) (note string) {
	old := s.host
	was, selected := s.Selected()
	s.host = h
	if (old.whatIf == nil) != (h.whatIf == nil) {
		s.stateWidth = 0 // what becomes of the propagation needs room too
		s.unfoldMarks()
	}
	if s.ns < 0 {
		if h.Start >= 0 {
			s.Show(h.Start)
		} else {
			s.Show(0)
		}
		return ""
	}
	ns := h.FindNS(s.nsKey)
	if ns < 0 {
		note = "the namespace " + old.Label(s.ns) + " is gone"
		s.ns = -1
		s.Show(max(h.Start, 0))
		return note
	}
	s.ns, s.nsKey = ns, KeyOf(&h.Namespace(ns).NamespaceInfo)
	s.compare.setHost(s)
	if s.compare.on() {
		return ""
	}
	row := s.list.Cursor()
	s.fill()
	if selected {
		found, ok := h.findKey(ns, old.MountKey(was))
		if ok {
			if at := rowOf(s.rows, found.Mount); at >= 0 {
				row = at
			}
		} else {
			note = "the selected mount " + nsctl.Printable(old.Mount(was).Mountpoint) + " is gone; the next one is selected"
		}
	}
	s.setLen(row)
	return note
}

// SetFilter implements Screen. In a tree the mounts above a match stay visible.
func (s *Mounts) SetFilter(text string) {
	was, ok := s.Selected()
	s.query = NewQuery(text)
	if s.compare.on() {
		s.compare.filter(s)
		return
	}
	s.fill()
	row := -1
	if ok {
		row = rowOf(s.rows, was.Mount)
	}
	if row < 0 || s.query.Active() && !s.rows[row].match {
		row = s.nextMatch(max(row, 0)-1, 1)
	}
	s.setLen(max(row, 0))
}

// fill makes the rows of the tree anew.
func (s *Mounts) fill() {
	s.rows = nil
	if s.ns >= 0 {
		s.rows = flatten(s.host, s.ns, s.folded, s.query)
	}
}

// setLen tells the list of new rows. The selected one stays where it is on screen.
func (s *Mounts) setLen(row int) { s.list.Replace(len(s.rows), row) }

// nextMatch is the row of the next match from a row on; -1 if there is none.
func (s *Mounts) nextMatch(from, direction int) int {
	n := len(s.rows)
	for step := 1; step <= n; step++ {
		at := ((from+direction*step)%n + n) % n
		if s.rows[at].match {
			return at
		}
	}
	return -1
}

// Next implements Screen.
func (s *Mounts) Next(direction int) bool {
	if s.compare.on() {
		return s.compare.next(s, direction)
	}
	return s.nextRow(direction, len(s.rows), func(i int) bool {
		_, marked := s.host.Mark(s.refOf(i))
		return s.rows[i].match || marked && !s.query.Active()
	})
}

// Back implements Screen.
func (s *Mounts) Back() bool {
	if s.Frame.Back() {
		return true
	}
	if s.compare.on() {
		s.StopComparing()
		return true
	}
	return false
}

// Copies implements Screen.
func (s *Mounts) Copies() []Copy {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	m := s.host.Shown(r)
	list := []Copy{{"mount point", m.Mountpoint}, {"mount id", number(m.MntID)}}
	if m.ID != 0 {
		list = append(list, Copy{"unique mount id", number(m.ID)})
	}
	if text := m.Propagation.String(); text != "" {
		list = append(list, Copy{"propagation", text})
	}
	find := []string{"findmnt", "-o", "+PROPAGATION", "--mountpoint", m.Mountpoint}
	if enter, ok := s.host.Enter(r.NS); ok {
		list = append(list, Copy{"command that shows it", nsctl.SafeShellLine(append(enter, find...))})
	}
	return list
}

// Resize implements Screen.
func (s *Mounts) Resize(area kit.Rect) {
	s.area = area
	s.layout(area.W >= wide && !s.compare.on())
	s.stateWidth = 0
}

// Settle implements Screen.
func (s *Mounts) Settle() tea.Cmd {
	s.fit()
	r, ok := s.Selected()
	if !ok {
		s.setPage(s.newPage())
		s.pageFor = pageKey{}
		return s.lineUpCmd()
	}
	reach := s.reach
	known := reach != nil && reach.host == s.host && reach.of == r
	if !known {
		reach = nil
	}
	state, thing := mountState{reach, s.compare.otherOf(s.list.Cursor())}, s.host.MountKey(r)
	// What was worked out for another state of the host is shown until it is worked out
	// for this one: it must not go away and come back.
	if (known || !s.shown(thing)) && !s.fresh(thing, state) {
		page := s.newPage()
		s.describe(page, r, state)
		s.setPage(page)
	}
	return tea.Batch(s.lineUpCmd(), s.reachCmd(r, known))
}

// shown reports whether the detail pane has all about a mount, as it was.
func (s *Mounts) shown(thing MountKey) bool {
	shown, ok := s.pageFor.state.(mountState)
	return ok && shown.reach != nil && thing.is(s.pageFor.thing) && s.pageFor.theme == s.theme && s.pageFor.width == s.detailArea.W
}

// reachCmd gives the command that works out the reach of a mount. While one is on
// its way no other is sent, so that holding a key down does not pile them up.
func (s *Mounts) reachCmd(r graph.Ref, known bool) tea.Cmd {
	if known || s.reaching {
		return nil
	}
	s.reaching = true
	host := s.host
	return func() tea.Msg { return MountReachedMsg{findReach(host, r)} }
}

// mountState is what besides the mount goes into the text about it.
type mountState struct {
	reach *Reach
	other otherSide
}

// Reached takes the answer to the command; Settle sends the next if the selection
// has moved on since.
func (s *Mounts) Reached(msg MountReachedMsg) {
	s.reaching = false
	s.reach = msg.reach
}
