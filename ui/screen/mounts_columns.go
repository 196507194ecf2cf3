package screen

import (
	"iter"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
)

// mountColumns are those of the tree. The second grows with what is in it.
var mountColumns = []kit.Column{
	{Title: "MOUNT POINT", Width: 20, Grow: 5},
	{Title: "PROPAGATION", Width: 12},
	{Title: "FSTYPE", Width: 9, Drop: 1},
	{Title: "SOURCE", Width: 12, Grow: 2, Drop: 2},
}

// fit gives the columns their widths. The propagation takes what the rows on screen
// need, before the mount points take the rest, and never less than it took before:
// columns must not jump while somebody scrolls.
func (s *Mounts) fit() {
	most := s.roomForState()
	s.stateWidth = max(s.stateWidth, mountColumns[1].Width)
	for r := range s.onScreen() {
		s.stateWidth = max(s.stateWidth, min(s.stateNeeds(r), most))
	}
	columns := slices.Clone(mountColumns)
	columns[1].Width = s.stateWidth
	s.widths = kit.FitColumns(columns, s.listArea.W-2-2-s.gutter())
}

// stateNeeds is how wide the propagation of a mount is, with what becomes of it.
func (s *Mounts) stateNeeds(r graph.Ref) int {
	whole := func(p nsctl.Propagation) int {
		return s.theme.Width(badge(s.theme, p.Type())) + 1 + len(notation(p))
	}
	need := whole(s.host.Shown(r).Propagation)
	if was, ok := s.host.changed(r); ok {
		need += whole(was) + s.theme.Width(s.theme.Glyphs.Arrow) + 2
	}
	return need
}

// roomForState is the most that the propagation may take: the other columns keep what
// they need, but without the source where the groups would not be seen.
func (s *Mounts) roomForState() int {
	if s.compare.on() {
		return max((s.listArea.W/2-2)*2/5, mountColumns[1].Width)
	}
	const groups = len("* B shared:123 master:123")
	room := s.listArea.W - 2 - 2 - s.gutter() - (mountColumns[0].Width + 1) - (mountColumns[2].Width + 1)
	if source := mountColumns[3].Width + 1; room-source >= groups {
		room -= source
	}
	return room
}

// onScreen are the mounts that are drawn.
func (s *Mounts) onScreen() iter.Seq[graph.Ref] {
	return func(yield func(graph.Ref) bool) {
		first, end := s.list.Visible()
		if s.compare.on() {
			end = min(end, len(s.compare.rows)) // they may be on their way
		}
		for i := first; i < end; i++ {
			for _, r := range s.mountsOf(i) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// mountsOf are the mounts of a row: one, or in a comparison up to two.
func (s *Mounts) mountsOf(row int) []graph.Ref {
	if !s.compare.on() {
		return []graph.Ref{s.refOf(row)}
	}
	var refs []graph.Ref
	p, of := s.compare.rows[row], s.compare.of
	if p.left >= 0 {
		refs = append(refs, graph.Ref{NS: of.left, Mount: int(p.left)})
	}
	if p.right >= 0 {
		refs = append(refs, graph.Ref{NS: of.right, Mount: int(p.right)})
	}
	return refs
}
