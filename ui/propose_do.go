package ui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
)

// report is what doing something did.
type report struct {
	done    []string // what was done, as commands
	failed  string   // what was not done, and the reason; empty if all was
	err     error
	notDone []string // what was not even tried
	// changed is why nothing was done at all although it was agreed to: what was shown does
	// not hold any more.
	changed string
	// surprises are what happened in another way than was shown.
	surprises      []string
	mounts, spaces int // that changed
	seen           map[changedMount]bool
	undo           bool
	goesOn         bool // u goes on with what was not done
}

// changedMount is a mount that changed.
type changedMount struct {
	ns nsctl.NSNumber
	id nsctl.UniqueID
	// mnt is its other id, where it has no unique one.
	mnt nsctl.MountID
}

// DoneMsg brings what doing something did.
type DoneMsg struct {
	of  *proposing
	did report
}

// apply does the operations one after the other, and stops where one is not what was shown.
func (o *operations) apply(ctx context.Context, c Changer) report {
	var r report
	var seen []nsctl.NSNumber
	first := int64(0)
	commands := o.commands()
	for i := range o.steps {
		result, err := o.applyOne(ctx, c, i, first)
		if result != nil {
			if i == 0 {
				first = result.Seq
			}
			r.done = append(r.done, commands[i])
			seen = r.take(result, seen)
		}
		var changed *change.Changed
		switch {
		case err == nil:
			continue
		case i == 0 && errors.As(err, &changed):
			r.changed = changed.Why
			return r
		}
		var unverified *change.Unverified
		if result == nil && errors.As(err, &unverified) {
			r.done = append(r.done, commands[i])
		} else if result == nil {
			r.failed = commands[i]
		}
		r.err, r.notDone = err, commands[i+1:]
		break
	}
	r.spaces = len(seen)
	return r
}

// applyOne does one of them. Those after the first are planned only now, and are taken back
// together with that.
func (o *operations) applyOne(ctx context.Context, c Changer, i int, first int64) (*change.Result, error) {
	if i == 0 {
		return c.Apply(ctx, o.first)
	}
	s := &o.steps[i]
	wanted := s.wanted
	wanted.With = first
	p, err := c.Plan(ctx, wanted)
	switch {
	case err != nil:
		return nil, err
	case p.Blocked != nil:
		return nil, p.Blocked
	case !slices.Equal(gistOf(&p.Prediction.Outcome), gistOf(s.outcome)) || sameAsShown(o.shown, p) != nil:
		return nil, errors.New("it would do something else now than what was shown")
	}
	// Without its places a prediction does not know all dangers.
	if d, is := p.Danger(o.terminal); is && !hasName(o.dangers(), d) {
		return nil, errors.New("danger: " + d.Why + "; propose it alone")
	}
	return c.Apply(ctx, p)
}

// take counts what an operation did.
func (r *report) take(result *change.Result, seen []nsctl.NSNumber) []nsctl.NSNumber {
	if r.seen == nil {
		r.seen = map[changedMount]bool{}
	}
	for i := range result.Observed {
		at := changedMount{ns: result.Observed[i].NS, id: result.Observed[i].Mount.ID}
		if at.id == 0 {
			at.mnt = result.Observed[i].Mount.MntID
		}
		r.seen[at] = true
	}
	r.mounts = len(r.seen)
	for i := range result.Observed {
		if ns := result.Observed[i].NS; !slices.Contains(seen, ns) {
			seen = append(seen, ns)
		}
	}
	for i := range result.Surprises {
		r.surprises = append(r.surprises, result.Surprises[i].Text)
	}
	return seen
}

// done says what was done: in the footer if all went as shown, else in a sheet.
func (m *model) done(msg DoneMsg) tea.Cmd {
	s, r := msg.of, &msg.did
	m.doing, s.doing, s.lines = false, false, nil
	open := m.overlay == overlay(s)
	if r.changed != "" {
		if !open {
			m.note = "nothing was done: " + kit.Typed(r.changed)
			return nil
		}
		s.changed, s.is, s.agree = kit.Typed(r.changed), nil, false
		return s.workOut(m.ctx)
	}
	if m.options.Live {
		m.feed.again()
	}
	if s.thought && m.what != nil && len(r.done) > 0 {
		m.leaveWhatIf() // the host is so now
	}
	if open {
		m.overlay = nil
	}
	m.note = r.note()
	if !r.plain() {
		m.untold = &tellSheet{pageSheet: pageSheet{Sheet: kit.Sheet{Title: s.Title}}, say: r.say}
	}
	return nil
}

// plain says that all went as shown.
func (r *report) plain() bool { return r.err == nil && len(r.surprises) == 0 }

// note is what was done, in a line.
func (r *report) note() string {
	what := ""
	if len(r.done) > 0 {
		what = kit.Typed(r.done[0])
	}
	if len(r.done) > 1 {
		what = kit.Count(len(r.done)) + " operations"
	}
	where := kit.Plural(r.mounts, "mount", "mounts") + " in " + kit.Plural(r.spaces, "namespace", "namespaces")
	switch {
	case r.err != nil:
		return "not done: " + whyInShort(r.err)
	case len(r.surprises) > 0:
		return "done, but not as was shown: " + kit.Typed(r.surprises[0])
	case r.undo && r.mounts == 0:
		return "taken back: nothing had to change"
	case r.undo:
		return "taken back: " + where
	}
	back := "u takes it back"
	if len(r.done) > 1 {
		back = "u takes all of it back"
	}
	return "done: " + where + "; " + back + ": " + what
}

// whyInShort is the reason alone of an error that a sheet tells all of.
func whyInShort(err error) string {
	var failed *change.OpError
	if asOpError(err, &failed) {
		return kit.Typed(failed.Why)
	}
	return errorText(err)
}

// say tells what did not go as shown.
func (r *report) say(p *kit.Page) {
	th := p.Theme
	for _, command := range r.done {
		p.Item(0, kit.Span{Style: th.Good, Text: th.Glyphs.Done + " done:"}, kit.Span{Style: th.Key, Text: kit.Typed(command)})
	}
	if r.failed != "" {
		p.Item(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " not done:"}, kit.Span{Style: th.Key, Text: kit.Typed(r.failed)})
	}
	if r.err != nil {
		var unverified *change.Unverified
		if errors.As(r.err, &unverified) {
			p.Text(2, kit.Span{Style: th.Bad, Text: "it was done, but what it did is not known: "}, kit.Span{Style: th.Text, Text: errorText(unverified.Err)})
		} else {
			sayBlocked(p, r.err)
		}
	}
	for _, command := range r.notDone {
		p.Item(0, kit.Span{Style: th.Dim, Text: th.Glyphs.CutOff + " not tried:"}, kit.Span{Style: th.Dim, Text: kit.Typed(command)})
	}
	if r.goesOn {
		p.Text(0, kit.Span{Style: th.Text, Text: "u goes on from there."})
	}
	if len(r.surprises) == 0 {
		return
	}
	p.Heading("Not all of it happened as was shown")
	for i, text := range r.surprises {
		if i == maxSaid {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(r.surprises)-i) + " more"})
			break
		}
		p.Item(0, kit.Span{Style: th.Warn, Text: th.Glyphs.Warning}, kit.Span{Style: th.Text, Text: kit.Typed(text)})
	}
	p.Text(0, kit.Span{Style: th.Dim, Text: "Either somebody else changed mounts at the same moment, or the prediction was wrong."})
	if r.err == nil && !r.undo {
		p.Text(0, kit.Span{Style: th.Text, Text: "u takes it back."})
	}
}
