package screen

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Sandboxes is the fifth screen: the disposable namespaces of the user, each below the one
// that it was made in.
type Sandboxes struct {
	Frame
	told   []sandbox.Info // as they were told last
	failed string         // why not all could be told
	hint   string         // what to do where there is none
	ours   map[boxKey]bool
	past   map[boxKey]bool // all that ever were told
	walks  map[boxKey]*walk
	heard  int // grows with what is told

	boxes  []box
	rows   []treeRow // their items are positions in boxes
	wanted string    // is selected as soon as it is there
	widths []int
}

// box is a sandbox on the screen.
type box struct {
	sandbox.Info
	ns      int  // its namespace's position in the snapshot; -1 if it is not there
	foreign bool // only the snapshot tells of it
	outer   int  // the position of the one it is in; -1 for none
}

// boxKey identifies a sandbox: its name may be used again.
type boxKey struct {
	name    string
	ns      nsctl.NSNumber
	foreign bool
}

func (k boxKey) is(other identity) bool { return identity(k) == other }

func keyOfBox(i *sandbox.Info) boxKey { return boxKey{name: i.Name, ns: i.NS} }

func (b *box) key() boxKey { return boxKey{b.Name, b.NS, b.foreign} }

// NewSandboxes makes the screen.
func NewSandboxes(th *theme.Theme) *Sandboxes {
	return &Sandboxes{Frame: newFrame(th, 1), ours: map[boxKey]bool{}, past: map[boxKey]bool{}, walks: map[boxKey]*walk{}}
}

// Tell takes the sandboxes that there are, and why not all could be told. If the selected one is
// not among them any more, the note says so.
func (s *Sandboxes) Tell(all []sandbox.Info, failed string) (note string) {
	was := s.selected()
	s.told, s.failed = all, failed
	for i := range all {
		s.past[keyOfBox(&all[i])] = true
	}
	for key := range s.walks {
		if !slices.ContainsFunc(all, func(i sandbox.Info) bool { return keyOfBox(&i) == key }) {
			delete(s.walks, key)
		}
	}
	s.again(s.host)
	if was != nil && !was.foreign && !slices.ContainsFunc(all, func(i sandbox.Info) bool { return i.Name == was.Name }) {
		note = "the sandbox " + nsctl.Printable(was.Name) + " is gone"
	}
	return note
}

// Forget takes sandboxes away that were removed.
func (s *Sandboxes) Forget(names []string) {
	s.Tell(slices.DeleteFunc(slices.Clone(s.told), func(i sandbox.Info) bool { return slices.Contains(names, i.Name) }), s.failed)
}

// Invite says what to do where there is no sandbox.
func (s *Sandboxes) Invite(hint string) { s.hint = hint }

// Want selects the sandbox of a name as soon as it is there.
func (s *Sandboxes) Want(name string) {
	s.wanted = name
	s.rebuild(s.key())
}

// Ours marks a sandbox as one that ends with the explorer.
func (s *Sandboxes) Ours(i *sandbox.Info) {
	s.ours[keyOfBox(i)] = true
	s.heard++
}

// Selected is the selected sandbox; nil if there is none. It cannot be asked to do anything
// if it is foreign.
func (s *Sandboxes) Selected() (i *sandbox.Info, foreign bool) {
	b := s.selected()
	if b == nil {
		return nil, false
	}
	return &b.Info, b.foreign
}

// Space is the position of the selected sandbox's namespace; -1 if it is not in sight.
func (s *Sandboxes) Space() int {
	if b := s.selected(); b != nil {
		return b.ns
	}
	return -1
}

// Named gives the sandbox whose namespace is at a position, if it is one of the user's.
func (s *Sandboxes) Named(ns int) (name string, ok bool) {
	for i := range s.boxes {
		if b := &s.boxes[i]; b.ns == ns && !b.foreign {
			return b.Name, true
		}
	}
	return "", false
}

// Running are the user's sandboxes that live, outer ones first.
func (s *Sandboxes) Running() []sandbox.Info {
	var list []sandbox.Info
	for i := range s.boxes {
		if b := &s.boxes[i]; !b.foreign && b.State == sandbox.Running && b.NS != 0 {
			list = append(list, b.Info)
		}
	}
	return list
}

// Stale is how many there are of which only remains are left.
func (s *Sandboxes) Stale() int {
	n := 0
	for i := range s.boxes {
		if s.boxes[i].State == sandbox.Stale {
			n++
		}
	}
	return n
}

// Inside lists the names of all that were made in a sandbox, or in one of these.
func (s *Sandboxes) Inside(name string) []string {
	var names []string
	for i := range s.boxes {
		for at := s.boxes[i].outer; at >= 0; at = s.boxes[at].outer {
			if s.boxes[at].Name == name {
				names = append(names, s.boxes[i].Name)
				break
			}
		}
	}
	return names
}

// Unfinished reports whether one of them is still being made.
func (s *Sandboxes) Unfinished() bool {
	return slices.ContainsFunc(s.told, func(i sandbox.Info) bool { return i.State == sandbox.Running && i.NS == 0 })
}

func (s *Sandboxes) selected() *box {
	if len(s.rows) == 0 {
		return nil
	}
	return &s.boxes[s.rows[s.list.Cursor()].item]
}

func (s *Sandboxes) key() boxKey {
	if b := s.selected(); b != nil {
		return b.key()
	}
	return boxKey{}
}

// SetHost implements Screen. It has no note: which sandboxes there are is told by [Sandboxes.Tell].
func (s *Sandboxes) SetHost(h *Host) (note string) {
	s.again(h)
	return ""
}

func (s *Sandboxes) again(h *Host) {
	was := s.key()
	s.host = h
	s.fill()
	s.rebuild(was)
}

// SetFilter implements Screen.
func (s *Sandboxes) SetFilter(text string) {
	key := s.key()
	s.query = NewQuery(text)
	s.rebuild(key)
}

// Next implements Screen.
func (s *Sandboxes) Next(direction int) bool {
	if len(s.rows) == 0 {
		return false
	}
	s.list.Select((s.list.Cursor() + direction + len(s.rows)) % len(s.rows))
	return true
}

// Copies implements Screen.
func (s *Sandboxes) Copies() []Copy {
	b := s.selected()
	if b == nil {
		return nil
	}
	list := []Copy{{"name", b.Name}}
	if b.NS != 0 {
		list = append(list, Copy{"number", b.NS.String()})
	}
	if !b.foreign {
		list = append(list,
			Copy{"command that opens a shell in it", nsctl.SafeShellLine([]string{"mntscope", "sandbox", "sh", b.Name})},
			Copy{"command that removes it", nsctl.SafeShellLine([]string{"mntscope", "sandbox", "rm", b.Name})})
		if step := s.walkOf(b).next(); step != nil {
			list = append(list, Copy{"command that the next step equals", step.Command},
				Copy{"command that takes the next step", nsctl.SafeShellLine([]string{"mntscope", "sandbox", "step", b.Name})})
		}
	} else if b.PID != 0 {
		list = append(list, Copy{"command that enters it", nsctl.SafeShellLine([]string{"nsenter", "-t", number(b.PID), "-m"})})
	}
	return list
}

// Settle implements Screen.
func (s *Sandboxes) Settle() tea.Cmd {
	b := s.selected()
	if b == nil {
		s.setPage(s.newPage())
		s.pageFor = pageKey{}
		return nil
	}
	if !s.fresh(b.key(), s.heard) {
		page := s.newPage()
		s.describe(page, b)
		s.setPage(page)
	}
	return nil
}

// Resize implements Screen.
func (s *Sandboxes) Resize(area kit.Rect) {
	s.Frame.Resize(area)
	s.fit()
}

func (s *Sandboxes) fit() {
	columns := slices.Clone(sandboxColumns)
	for i := range s.rows {
		b := &s.boxes[s.rows[i].item]
		need := 3*min(int(s.rows[i].depth), maxIndent) + len(b.Name)
		columns[0].Width = min(max(columns[0].Width, need+2), max(s.listArea.W/4, columns[0].Width))
		columns[ownColumn].Width = min(max(columns[ownColumn].Width, len(own(b))), 22)
	}
	s.widths = kit.FitColumns(columns, s.listArea.W-2-2)
}
