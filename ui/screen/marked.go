package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Marked are the mounts that were marked, in whatever namespaces, to change them together.
// They are known by their ids, from one state of the host to the next.
type Marked struct{ mounts mountSet }

// NewMarked makes a set without any.
func NewMarked() *Marked { return &Marked{mountSet{}} }

// Len is the number of marked mounts.
func (m *Marked) Len() int { return len(m.mounts) }

// Clear takes all marks away.
func (m *Marked) Clear() { clear(m.mounts) }

// Toggle marks a mount, or takes its mark away.
func (m *Marked) Toggle(h *Host, r graph.Ref) {
	if key := h.MountKey(r); m.mounts.has(key) {
		m.mounts.remove(key)
	} else {
		m.mounts.add(key)
	}
}

// In gives the marked mounts on a state of the host, namespace by namespace in the order of
// their tables.
func (m *Marked) In(h *Host) []graph.Ref {
	if m.Len() == 0 {
		return nil
	}
	var refs []graph.Ref
	for ns := range h.Len() {
		mounts := h.Namespace(ns).Mounts
		for i := range mounts {
			if key, ok := m.mounts[mounts[i].MntID]; ok && h.MountKey(graph.Ref{NS: ns, Mount: i}).same(key) {
				refs = append(refs, graph.Ref{NS: ns, Mount: i})
			}
		}
	}
	return refs
}

// Spaces gives the namespaces in which mounts are marked, and how many.
func (m *Marked) Spaces() map[nsctl.NSNumber]int {
	spaces := map[nsctl.NSNumber]int{}
	for _, key := range m.mounts {
		spaces[key.ns.ns]++
	}
	return spaces
}

// Keep takes the marks of mounts away that are gone.
func (m *Marked) Keep(h *Host) {
	still := m.In(h)
	m.Clear()
	for _, r := range still {
		m.mounts.add(h.MountKey(r))
	}
}

// ShowMarked shows which mounts are marked from now on.
func (s *Mounts) ShowMarked(m *Marked) { s.marked = m }

// isMarked reports whether a mount is marked.
func (s *Mounts) isMarked(r graph.Ref) bool {
	return s.marked.Len() > 0 && s.marked.mounts.has(s.host.MountKey(r))
}

// drawStart draws the first cells of the row of a mount: the cursor, and beside it that it is
// marked, or else its light.
func (s *Mounts) drawStart(line *kit.Line, style theme.Style, cursor string, r graph.Ref, l light) {
	if s.isMarked(r) {
		line.Cell(style, cursor, 1).Add(s.theme.Warn, s.theme.Glyphs.Marked)
		return
	}
	s.drawCursor(line, style, cursor, l)
}

// markedNote is how many mounts of the namespace are marked; empty for none.
func (s *Mounts) markedNote() string {
	if s.ns < 0 || s.marked.Len() == 0 {
		return ""
	}
	n := s.marked.Spaces()[s.host.Namespace(s.ns).NS]
	if n == 0 {
		return ""
	}
	return ", " + kit.Count(n) + " marked"
}
