package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
	"mntscope/ui/theme"
)

// ask gives the command that works out what another choice would do.
func (o *retyping) ask(m *model) tea.Cmd {
	o.seq++
	return o.predict(m)
}

// predict gives that command, unless one is on its way: retyped sends the next.
func (o *retyping) predict(m *model) tea.Cmd {
	if o.running {
		return nil
	}
	o.running = true
	msg, predictIn := RetypedMsg{of: o, seq: o.seq, base: m.live}, m.predictor()
	mounts := slices.Clone(o.mounts)
	ops := make([]nsctl.Op, len(mounts))
	for i := range mounts {
		ops[i] = o.op(i)
	}
	return func() tea.Msg {
		for i := range mounts {
			p, failed := msg.next(&mounts[i], ops[i], predictIn)
			if failed != "" {
				msg.failed = failed
				break
			}
			msg.answers = append(msg.answers, p)
			msg.seen = append(msg.seen, gistOf(&p.Outcome)...)
			if !p.OK {
				break
			}
		}
		return msg
	}
}

// next predicts the change of a mount, for what those before it leave.
func (msg *RetypedMsg) next(at *retyped, op nsctl.Op, predictIn func(*screen.Host, nsctl.Op, int) (*predict.Prediction, error)) (*predict.Prediction, string) {
	r, there := msg.base.FindMount(at.ns, at.key)
	if !there {
		return nil, "the mount at " + nsctl.Printable(at.mount.Mountpoint) + " is gone"
	}
	if by := msg.base.Mount(r).HiddenBy; by != 0 {
		return nil, whyHidden(msg.base, r)
	}
	var p *predict.Prediction
	var err error
	if n := len(msg.answers); n == 0 {
		p, err = predictIn(msg.base, op, r.NS)
	} else {
		p, err = predict.New(graph.New(msg.answers[n-1].After())).Predict(op, predict.Caller{NS: r.NS})
	}
	if err != nil {
		return nil, errorText(err)
	}
	return p, ""
}

// whyHidden says what hides a mount, and how it can be reached.
func whyHidden(h *screen.Host, r graph.Ref) string {
	m := h.Mount(r)
	text := "mount " + screen.MountText(m.MntID) + " is hidden: no path leads to it"
	if by, ok := h.Lookup(r.NS, m.HiddenBy); ok {
		cover := h.Mount(by)
		text += ", as mount " + screen.MountText(cover.MntID) + " at " + nsctl.Printable(cover.Mountpoint) + " covers it; move that away or unmount it first: " +
			nsctl.SafeShellLine([]string{"umount", cover.Mountpoint})
	}
	return text
}

// retyped takes the answer to the command.
func (m *model) retyped(msg RetypedMsg) tea.Cmd {
	o := msg.of
	if m.overlay != overlay(o) {
		return nil // it was closed
	}
	o.running = false
	if msg.seq != o.seq {
		return o.predict(m) // something else is chosen by now
	}
	o.base, o.answers, o.seen, o.failed, o.answered, o.lines = msg.base, msg.answers, msg.seen, msg.failed, msg.seq, nil
	if msg.base != m.live {
		return o.predict(m)
	}
	return nil
}

// keys says whether enter does it, or asks first.
func (o *retyping) keys(m *model) []overlayKey {
	below := "all below too"
	if o.recursive {
		below = "only itself"
		if len(o.mounts) > 1 {
			below = "only themselves"
		}
	}
	list := []overlayKey{spaceKey(below), letterKey('y', "copies"), escKey("leaves")}
	switch {
	case o.answered == o.seq && (o.failed != "" || o.nothing()):
		return list
	case o.answered == o.seq && !o.asks(m):
		return append([]overlayKey{enterKey("does it")}, list...)
	}
	return append([]overlayKey{enterKey("goes on")}, list...)
}

// asks reports whether a question comes before what is answered is done.
func (o *retyping) asks(m *model) bool {
	for i, a := range o.answers {
		if r, there := o.base.FindMount(o.mounts[i].ns, o.mounts[i].key); !there || !m.ownSandbox(o.base, r.NS) {
			return true
		}
		for j := range a.Effects {
			if !m.ownSandbox(o.base, a.Effects[j].Space) {
				return true
			}
		}
	}
	return false
}

func (o *retyping) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	area = o.Area(m.layout.w, m.layout.h)
	said := o.say(m, o.TextWidth(area))
	area = o.Need(m.layout.w, m.layout.h, len(said))
	return o.Draw(m.theme, area, said, func(i int, l *kit.Line) { o.row(m.theme, i, l) }), area, -1, -1
}

// row is a type, what it means, and whether the mounts are of it already.
func (o *retyping) row(th *theme.Theme, i int, l *kit.Line) {
	t := typeChoices()[i]
	l.Add(th.Propagation[t], th.Glyphs.Propagation[t]+" "+theme.Letter(t)+" ").Cell(th.Text, t.String(), len("unbindable")+1)
	now := 0
	for j := range o.mounts {
		if o.isNow(o.mounts[j].mount, t) {
			now++
		}
	}
	text := ""
	switch {
	case now == len(o.mounts):
		text = "now"
	case now > 0:
		text = kit.Count(now) + " now"
	}
	width := len("now") + 1
	if len(o.mounts) > 1 {
		width = len("100 now") + 1
	}
	// A little shorter than elsewhere, for 80 columns.
	l.Cell(th.Accent, text, width).Add(th.Dim, strings.Replace(theme.Direction(t), ", and ", ", ", 1))
}

// say writes what the choice would do.
func (o *retyping) say(m *model, width int) []string {
	if o.lines != nil && o.width == width && o.theme == m.theme && o.answered == o.seq {
		return o.lines
	}
	p := &kit.Page{Theme: m.theme, Ground: theme.Raised, Width: width}
	th, box := m.theme, "[ ]"
	if o.recursive {
		box = "[x]"
	}
	p.Text(0, kit.Span{Style: th.Accent, Text: box}, kit.Span{Style: th.Text, Text: " and everything below"}, kit.Span{Style: th.Dim, Text: "  (space)"})
	for i, command := range o.commands(m) {
		if i == mostCommands {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(o.mounts)-i) + " more"})
			break
		}
		if command == "" {
			command = nsctl.SafeShellLine(o.op(i).Args())
		}
		sayCommand(p, command)
	}
	if o.answered != o.seq {
		p.Text(0, kit.Span{Style: th.Faint, Text: "working it out"})
		return p.Lines
	}
	o.sayAnswers(p)
	o.lines, o.width, o.theme = p.Lines, width, m.theme
	return p.Lines
}

func (o *retyping) sayAnswers(p *kit.Page) {
	th := p.Theme
	if o.failed != "" {
		p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " it cannot be done: "}, kit.Span{Style: th.Text, Text: o.failed})
		return
	}
	var all tally
	for _, a := range o.answers {
		all.count(&a.Outcome)
	}
	if o.nothing() {
		p.Text(0, kit.Span{Style: th.Strong, Text: o.already()})
	} else {
		p.Text(0, kit.Span{Style: th.Strong, Text: all.sum.String()})
	}
	for _, a := range o.answers {
		if !a.OK {
			p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " the kernel would refuse: " + a.Errno})
			p.Text(2, kit.Span{Style: th.Text, Text: a.Reason})
		}
		sayUncertain(p, &a.Outcome)
		sayOutcome(p, o.base, &a.Outcome)
	}
}

// already says why nothing would change.
func (o *retyping) already() string {
	t := typeChoices()[o.Selected()]
	if len(o.mounts) == 1 && !o.recursive {
		m := o.mounts[0].mount
		if o.isNow(m, t) {
			return "nothing changes: it is " + m.Propagation.Type().String() + " already"
		}
		return "nothing changes: a mount that is " + m.Propagation.Type().String() + " and in no peer group stays so"
	}
	if t != nsctl.Slave { // for which a mount may have no peer to receive from
		return "nothing changes: all of them are " + t.String() + " already"
	}
	return "nothing changes: all of them are so already, or have no peer to receive from"
}
