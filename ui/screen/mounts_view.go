package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// View implements Screen.
func (s *Mounts) View() []string {
	if s.compare.on() {
		return s.viewComparison()
	}
	note := s.position()
	if s.query.Active() {
		note = s.matchNote()
	}
	list := s.drawList(rows{
		title: s.nsTitle(s.ns), note: note + s.markedNote(), count: len(s.rows), head: s.head, row: s.row,
		none: "the mounts of this namespace could not be read; the gaps say why",
	})
	return s.join(list, s.drawDetail("Mount"))
}

// nsTitle names a namespace in the edge of a box.
func (s *Mounts) nsTitle(ns int) string {
	if ns < 0 {
		return "Mounts"
	}
	n := s.host.Namespace(ns)
	title := s.host.Label(ns)
	if n.NS != 0 && title != n.NS.String() {
		title += " " + n.NS.String()
	}
	return title
}

func (s *Mounts) matchNote() string {
	matches := 0
	for i := range s.rows {
		if s.rows[i].match {
			matches++
		}
	}
	return kit.Plural(matches, "match", "matches")
}

func (s *Mounts) head() string { return s.heads(mountColumns, s.widths, 2+s.gutter()) }

func (s *Mounts) row(i int) string {
	th, g := s.theme, s.theme.Glyphs
	row := s.rows[i]
	m := s.host.Shown(s.refOf(i))
	ground, mark := s.ground(i)
	line := kit.NewLine(th, ground, s.listArea.W-2)
	light := s.mountLight(s.refOf(i))
	s.drawStart(line, th.Accent, mark, s.refOf(i), light)
	if mark, ok := s.host.Mark(s.refOf(i)); ok {
		s.drawMark(line, mark.kind())
	}
	drawBranch(th, line.To(2+s.gutter()), s.rows, i)
	if m.HiddenBy != 0 && s.widths[3] == 0 { // no column says it
		line.Add(th.Faint, g.Hidden+" ")
	}
	// With a filter, mounts that only lead to a match stay in the background.
	dim := m.HiddenBy != 0 || s.query.Active() && !row.match || s.host.Vanishes(s.refOf(i))
	pathEnd := 2 + s.gutter() + s.widths[0]
	s.drawPath(line, s.refOf(i), pathEnd, dim, light)
	line.To(pathEnd).Add(th.Text, " ")
	s.drawState(line, s.refOf(i), s.widths[1], dim)
	if s.widths[2] > 0 {
		line.Add(th.Text, " ").Cell(s.tone(th.Text, dim), nsctl.Printable(m.FSType), s.widths[2])
	}
	if s.widths[3] > 0 {
		line.Add(th.Text, " ").Cell(s.tone(th.Dim, dim), s.sourceText(s.refOf(i)), s.widths[3])
	}
	return line.String()
}

// drawPath draws a mount point up to a column: what it shares with the mount above
// it in the background, and cut off at the left if it is too long.
func (s *Mounts) drawPath(line *kit.Line, r graph.Ref, end int, dim bool, l light) {
	th := s.theme
	path := s.host.Shown(r).Mountpoint
	parent := ""
	if p, ok := s.host.Parent(r); ok {
		parent = strings.TrimSuffix(s.host.Mount(p).Mountpoint, "/") + "/"
	}
	room := end - (s.listArea.W - 2 - line.Left())
	rest, shares := strings.CutPrefix(path, parent)
	if !shares || parent == "" || rest == "" {
		line.Marked(s.lighten(s.tone(th.Text, dim), l), fitPath(th, nsctl.Printable(path), room), s.query.Mark())
		return
	}
	head, tail := nsctl.Printable(parent), nsctl.Printable(rest)
	if th.Width(head)+th.Width(tail) > room {
		whole := fitPath(th, head+tail, room)
		if head, shares = strings.CutSuffix(whole, tail); !shares {
			head, tail = "", whole
		}
	}
	line.Marked(s.tone(th.Dim, dim), head, s.query.Mark()).Marked(s.lighten(s.tone(th.Strong, dim), l), tail, s.query.Mark())
}

// fitPath cuts a path at its left side, between two directories if that is possible.
func fitPath(th *theme.Theme, path string, room int) string {
	if th.Width(path) <= room {
		return path
	}
	for i := 1; i < len(path); i++ {
		if path[i] == '/' && th.Width(path[i:]) <= room-len(th.Glyphs.Ellipsis) {
			return th.Glyphs.Ellipsis + path[i:]
		}
	}
	return th.FitLeft(path, room)
}

// drawState draws the propagation badge and the kernel's notation, and what becomes of
// them.
func (s *Mounts) drawState(line *kit.Line, r graph.Ref, width int, dim bool) {
	m := s.host.Shown(r)
	if was, ok := s.host.changed(r); ok {
		drawChange(line, s.theme, was, m.Propagation, width)
		return
	}
	t := m.Propagation.Type()
	style := s.tone(s.theme.Propagation[t], dim)
	text := badge(s.theme, t)
	glyph := s.theme.Width(text) + 1
	line.Cell(style, text, min(width, glyph))
	line.Cell(style, shortNotation(m.Propagation, width-glyph), width-glyph)
}

// sourceText is the source of a mount, or what hides it.
func (s *Mounts) sourceText(r graph.Ref) string {
	m := s.host.Shown(r)
	if mark, ok := s.host.Mark(r); ok {
		switch {
		case mark.Missed != nil:
			return "not reached: " + strings.ReplaceAll(string(mark.Missed.Reason), "-", " ")
		case s.whence(r.NS, mark.Effect) != "":
			return s.whence(r.NS, mark.Effect)
		}
	}
	if m.HiddenBy == 0 {
		return nsctl.Printable(m.Source)
	}
	id := MountText(m.HiddenBy)
	for _, text := range []string{" hidden by " + s.hider(r), " hidden by " + id} {
		if text = s.theme.Glyphs.Hidden + text; s.theme.Width(text) <= s.widths[3] {
			return text
		}
	}
	return s.theme.Glyphs.Hidden + " " + id
}

// hider names the mount that hides another one.
func (s *Mounts) hider(r graph.Ref) string {
	id := s.host.Mount(r).HiddenBy
	by, ok := s.host.Lookup(r.NS, id)
	if !ok {
		return "mount " + MountText(id)
	}
	m := s.host.Mount(by)
	return MountText(id) + " " + nsctl.Printable(m.FSType) + " on " + nsctl.Printable(m.Mountpoint)
}

func (s *Mounts) tone(style theme.Style, dim bool) theme.Style {
	if dim {
		return s.theme.Faint
	}
	return style
}
