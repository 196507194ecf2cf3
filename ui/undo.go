package ui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// takingBack is the last operation, with those that were done together with it, and how they
// can be taken back.
type takingBack struct {
	*change.Undo
	host  *screen.Host // before the first step
	lines []string     // of each step, as a command
	tally
}

// proposeUndo shows how the last operation would be taken back, and takes it back if that is
// agreed to.
func (m *model) proposeUndo() tea.Cmd {
	c, self := m.options.Changer, m.options.Self
	return m.present(&proposing{pageSheet: pageSheet{Sheet: kit.Sheet{Title: "Take back the last operation"}}, plan: func(ctx context.Context) (proposal, error) {
		u, err := c.PlanUndo(ctx)
		if err != nil {
			return nil, err
		}
		s := u.Graph.Snapshot()
		t := &takingBack{Undo: u, host: screen.NewHost(s, self, len(s.Namespaces), len(s.Namespaces))}
		for _, e := range u.Takes() {
			t.gists = append(t.gists, e.Op) // a taking back without any step strikes the operation out
			t.add(t.host, t.spaceOf(e.NS), &nsctl.Outcome{})
		}
		for i := range u.Steps {
			step := &u.Steps[i]
			t.add(t.host, t.spaceOf(step.NS), &step.Outcome)
			command := commandFor(t.host, t.spaceOf(step.NS), step.Op)
			if command == "" {
				command = nsctl.SafeShellLine(step.Op.Args())
			}
			t.lines = append(t.lines, command)
		}
		t.sum.Missed = 0 // which mounts steps do not reach is no news
		return t, nil
	}})
}

// spaceOf gives the position of a namespace on the host, or -1.
func (t *takingBack) spaceOf(number nsctl.NSNumber) int {
	for i := range t.host.Len() {
		if t.host.Namespace(i).NS == number {
			return i
		}
	}
	return -1
}

func (t *takingBack) blocked() error     { return t.Blocked }
func (t *takingBack) commands() []string { return t.lines }

func (t *takingBack) touched() (*screen.Host, []int) { return t.host, t.spaces }

func (t *takingBack) dangers() []change.Danger { return t.Dangers() }

// say lists the steps, and what will not be as it was.
func (t *takingBack) say(p *kit.Page) {
	th := p.Theme
	t.sayTaken(p)
	if t.Blocked != nil {
		return
	}
	if len(t.Steps) == 0 {
		p.Text(0, kit.Span{Style: th.Text, Text: "There is nothing that could be done about it: enter only strikes it out of what can be taken back."})
	}
	t.sayLosses(p)
	for i := range t.Steps {
		p.Gap()
		sayCommand(p, t.lines[i])
		outcome := t.Steps[i].Outcome
		outcome.NotReached = nil
		sayUncertain(p, &outcome)
		sayOutcome(p, t.host, &outcome)
	}
}

// sayTaken lists the operations that are taken back.
func (t *takingBack) sayTaken(p *kit.Page) {
	th := p.Theme
	takes := t.Takes()
	for i := range takes {
		e := &takes[i]
		switch i {
		case mostTaken:
			p.Text(2, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(takes)-i) + " more"})
			return
		case 0:
			p.Text(0, kit.Span{Style: th.Dim, Text: "takes back operation " + kit.Count(int(e.Seq)) + " of " + e.Time.Local().Format("2006-01-02 15:04:05") + ":"})
		case 1:
			p.Text(0, kit.Span{Style: th.Dim, Text: "and what was done together with it:"})
		}
		where := e.NS.String()
		if ns := t.spaceOf(e.NS); ns >= 0 {
			where = t.host.Label(ns) + " " + where
		}
		p.Text(2, kit.Span{Style: th.Text, Text: nsctl.Printable(e.Op)}, kit.Span{Style: th.Dim, Text: " in " + where})
	}
}

// mostTaken is how many operations that are taken back together are named.
const mostTaken = 10

func (t *takingBack) sayLosses(p *kit.Page) {
	th := p.Theme
	if len(t.Losses) == 0 {
		p.Text(0, kit.Span{Style: th.Good, Text: th.Glyphs.Done + " "}, kit.Span{Style: th.Text, Text: "after that, all is as it was before"})
	}
	for i, loss := range t.Losses {
		if i == maxSaid {
			p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(len(t.Losses)-i) + " more"})
			break
		}
		p.Text(0, kit.Span{Style: th.Warn, Text: th.Glyphs.Warning + " will not be as it was: "}, kit.Span{Style: th.Text, Text: kit.Typed(loss)})
	}
}

// apply takes it back.
func (t *takingBack) apply(ctx context.Context, c Changer) report {
	r := report{undo: true}
	done, err := c.ApplyUndo(ctx, t.Undo)
	var changed *change.UndoChanged
	if errors.As(err, &changed) || errors.Is(err, change.ErrNothingToUndo) { // somebody else took it back
		r.changed = "the host or the journal have changed since, and it would be taken back in another way now"
		return r
	}
	var seen []nsctl.NSNumber
	if done != nil {
		for i, result := range done.Steps {
			r.done = append(r.done, t.lines[min(i, len(t.lines)-1)])
			seen = r.take(result, seen)
		}
		r.surprises = append(r.surprises, done.Differences...)
	}
	r.spaces, r.err = len(seen), err
	if n := len(r.done); err != nil && n < len(t.lines) {
		r.failed, r.notDone = t.lines[n], t.lines[n+1:]
		r.goesOn = n > 0
	}
	return r
}
