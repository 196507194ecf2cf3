package screen

import (
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Mark says what an operation that is only thought of does to a mount: one of the two.
type Mark struct {
	Effect *nsctl.Effect
	Missed *nsctl.NotReached
}

// NewWhatIf makes a host ready that shows what an operation would do to another one: as it
// would be afterwards, with the mounts that would vanish still in their places, and a
// mark on each that it concerns.
func NewWhatIf(h *Host, p *predict.Prediction) *Host {
	s := p.After()
	for i := h.Len(); i < len(s.Namespaces); i++ {
		s.Namespaces[i].Name = "new namespace"
	}
	for i := range p.Effects {
		if e := &p.Effects[i]; e.Kind == nsctl.EffectUmount {
			ns := &s.Namespaces[e.Space]
			ns.Mounts = append(slices.Clip(ns.Mounts), e.Mount)
		}
	}
	var self nsctl.NSNumber
	if h.Start >= 0 {
		self = h.Namespace(h.Start).NS
	}
	w := NewHost(s, self, h.Read, h.Total)
	w.marks = map[graph.Ref]Mark{}
	for i := range p.NotReached {
		n := &p.NotReached[i]
		if r, ok := w.Lookup(n.Space, n.MntID); ok {
			w.marks[r] = Mark{Missed: n}
		}
	}
	for i := range p.Effects {
		e := &p.Effects[i]
		if r, ok := w.Lookup(e.Space, e.Mount.MntID); ok {
			w.marks[r] = Mark{Effect: e}
		}
	}
	return w
}

// Mark gives the mark on a mount.
func (h *Host) Mark(r graph.Ref) (Mark, bool) {
	mark, ok := h.marks[r]
	return mark, ok
}

// look gives the sign of a mark, its colour, and its meaning in words.
func (k Mark) look(th *theme.Theme) (sign string, style theme.Style, words string) {
	if k.Missed != nil {
		return th.Glyphs.CutOff, th.Faint, "is not reached"
	}
	switch k.Effect.Kind {
	case nsctl.EffectMount:
		return "+", th.Good, "would appear"
	case nsctl.EffectUmount:
		return "-", th.Bad, "would vanish"
	case nsctl.EffectMove:
		return th.Glyphs.Arrow, th.Accent, "would move here"
	}
	return "~", th.Warn, "would change"
}

// drawMark draws the sign of a mark, if there is one on the mount.
func drawMark(line *kit.Line, th *theme.Theme, h *Host, r graph.Ref) {
	if mark, ok := h.Mark(r); ok {
		sign, style, _ := mark.look(th)
		line.Add(style, sign+" ")
	}
}

// describeMark says what would happen to a mount, by which rule, and how it comes there.
func describeMark(p *kit.Page, th *theme.Theme, h *Host, r graph.Ref) {
	mark, ok := h.Mark(r)
	if !ok {
		return
	}
	sign, style, words := mark.look(th)
	p.Text(0, kit.Span{Style: style, Text: sign + " it " + words})
	if mark.Missed != nil {
		p.Text(2, kit.Span{Style: th.Dim, Text: mark.Missed.Text})
		return
	}
	e := mark.Effect
	p.Text(2, kit.Span{Style: th.Dim, Text: e.Rule})
	if e.Via != nil {
		p.Text(2, kit.Span{Style: th.Dim, Text: "through group " + groupText(e.Via.Group)})
	}
	if e.Was != nil {
		was := "was " + notation(e.Was.Propagation)
		if e.Kind == nsctl.EffectMove {
			was += " at " + nsctl.Printable(e.Was.Mountpoint)
		}
		p.Text(2, kit.Span{Style: th.Text, Text: was})
	}
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

// mountText is the number of a mount, or new for one that is only predicted.
func mountText(id nsctl.MountID) string {
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
