package screen

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Namespaces is the first screen: every mount namespace of the host.
type Namespaces struct {
	Frame
	rows   []int // positions in the snapshot, as sorted and filtered
	sort   int   // index into sortings
	widths []int
}

// NewNamespaces makes the screen.
func NewNamespaces(th *theme.Theme) *Namespaces { return &Namespaces{Frame: newFrame(th, 1)} }

// sorting is an order of the list. The order of the snapshot decides between equals.
type sorting struct {
	name    string
	compare func(h *Host, a, b int) int
}

var sortings = []sorting{
	{"number", func(*Host, int, int) int { return 0 }},
	{"name", func(h *Host, a, b int) int {
		return cmp.Compare(strings.ToLower(h.Label(a)), strings.ToLower(h.Label(b)))
	}},
	{"mounts", func(h *Host, a, b int) int { return len(h.Namespace(b).Mounts) - len(h.Namespace(a).Mounts) }},
	{"processes", func(h *Host, a, b int) int { return h.Namespace(b).ProcessCount - h.Namespace(a).ProcessCount }},
	{"standing", func(h *Host, a, b int) int {
		return cmp.Compare(h.Relations[a].Standing, h.Relations[b].Standing)
	}},
}

// SortNext takes the next order and gives its name.
func (s *Namespaces) SortNext() string {
	s.sort = (s.sort + 1) % len(sortings)
	s.rebuild()
	return sortings[s.sort].name
}

// Selected is the position of the selected namespace; -1 if there is none.
func (s *Namespaces) Selected() int {
	if len(s.rows) == 0 {
		return -1
	}
	return s.rows[s.list.Cursor()]
}

// Select selects the namespace at a position, if it is in the list.
func (s *Namespaces) Select(ns int) {
	if i := slices.Index(s.rows, ns); i >= 0 {
		s.list.Select(i)
	}
}

// SetHost implements Screen.
func (s *Namespaces) SetHost(h *Host) (note string) {
	old, was := s.host, s.Selected()
	s.host = h
	s.fit()
	if was < 0 {
		s.rebuild()
		s.Select(h.Start)
		return ""
	}
	key := KeyOf(&old.Namespace(was).NamespaceInfo)
	row := s.list.Cursor()
	s.fill()
	if i := slices.IndexFunc(s.rows, func(ns int) bool { return KeyOf(&h.Namespace(ns).NamespaceInfo).same(key) }); i >= 0 {
		row = i
	} else if h.FindNS(key) < 0 {
		note = "the selected namespace " + old.Label(was) + " is gone; the next one is selected"
	}
	s.list.Replace(len(s.rows), row)
	return note
}

// SetFilter implements Screen.
func (s *Namespaces) SetFilter(text string) {
	s.query = NewQuery(text)
	s.rebuild()
}

// rebuild fills the list anew and keeps the selection on the same namespace.
func (s *Namespaces) rebuild() {
	was := s.Selected()
	s.fill()
	s.list.Replace(len(s.rows), max(slices.Index(s.rows, was), 0))
}

func (s *Namespaces) fill() {
	s.rows = nil
	for i := range s.host.Len() {
		if s.matches(i) {
			s.rows = append(s.rows, i)
		}
	}
	slices.SortStableFunc(s.rows, func(a, b int) int { return sortings[s.sort].compare(s.host, a, b) })
}

func (s *Namespaces) matches(i int) bool {
	if !s.query.Active() {
		return true
	}
	n := s.host.Namespace(i)
	texts := []string{string(n.Kind), s.host.Label(i), n.NS.String(), s.host.Relations[i].Standing.String(), owner(s.host, n), heldBy(n)}
	if n.Container != nil {
		texts = append(texts, n.Container.Manager, n.Container.ID, n.Container.Name)
	}
	for _, p := range n.Processes {
		texts = append(texts, p.Comm, number(p.PID))
	}
	return s.query.Texts(texts...)
}

// Next implements Screen. The list shows only what matches, so that with a filter any row
// is the next match.
func (s *Namespaces) Next(direction int) bool {
	if !s.query.Active() {
		return s.nextRow(direction, len(s.rows), func(i int) bool { return s.host.Counts(s.rows[i]) != Counts{} })
	}
	if len(s.rows) == 0 {
		return false
	}
	s.list.Select((s.list.Cursor() + direction + len(s.rows)) % len(s.rows))
	return true
}

// Copies implements Screen.
func (s *Namespaces) Copies() []Copy {
	i := s.Selected()
	if i < 0 {
		return nil
	}
	n := s.host.Namespace(i)
	list := []Copy{{"name", s.host.Label(i)}}
	if n.NS != 0 {
		list = append(list, Copy{"number", n.NS.String()})
	}
	if pid := pidOf(n); pid != 0 {
		list = append(list,
			Copy{"command that lists its mounts", nsctl.SafeShellLine([]string{"findmnt", "-N", number(pid)})},
			Copy{"command that enters it", nsctl.SafeShellLine([]string{"nsenter", "-t", number(pid), "-m"})})
	}
	return list
}

// Settle implements Screen.
func (s *Namespaces) Settle() tea.Cmd {
	i := s.Selected()
	if i < 0 {
		s.setPage(s.newPage())
		s.pageFor = pageKey{}
		return nil
	}
	if !s.fresh(KeyOf(&s.host.Namespace(i).NamespaceInfo), nil) {
		page := s.newPage()
		s.describe(page, i)
		s.setPage(page)
	}
	return nil
}

// Resize implements Screen.
func (s *Namespaces) Resize(area kit.Rect) {
	s.Frame.Resize(area)
	s.fit()
}

func (s *Namespaces) fit() { s.widths = kit.FitColumns(s.columns(), s.listArea.W-2-2) }

// owner says who may change the mounts of a namespace.
func owner(h *Host, n *nsctl.Namespace) string {
	text := ownerUID(n)
	if n.OwnerUserNS != 0 && (h.Start < 0 || h.Namespace(h.Start).OwnerUserNS != n.OwnerUserNS) {
		text = strings.TrimSpace(text + " " + n.OwnerUserNS.String())
	}
	return cmp.Or(text, "?")
}

func ownerUID(n *nsctl.Namespace) string {
	if n.OwnerUID == nil {
		return ""
	}
	return "uid " + number(*n.OwnerUID)
}

// shortOwner is as much of the owner as there is room for. Half of the number of a user
// namespace says nothing.
func shortOwner(h *Host, n *nsctl.Namespace, room int) string {
	if text := owner(h, n); len(text) <= room {
		return text
	}
	return cmp.Or(ownerUID(n), owner(h, n))
}

// heldBy says in a few words what keeps a namespace alive.
func heldBy(n *nsctl.Namespace) string {
	var parts []string
	for _, held := range n.HeldBy {
		parts = append(parts, holder(held))
	}
	return strings.Join(parts, ", ")
}

func holder(h nsctl.Holder) string {
	switch h.Kind {
	case nsctl.HeldByThread:
		return "thread " + number(h.PID)
	case nsctl.HeldByFD:
		return "fd " + nsctl.Printable(h.Path)
	case nsctl.HeldByBind:
		return "bind " + nsctl.Printable(h.Path)
	}
	return nsctl.Printable(string(h.Kind)) + " " + number(h.PID)
}
