package ui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl/change"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// proposal is something that is to be done to the host, with all that is known of it before.
type proposal interface {
	// say writes what would happen.
	say(p *kit.Page)
	// commands are those for a shell that would do the same.
	commands() []string
	// blocked is why it cannot be done; nil if it can.
	blocked() error
	// counts says how many mounts it concerns.
	counts() screen.Counts
	// touched are the namespaces in which something would change, that of the operation first.
	touched() (h *screen.Host, spaces []int)
	// dangers are what must not be agreed to in passing, each name once.
	dangers() []change.Danger
	// gist tells what would happen, to compare it with what was shown.
	gist() []string
	// apply does it; it is for a command.
	apply(ctx context.Context, c Changer) report
}

// proposing is the overlay that shows what would happen before something is done. Whatever
// changes the host goes through it.
type proposing struct {
	pageSheet                                             // nothing is worked out anew: the host is looked at once more before anything is done
	plan      func(ctx context.Context) (proposal, error) // for a command
	// stop ends the working out, which takes long where thousands of mounts change.
	stop context.CancelFunc

	is     proposal // nil until it is worked out
	failed string   // why it never will be
	// changed is why nothing was done when it was agreed to, and this is shown anew.
	changed string
	// seen is what was shown before and agreed to: if it is the same still, it is not shown again.
	seen  []string
	agree bool
	doing bool
	// thought says that it is the what-if that is shown.
	thought bool
}

// ProposedMsg brings what would happen.
type ProposedMsg struct {
	of  *proposing
	is  proposal
	err error
}

// whyNoChange is why nothing on the host can be changed now.
func (m *model) whyNoChange() string {
	switch {
	case m.player != nil:
		return "a recording is shown, not this host"
	case m.options.Changer == nil && !m.options.Live:
		return "a saved snapshot is shown, not this host"
	case m.options.Changer == nil:
		return "this explorer cannot change mounts"
	case m.doing:
		return "something is being done still"
	}
	return ""
}

// propose shows what operations, one after the other, would do, and does them if that is
// agreed to. All that changes mounts is done by it.
func (m *model) propose(wanted []change.Request, title string) tea.Cmd {
	return m.present(&proposing{pageSheet: pageSheet{Sheet: kit.Sheet{Title: title}}, plan: m.planner(wanted)})
}

// proposeSeen is propose for what was just shown and agreed to: that is shown once more only
// if it is not so any more, or cannot be done.
func (m *model) proposeSeen(wanted []change.Request, title string, seen []string) tea.Cmd {
	return m.present(&proposing{pageSheet: pageSheet{Sheet: kit.Sheet{Title: title}}, plan: m.planner(wanted), seen: seen, agree: true})
}

// present puts a proposal in front, and gives the command that works it out.
func (m *model) present(s *proposing) tea.Cmd {
	if why := m.whyNoChange(); why != "" {
		m.note = why
		return nil
	}
	m.overlay = s
	return s.workOut(m.ctx)
}

func (s *proposing) workOut(ctx context.Context) tea.Cmd {
	ctx, s.stop = context.WithCancel(ctx)
	stop := s.stop
	return func() tea.Msg {
		defer stop()
		is, err := s.plan(ctx)
		return ProposedMsg{s, is, err}
	}
}

// close takes it away.
func (s *proposing) close(m *model) {
	s.stop()
	m.overlay = nil
	if s.doing {
		m.note = "it is being done still; L lists it"
	}
}

// proposed takes the answer to the command.
func (m *model) proposed(msg ProposedMsg) tea.Cmd {
	s := msg.of
	if m.overlay != overlay(s) {
		return nil // it was closed
	}
	s.lines = nil
	if errors.Is(msg.err, change.ErrNothingToUndo) {
		m.overlay, m.note = nil, "there is nothing to take back"
		return nil
	}
	if msg.err != nil {
		s.failed = errorText(msg.err)
		return nil
	}
	s.is = msg.is
	if s.agree && s.is.blocked() == nil {
		if slices.Equal(s.seen, s.is.gist()) {
			return s.goOn(m)
		}
		s.changed = "this is not what was shown a moment ago"
	}
	return nil
}

func (s *proposing) key(m *model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc", "q":
		s.close(m)
	case "y":
		return s.copy(m)
	case "enter":
		return s.goOn(m)
	default:
		s.Key(k)
	}
	return nil
}

// copy copies the commands, a line for each.
func (s *proposing) copy(m *model) tea.Cmd {
	if s.is == nil {
		return nil
	}
	return m.copyCommands(s.is.commands())
}

func (m *model) copyCommands(commands []string) tea.Cmd {
	text := ""
	for i, c := range commands {
		if c == "" {
			continue
		}
		if text != "" {
			text += "\n"
		}
		text += commands[i]
	}
	if text == "" {
		m.note = "no command of a shell leads there"
		return nil
	}
	m.note = "copied the command, if the terminal allows it"
	return tea.SetClipboard(text)
}

func (s *proposing) click(m *model, x, y int) tea.Cmd {
	if _, area, _, _ := s.draw(m); !area.Contains(x, y) {
		s.close(m)
	}
	return nil
}

func (s *proposing) draw(m *model) (lines []string, area kit.Rect, x, y int) {
	return s.page(m, s.say)
}
