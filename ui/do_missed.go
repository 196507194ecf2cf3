package ui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
)

// MissedMsg brings what a mount has missed that is to rejoin a group.
type MissedMsg struct {
	of     *proposing
	wanted change.Request
	missed []nsctl.Op // operations that mount it
}

// proposeRejoin proposes a rejoin that was just shown and agreed to. What the mount has missed
// does not come by itself: to mount it first is offered.
func (m *model) proposeRejoin(wanted change.Request, title string, seen []string) tea.Cmd {
	if why := m.whyNoChange(); why != "" {
		m.note = why
		return nil
	}
	s := &proposing{pageSheet: pageSheet{Sheet: kit.Sheet{Title: title}}, plan: m.planner([]change.Request{wanted}), seen: seen, agree: true}
	m.overlay = s
	ctx, stop := context.WithCancel(m.ctx)
	s.stop = stop
	c := m.options.Changer
	return func() tea.Msg {
		defer stop()
		msg := MissedMsg{of: s, wanted: wanted}
		// If it cannot be planned, or not be done, the proposal says why.
		if p, err := c.Plan(ctx, wanted); err == nil && p.Blocked == nil {
			msg.missed = p.Submounts()
		}
		return msg
	}
}

// missed takes the answer to the command.
func (m *model) missed(msg MissedMsg) tea.Cmd {
	s := msg.of
	switch {
	case m.overlay != overlay(s):
		return nil // it was closed
	case len(msg.missed) == 0:
		return s.workOut(m.ctx)
	}
	mounts := 0
	for _, op := range msg.missed {
		if op.Kind == nsctl.OpBind {
			mounts++
		}
	}
	what := kit.Plural(mounts, "mount", "mounts")
	m.showChooser(kit.NewChooser(s.Title, "enter goes on", []kit.Choice{
		{Label: "rejoin only", Detail: "It has missed " + what + " while it was cut off, which do not come by themselves: " + placesOf(msg.missed)},
		{Label: "mount first what it has missed, " + what + ", then rejoin", Detail: linesOf(msg.missed)},
	}, 0), func(m *model, i int) tea.Cmd {
		if i == 0 {
			m.overlay = s
			return s.workOut(m.ctx)
		}
		return m.propose(append(wantedFor(msg.missed, msg.wanted), msg.wanted), s.Title)
	})
	return nil
}

// wantedFor are the requests for operations that go before another one.
func wantedFor(ops []nsctl.Op, before change.Request) []change.Request {
	list := make([]change.Request, len(ops))
	for i, op := range ops {
		list[i] = change.Request{Op: op, NS: before.NS, Cwd: before.Cwd}
	}
	return list
}

// placesOf lists where operations mount something.
func placesOf(ops []nsctl.Op) string {
	var list []string
	for _, op := range ops {
		if op.Kind == nsctl.OpBind {
			list = append(list, nsctl.Printable(op.Target))
		}
	}
	return few(list)
}

// linesOf lists operations.
func linesOf(ops []nsctl.Op) string {
	list := make([]string, len(ops))
	for i, op := range ops {
		list[i] = nsctl.Printable(op.String())
	}
	return few(list)
}

// few lists the first of some things. The rest is said when they are proposed.
func few(list []string) string {
	n := min(len(list), mostCommands)
	text := strings.Join(slices.Clone(list[:n]), "; ")
	if more := len(list) - n; more > 0 {
		text += "; and " + kit.Count(more) + " more"
	}
	return text
}
