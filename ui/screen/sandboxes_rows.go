package screen

import (
	"cmp"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
)

// fill makes the list of all, in the order of the tree.
func (s *Sandboxes) fill() {
	s.heard++
	var all []box
	known := make(map[int]bool)
	for _, i := range s.told {
		b := box{Info: i, ns: -1, outer: -1}
		if i.NS != 0 && i.State == sandbox.Running {
			b.ns = s.host.FindNS(NSKey{id: i.NSID, ns: i.NS})
			known[b.ns] = true
		}
		all = append(all, b)
	}
	for ns := range s.host.Len() {
		if n := s.host.Namespace(ns); n.Kind == nsctl.KindSandbox && !known[ns] && !s.past[boxKey{name: n.Name, ns: n.NS}] {
			all = append(all, box{ns: ns, outer: -1, foreign: true, Info: sandbox.Info{
				Name: cmp.Or(n.Name, n.NS.String()), State: sandbox.Running, NS: n.NS, NSID: n.NSID, OwnerUserNS: n.OwnerUserNS, PID: pidOf(n),
			}})
		}
	}
	slices.SortStableFunc(all, func(a, b box) int { return naturally(a.Name, b.Name) })
	s.boxes = make([]box, 0, len(all))
	taken := make([]bool, len(all))
	s.nest(all, taken, "", -1)
	for i := range all { // those in one that is not there any more, or in each other
		if !taken[i] {
			taken[i] = true
			s.boxes = append(s.boxes, all[i])
			s.nest(all, taken, all[i].Name, len(s.boxes)-1)
		}
	}
}

// nest adds those that are in a sandbox, each with what is in it.
func (s *Sandboxes) nest(all []box, taken []bool, name string, outer int) {
	for i := range all {
		if taken[i] || all[i].In != name || outer >= 0 && all[i].foreign {
			continue
		}
		taken[i] = true
		b := all[i]
		b.outer = outer
		s.boxes = append(s.boxes, b)
		if !b.foreign && b.Name != "" {
			s.nest(all, taken, b.Name, len(s.boxes)-1)
		}
	}
}

// naturally compares names so that s9 comes before s10.
func naturally(a, b string) int {
	if digits := func(text string) bool { return strings.Trim(text, "0123456789") == "" }; len(a) != len(b) {
		common := 0
		for common < min(len(a), len(b)) && a[common] == b[common] && !digits(a[common:common+1]) {
			common++
		}
		if a, b := a[common:], b[common:]; a != "" && b != "" && digits(a) && digits(b) {
			return len(a) - len(b)
		}
	}
	return strings.Compare(a, b)
}

// rebuild fills the rows anew and keeps the selection on the same sandbox, or takes it to
// the one that is wanted.
func (s *Sandboxes) rebuild(key boxKey) {
	s.rows = s.rows[:0]
	for i := range s.boxes {
		s.rows = append(s.rows, s.rowOf(i))
	}
	if s.query.Active() {
		s.rows = keepMatches(s.rows)
	}
	markLast(s.rows)
	row := s.rowWith(func(b *box) bool { return s.wanted != "" && b.Name == s.wanted && !b.foreign })
	if row >= 0 {
		s.wanted = ""
	} else {
		row = s.rowWith(func(b *box) bool { return b.key() == key })
	}
	if row < 0 { // it was being made, or has been made anew
		row = s.rowWith(func(b *box) bool { return b.Name == key.name && b.foreign == key.foreign })
	}
	if row < 0 {
		row = s.list.Cursor()
	}
	s.list.Replace(len(s.rows), row)
	s.fit()
}

// rowWith finds the row of a sandbox, or -1.
func (s *Sandboxes) rowWith(is func(*box) bool) int {
	return slices.IndexFunc(s.rows, func(r treeRow) bool { return is(&s.boxes[r.item]) })
}

// rowOf makes the row of a sandbox; rows before it are those of the sandboxes before it.
func (s *Sandboxes) rowOf(i int) treeRow {
	b := &s.boxes[i]
	row := treeRow{item: int32(i), parent: int32(b.outer), match: s.query.Active() && s.matches(b)}
	if b.outer >= 0 {
		row.depth = s.rows[b.outer].depth + 1
		s.rows[b.outer].kids = true
	}
	return row
}

func (s *Sandboxes) matches(b *box) bool {
	return s.query.Texts(b.Name, s.state(b), string(b.Propagation), strings.Join(b.Namespaces, " "), b.In, b.Root, b.From, b.NS.String())
}
