package ui

import (
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// maxSaid is how many mounts of a kind are listed; the screens show them all.
const maxSaid = 100

func (a *asking) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	area = a.Area(m.layout.w, m.layout.h)
	lines, x, y = a.Draw(m.theme, area, a.say(m.theme, a.TextWidth(area)))
	return lines, area, x, y
}

// say gives the lines about the text as it stands. They are made once for each answer.
func (a *asking) say(th *theme.Theme, width int) []string {
	want := saying{seq: a.seq, completions: a.completions, width: width, base: a.base, theme: th}
	if a.answer == nil {
		want.base = nil
	}
	if s := &a.said; s.lines != nil && s.seq == want.seq && s.completions == want.completions && s.width == want.width && s.base == want.base && s.theme == want.theme {
		return s.lines
	}
	p := &kit.Page{Theme: th, Ground: theme.Raised, Width: width}
	a.offer(p)
	switch {
	case slices.Contains(a.unfinished, a.Value()):
		p.Text(0, kit.Span{Style: th.Text, Text: "Now type the path that is missing."}, kit.Span{Style: th.Dim, Text: " Tab completes it."})
	case a.wrong != "":
		sayWrong(p, a.wrong)
	case a.failed != "":
		p.Text(0, kit.Span{Style: th.Warn, Text: a.failed})
	case a.answer == nil:
		p.Text(0, kit.Span{Style: th.Faint, Text: "working it out"})
	case !a.answer.OK:
		p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " the kernel would refuse: " + a.answer.Errno})
		p.Text(2, kit.Span{Style: th.Text, Text: a.answer.Reason})
		sayUncertain(p, &a.answer.Outcome)
	default:
		a.sayAnswer(p)
	}
	if a.answer != nil || a.wrong != "" { // else it is said only until the answer comes
		want.lines = p.Lines
		a.said = want
	}
	return p.Lines
}

// sayWrong says why a text is no operation, and, a line each, what one could be.
func sayWrong(p *kit.Page, wrong string) {
	th := p.Theme
	why, forms, _ := strings.Cut(wrong, "; expected ")
	p.Text(0, kit.Span{Style: th.Warn, Text: why})
	if forms == "" {
		return
	}
	p.Gap()
	for form := range strings.SplitSeq(forms, ", or ") {
		p.Item(0, kit.Span{Style: th.Dim, Text: " "}, kit.Span{Style: th.Dim, Text: form})
	}
}

// sayAnswer lists what would happen where, and what would not.
func (a *asking) sayAnswer(p *kit.Page) {
	th := p.Theme
	p.Text(0, kit.Span{Style: th.Strong, Text: screen.CountsOf(a.answer).String()})
	sayUncertain(p, &a.answer.Outcome)
	sayOutcome(p, a.base, &a.answer.Outcome)
}

// sayUncertain says what else could happen.
func sayUncertain(p *kit.Page, o *nsctl.Outcome) {
	for _, text := range o.Uncertain {
		p.Text(0, kit.Span{Style: p.Theme.Warn, Text: p.Theme.Glyphs.Warning + " not certain: "}, kit.Span{Style: p.Theme.Text, Text: text})
	}
}

// sayOutcome lists what happens in every namespace of a host, and where nothing does.
func sayOutcome(p *kit.Page, h *screen.Host, o *nsctl.Outcome) {
	th := p.Theme
	for i := range o.Effects {
		if i == maxSaid {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(o.Effects)-i) + " more"})
			break
		}
		e := &o.Effects[i]
		p.Text(0, append(place(th, h, screen.Mark{Effect: e}, e.Space, e.Mount.Mountpoint), screen.Becomes(th, e)...)...)
	}
	for i := range o.NotReached {
		if i == maxSaid {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(o.NotReached)-i) + " more"})
			break
		}
		n := &o.NotReached[i]
		p.Text(0, append(place(th, h, screen.Mark{Missed: n}, n.Space, n.Mountpoint), kit.Span{Style: th.Faint, Text: "  " + n.Text})...)
	}
}

// place is a mark, and the namespace and path that it is on.
func place(th *theme.Theme, h *screen.Host, mark screen.Mark, space int, path string) []kit.Span {
	label := h.Name(space)
	if space >= h.Len() {
		label = "new namespace"
	}
	sign, style := mark.Sign(th)
	return []kit.Span{{Style: style, Text: sign + " "}, {Style: th.Accent, Text: label + " "}, {Style: th.Text, Text: nsctl.Printable(path)}}
}
