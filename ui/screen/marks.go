package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// markKind is what a mark means.
type markKind uint8

const (
	appears markKind = iota
	vanishes
	moves
	changes
	missed
)

func (k Mark) kind() markKind {
	if k.Missed != nil {
		return missed
	}
	switch k.Effect.Kind {
	case nsctl.EffectMount:
		return appears
	case nsctl.EffectUmount:
		return vanishes
	case nsctl.EffectMove:
		return moves
	}
	return changes
}

// words say what a mark means.
func (k markKind) words() string {
	return [...]string{
		appears: "would appear", vanishes: "would vanish", moves: "would move", changes: "would change", missed: "is not reached",
	}[k]
}

// sign is the glyph of a mark with its letter, and its colour.
func (k markKind) sign(th *theme.Theme) (string, theme.Style) {
	return th.Glyphs.Marks[k] + theme.MarkLetters[k:k+1], th.Marks[k]
}

// nextRow selects the next of n rows that is one of those that are looked for.
func (f *Frame) nextRow(direction, n int, wanted func(i int) bool) bool {
	for step := 1; step <= n; step++ {
		at := ((f.list.Cursor()+direction*step)%n + n) % n
		if wanted(at) {
			f.list.Select(at)
			return true
		}
	}
	return false
}

// Legend explains the marks: each with its sign and its meaning.
func Legend(th *theme.Theme) [][2]string {
	list := make([][2]string, 0, missed+1)
	for k := appears; k <= missed; k++ {
		sign, _ := k.sign(th)
		list = append(list, [2]string{sign, k.words()})
	}
	return list
}

// gutter is the width of the marks in front of a list: there are some only while the
// host is thought of.
func (f *Frame) gutter() int {
	if f.host.whatIf == nil {
		return 0
	}
	return 3
}

// drawMark draws the mark in front of a row.
func (f *Frame) drawMark(line *kit.Line, kind markKind) {
	sign, style := kind.sign(f.theme)
	line.Cell(style, sign, f.gutter())
}

// drawChange draws a propagation and what becomes of it, as much of both as there is
// room for.
func drawChange(line *kit.Line, th *theme.Theme, was, now nsctl.Propagation, width int) {
	before, after := badge(th, was.Type()), badge(th, now.Type())
	arrow := " " + th.Glyphs.Arrow + " "
	end := line.Left() - width
	for _, text := range [...][2]string{
		{before + " " + notation(was), after + " " + notation(now)}, {before, after + " " + notation(now)}, {before, after},
	} {
		if th.Width(text[0]+arrow+text[1]) <= width || text[1] == after {
			line.Cell(th.Propagation[was.Type()], text[0], min(width, th.Width(text[0])))
			line.Cell(th.Warn, arrow, min(line.Left()-end, th.Width(arrow)))
			line.Cell(th.Propagation[now.Type()], text[1], line.Left()-end)
			return
		}
	}
}

// changed gives the propagation that a mount would lose for another.
func (h *Host) changed(r graph.Ref) (was nsctl.Propagation, ok bool) {
	mark, ok := h.Mark(r)
	if !ok || mark.Effect == nil || mark.Effect.Was == nil {
		return was, false
	}
	was = mark.Effect.Was.Propagation
	now := h.Mount(r).Propagation
	was.PropagateFrom, now.PropagateFrom = 0, 0
	return was, was != now
}

// describeMark says what would happen to a mount, by which rule, and how it comes there.
func (f *Frame) describeMark(p *kit.Page, r graph.Ref) {
	mark, ok := f.host.Mark(r)
	if !ok {
		return
	}
	th := f.theme
	sign, style := mark.kind().sign(th)
	p.Text(0, kit.Span{Style: style, Text: sign + " it " + mark.kind().words()})
	if mark.Missed != nil {
		p.Text(2, kit.Span{Style: th.Dim, Text: mark.Missed.Text})
		p.Gap()
		return
	}
	e := mark.Effect
	p.Text(2, kit.Span{Style: th.Dim, Text: e.Rule})
	if e.Via != nil {
		p.Text(2, kit.Span{Style: th.Dim, Text: f.through(r.NS, e)})
	}
	if was, ok := f.host.changed(r); ok {
		now := f.host.Mount(r).Propagation
		p.Text(2, kit.Span{Style: th.Propagation[was.Type()], Text: badge(th, was.Type()) + " " + notation(was)},
			kit.Span{Style: th.Warn, Text: " " + th.Glyphs.Arrow + " "},
			kit.Span{Style: th.Propagation[now.Type()], Text: badge(th, now.Type()) + " " + notation(now)})
	}
	if text := f.whence(r.NS, e); text != "" {
		p.Text(2, kit.Span{Style: th.Text, Text: text})
	}
	p.Gap()
}

// through says how an effect came to a mount from another one.
func (f *Frame) through(ns int, e *nsctl.Effect) string {
	text := "through group " + groupText(e.Via.Group)
	if at, ok := f.host.Lookup(ns, e.Via.MntID); ok {
		text += ", to " + nsctl.Printable(f.host.Mount(at).Mountpoint) + " here"
	}
	return text
}

// whence says from where a mount would move; "" if it would not.
func (f *Frame) whence(ns int, e *nsctl.Effect) string {
	switch {
	case e.Kind != nsctl.EffectMove || e.Was == nil:
		return ""
	case e.Was.Mountpoint != e.Mount.Mountpoint:
		return "from " + nsctl.Printable(e.Was.Mountpoint)
	case e.Was.ParentID == e.Mount.ParentID:
		return ""
	}
	text := "stays where it is, on another mount than before"
	if at, ok := f.host.Lookup(ns, e.Mount.ParentID); ok {
		mark, marked := f.host.Mark(at)
		if marked && mark.kind() == appears {
			text = "stays where it is, on top of the one that appears"
		}
	}
	return text
}

// firstNewGroup is where the numbers of predicted groups begin.
const firstNewGroup nsctl.GroupID = 1_000_000

// groupText is the number of a group, or new1, new2 for one that is only predicted.
func groupText(id nsctl.GroupID) string {
	if id < firstNewGroup {
		return number(id)
	}
	return "new" + number(id-firstNewGroup+1)
}

// MountText is the number of a mount, or new for one that is only predicted.
func MountText(id nsctl.MountID) string {
	if id < 0 {
		return "new"
	}
	return number(id)
}

// withNewGroups writes the numbers of predicted groups in a notation as groupText does.
func withNewGroups(text string, p nsctl.Propagation) string {
	for _, id := range [...]nsctl.GroupID{p.Shared, p.Master, p.PropagateFrom} {
		if id >= firstNewGroup {
			text = strings.ReplaceAll(text, ":"+number(id), ":"+groupText(id))
		}
	}
	return text
}

// Sign is the glyph of the mark with its letter, and its colour.
func (k Mark) Sign(th *theme.Theme) (string, theme.Style) { return k.kind().sign(th) }

// Becomes says what becomes of a mount that stays, or how one that appears would be.
func Becomes(th *theme.Theme, e *nsctl.Effect) []kit.Span {
	state := func(p nsctl.Propagation) kit.Span {
		return kit.Span{Style: th.Propagation[p.Type()], Text: State(th, p)}
	}
	spans := []kit.Span{{Style: th.Text, Text: "  "}}
	switch {
	case e.Kind == nsctl.EffectUmount:
		return nil
	case e.Kind == nsctl.EffectRemount:
		access, _, _ := strings.Cut(e.Mount.SuperOptions, ",")
		return append(spans, kit.Span{Style: th.Warn, Text: "the filesystem becomes " + nsctl.Printable(access)})
	case e.Was == nil:
		return append(spans, state(e.Mount.Propagation))
	case e.Kind == nsctl.EffectMove && e.Was.Mountpoint != e.Mount.Mountpoint:
		spans = append(spans, kit.Span{Style: th.Dim, Text: "from " + nsctl.Printable(e.Was.Mountpoint) + "  "})
	case e.Kind == nsctl.EffectMove:
		spans = append(spans, kit.Span{Style: th.Dim, Text: "on another mount  "})
	}
	if e.Was.Propagation != e.Mount.Propagation {
		spans = append(spans, state(e.Was.Propagation), kit.Span{Style: th.Warn, Text: " " + th.Glyphs.Arrow + " "}, state(e.Mount.Propagation))
	}
	return spans
}
