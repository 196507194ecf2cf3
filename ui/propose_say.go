package ui

import (
	"errors"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/kit"
)

// keys says whether enter does it, or asks first.
func (s *proposing) keys(m *model) []overlayKey {
	if s.is == nil || s.doing {
		return []overlayKey{escKey("leaves")}
	}
	enter := []overlayKey{enterKey("does it")}
	switch {
	case s.is.blocked() != nil:
		enter = nil
	case len(s.is.dangers()) > 0 || m.asks(s.is):
		enter = []overlayKey{enterKey("goes on")}
	}
	return append(enter, letterKey('y', "copies"), escKey("leaves"))
}

// say writes what would happen.
func (s *proposing) say(p *kit.Page) {
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
	p.Text(0, kit.Span{Style: th.Strong, Text: s.is.counts().String()})
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
	p.Text(0, kit.Span{Style: p.Theme.Key, Text: kit.Typed(command)})
}
