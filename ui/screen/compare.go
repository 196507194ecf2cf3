package screen

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// comparing is the side-by-side view of two namespaces. Lining them up takes n log n
// time, so a command does it; until it is done, and whenever the host has changed
// since, there are no rows.
type comparing struct {
	active   bool
	otherKey NSKey
	other    int // position of the namespace on the right

	onlyDifferences bool
	of              comparison
	all, rows       []pair // all, and those that filter and onlyDifferences leave
	running         bool
	restore         struct { // what was selected before the host changed
		row         int
		left, right MountKey
	}
}

// comparison says what the rows are a comparison of.
type comparison struct {
	host        *Host
	left, right int
}

// ComparedMsg says that two namespaces were lined up.
type ComparedMsg struct {
	of    comparison
	pairs []pair
}

func (c *comparing) on() bool { return c.active }

func (c *comparing) left() { c.of = comparison{} }

func (c *comparing) stop() { *c = comparing{onlyDifferences: c.onlyDifferences, running: c.running} }

// Comparing reports whether two namespaces are shown side by side.
func (s *Mounts) Comparing() bool { return s.compare.on() }

// Compare shows a second namespace beside the first one.
func (s *Mounts) Compare(ns int) {
	if ns < 0 || ns >= s.host.Len() || s.ns < 0 {
		return
	}
	s.remember()
	s.compare.active, s.compare.other = true, ns
	s.compare.otherKey = KeyOf(&s.host.Namespace(ns).NamespaceInfo)
	s.compare.of, s.compare.all, s.compare.rows = comparison{}, nil, nil
	s.list.SetLen(0)
	s.Resize(s.area)
}

// StopComparing goes back to the tree of the first namespace.
func (s *Mounts) StopComparing() {
	was, ok := s.Selected()
	s.compare.stop()
	s.Resize(s.area)
	s.fill()
	row := 0
	if ok && was.NS == s.ns {
		row = max(rowOf(s.rows, was.Mount), 0)
	}
	s.setLen(row)
}

// Swap exchanges the two sides.
func (s *Mounts) Swap() {
	if !s.compare.on() {
		return
	}
	first := s.ns
	s.ns, s.nsKey = s.compare.other, s.compare.otherKey
	s.Compare(first)
}

// OnlyDifferences shows or hides what is the same on both sides, and tells which.
func (s *Mounts) OnlyDifferences() bool {
	s.remember()
	s.compare.onlyDifferences = !s.compare.onlyDifferences
	s.compare.filter(s)
	return s.compare.onlyDifferences
}

// remember keeps what is selected, for when the rows are there again.
func (s *Mounts) remember() {
	c := &s.compare
	c.restore.row, c.restore.left, c.restore.right = s.list.Cursor(), MountKey{}, MountKey{}
	if !c.on() {
		if r, ok := s.Selected(); ok {
			c.restore.left = s.host.MountKey(r)
		}
		return
	}
	if s.list.Cursor() < len(c.rows) {
		c.restore.left, c.restore.right = c.keys(s.list.Cursor())
	}
}

func (c *comparing) keys(row int) (left, right MountKey) {
	p := c.rows[row]
	if p.left >= 0 {
		left = c.of.host.MountKey(graph.Ref{NS: c.of.left, Mount: int(p.left)})
	}
	if p.right >= 0 {
		right = c.of.host.MountKey(graph.Ref{NS: c.of.right, Mount: int(p.right)})
	}
	return left, right
}

// setHost finds the second namespace in another snapshot. The rows have to be made
// anew if the mounts on one of the sides have changed.
func (c *comparing) setHost(s *Mounts) {
	if !c.on() {
		return
	}
	s.remember()
	was := c.of
	c.of = comparison{}
	if c.other = s.host.FindNS(c.otherKey); c.other < 0 {
		c.all, c.rows = nil, nil
		s.StopComparing()
		return
	}
	c.otherKey = KeyOf(&s.host.Namespace(c.other).NamespaceInfo)
	now := comparison{s.host, s.ns, c.other}
	if was.host != nil && sameMounts(was.host.Namespace(was.left), now.host.Namespace(now.left)) &&
		sameMounts(was.host.Namespace(was.right), now.host.Namespace(now.right)) {
		c.of = now
		return
	}
	c.all, c.rows = nil, nil
}

func sameMounts(a, b *nsctl.Namespace) bool {
	if len(a.Mounts) > 0 && len(a.Mounts) == len(b.Mounts) && &a.Mounts[0] == &b.Mounts[0] {
		return true // the table was not read again
	}
	return slices.Equal(a.Mounts, b.Mounts)
}

// lineUpCmd gives the command that is needed to have rows; nil for none.
func (s *Mounts) lineUpCmd() tea.Cmd {
	c := &s.compare
	want := comparison{s.host, s.ns, c.other}
	if !c.on() || c.running || c.of == want {
		return nil
	}
	c.running = true
	return func() tea.Msg { return ComparedMsg{want, lineUp(want.host, want.left, want.right)} }
}

// Compared takes the answer to the command; one that is out of date is dropped.
func (s *Mounts) Compared(msg ComparedMsg) {
	c := &s.compare
	c.running = false
	if !c.on() || msg.of != (comparison{s.host, s.ns, c.other}) {
		return
	}
	c.of, c.all = msg.of, msg.pairs
	c.filter(s)
}

// filter leaves the rows that are asked for, and selects what was selected before.
func (c *comparing) filter(s *Mounts) {
	if c.of.host == nil {
		return
	}
	c.rows = nil
	row := -1
	for _, p := range c.all {
		if c.onlyDifferences && p.differs == 0 || !c.matches(s.query, p) {
			continue
		}
		c.rows = append(c.rows, p)
		if row >= 0 {
			continue
		}
		left, right := c.keys(len(c.rows) - 1)
		none := MountKey{}
		if left != none && left.same(c.restore.left) || right != none && right.same(c.restore.right) {
			row = len(c.rows) - 1
		}
	}
	if row < 0 {
		row = c.restore.row
	}
	s.list.Replace(len(c.rows), row)
}

func (c *comparing) matches(q Query, p pair) bool {
	return !q.Active() ||
		p.left >= 0 && q.Mount(c.of.host, graph.Ref{NS: c.of.left, Mount: int(p.left)}) ||
		p.right >= 0 && q.Mount(c.of.host, graph.Ref{NS: c.of.right, Mount: int(p.right)})
}

// selected is the mount of a row: the one on the left, or else the one on the right.
func (c *comparing) selected(row int) (graph.Ref, bool) {
	if row >= len(c.rows) {
		return graph.Ref{}, false
	}
	if p := c.rows[row]; p.left >= 0 {
		return graph.Ref{NS: c.of.left, Mount: int(p.left)}, true
	}
	return graph.Ref{NS: c.of.right, Mount: int(c.rows[row].right)}, true
}

// otherOf is what stands beside the mount that selected gives.
func (c *comparing) otherOf(row int) otherSide {
	if !c.on() || row >= len(c.rows) {
		return otherSide{}
	}
	p := c.rows[row]
	o := otherSide{shown: true, ns: c.of.right, differs: p.differs}
	switch {
	case p.left < 0:
		o.ns = c.of.left
	case p.right >= 0:
		o.exists, o.ref = true, graph.Ref{NS: c.of.right, Mount: int(p.right)}
	}
	return o
}

// next selects the next row: with a filter any row is a match, without one the
// next difference is meant.
func (c *comparing) next(s *Mounts, direction int) bool {
	n := len(c.rows)
	for step := 1; step <= n; step++ {
		at := ((s.list.Cursor()+direction*step)%n + n) % n
		if s.query.Active() || c.rows[at].differs != 0 {
			s.list.Select(at)
			return true
		}
	}
	return false
}
