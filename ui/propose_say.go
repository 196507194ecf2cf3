package ui

import (
	"errors"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
)

// say writes what would happen, with the keys that count above it.
func (s *proposing) say(m *model, p *kit.Page) {
	th := p.Theme
	switch {
	case s.failed != "":
		p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " nothing can be done: "}, kit.Span{Style: th.Text, Text: s.failed})
		return
	case s.is == nil:
		p.Text(0, kit.Span{Style: th.Faint, Text: "working it out"})
		return
	case s.doing:
		p.Text(0, kit.Span{Style: th.Accent, Text: th.Glyphs.Live + " "}, kit.Span{Style: th.Text, Text: "doing it"})
	}
	if s.changed != "" {
		p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.Warning + " nothing was done: "}, kit.Span{Style: th.Text, Text: s.changed})
		p.Text(0, kit.Span{Style: th.Text, Text: "This is what would happen now:"})
	}
	enter := "enter does it  "
	switch {
	case s.is.blocked() != nil:
		enter = ""
	case len(s.is.dangers()) > 0 || m.asks(s.is):
		enter = "enter goes on  "
	}
	p.Text(0, kit.Span{Style: th.Strong, Text: s.is.counts().String()}, kit.Span{Style: th.Dim, Text: "  " + enter + "y copies the command  esc leaves"})
	sayBlocked(p, s.is.blocked())
	s.is.say(p)
}

// sayBlocked says why something cannot be done, and what to try.
func sayBlocked(p *kit.Page, err error) {
	if err == nil {
		return
	}
	th := p.Theme
	p.Text(0, kit.Span{Style: th.Bad, Text: th.Glyphs.CutOff + " " + refusedBy(err)})
	var failed *change.OpError
	if !asOpError(err, &failed) {
		p.Text(2, kit.Span{Style: th.Text, Text: errorText(err)})
		return
	}
	why := failed.Why
	if failed.Call != "" {
		why = failed.Call + " " + nsctl.Printable(failed.Path) + ": " + why
		if failed.Path == "" {
			why = failed.Call + ": " + failed.Why
		}
	}
	p.Text(2, kit.Span{Style: th.Text, Text: kit.Typed(why)})
	if failed.Try != "" {
		p.Text(2, kit.Span{Style: th.Dim, Text: "what to try: "}, kit.Span{Style: th.Text, Text: kit.Typed(failed.Try)})
	}
}

// refusedBy says who does not do it.
func refusedBy(err error) string {
	var refused *change.Refused
	var hidden *change.Hidden
	switch {
	case errors.As(err, &refused):
		return "the kernel would refuse: " + refused.Errno
	case errors.As(err, &hidden):
		return "the mount cannot be reached"
	}
	return "it cannot be done"
}

// asOpError finds the part of an error that says what to try.
func asOpError(err error, failed **change.OpError) bool {
	var refused *change.Refused
	var hidden *change.Hidden
	switch {
	case errors.As(err, &refused):
		*failed = refused.OpError
	case errors.As(err, &hidden):
		*failed = hidden.OpError
	default:
		return errors.As(err, failed)
	}
	return true
}

// sayCommand writes a command as it is typed.
func sayCommand(p *kit.Page, command string) {
	p.Text(0, kit.Span{Style: p.Theme.Key, Text: nsctl.Printable(command)})
}
