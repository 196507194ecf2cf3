package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/kit"
)

// completing is what is known of how the path before the cursor can go on.
type completing struct {
	completions int // how often something was found out
	offers      *nsctl.Completion
	dir         string // how the offers begin, up to a slash
	none        string // why there is nothing to complete
}

// CompletedMsg brings what a path can become.
type CompletedMsg struct {
	of           *asking
	before       string // the text before the cursor
	is           word
	continuation nsctl.Completion
}

// word is one that is being typed.
type word struct {
	from   int    // where in the line it begins
	prefix string // what is in it before the path
	path   string
	ns     string // names the namespace that the path is in; empty for that of the operation
}

// lastWord gives the path that is typed at the end of a line. It is false if there is none.
func lastWord(line string) (word, bool) {
	words, begun, from, ok := nsctl.ShellBegun(line)
	w := word{from: from, path: begun}
	if !ok || len(words) == 0 {
		return w, false
	}
	last := words[len(words)-1]
	if value, is := strings.CutPrefix(begun, "--to="); is {
		w.prefix, begun, last = "--to=", value, "--to"
	}
	if last == "--to" {
		at := strings.Index(begun, ":/") // as SplitPlace does
		if at < 0 {
			return w, false
		}
		w.ns, w.path, w.prefix = begun[:at], begun[at+1:], w.prefix+begun[:at+1]
		return w, true
	}
	return w, last != "-t" && !strings.HasPrefix(begun, "-")
}

// complete gives the command that completes the path before the cursor.
func (a *asking) complete(m *model) tea.Cmd {
	a.forget()
	w, ok := lastWord(a.Before())
	if !ok {
		a.none = "there is no path before the cursor to complete"
		return nil
	}
	msg := CompletedMsg{of: a, before: a.Before(), is: w}
	host, key, label, ctx, look := m.live, a.ns, a.label, m.ctx, m.options.Complete
	return func() tea.Msg {
		ns := host.FindNS(key)
		if w.ns != "" {
			label = w.ns
			ns = host.Called(w.ns)
		}
		switch {
		case ns < 0:
			msg.continuation = nsctl.Completion{Common: w.path, Gap: "there is no namespace " + label}
		case look == nil:
			msg.continuation = host.Complete(ns, w.path)
			msg.continuation.Gap = "only mount points are known: what is explored is not this host"
		default:
			msg.continuation = look(ctx, host.Graph, ns, w.path)
		}
		return msg
	}
}

// completed takes the answer to the command: the text goes on as far as there is one way only,
// and if there are several they are offered.
func (m *model) completed(msg CompletedMsg) tea.Cmd {
	a, c := msg.of, &msg.continuation
	if m.overlay != overlay(a) || a.Before() != msg.before {
		return nil // it was closed, or something else was typed since
	}
	a.forget()
	switch len(c.Paths) {
	case 0:
		a.none = "no path begins so"
		if c.Gap != "" {
			a.none += "; " + kit.Typed(c.Gap)
		}
		return nil
	case 1: // all of it is in the line
		if c.Gap != "" {
			a.none = kit.Typed(c.Gap)
		}
	default:
		a.offers, a.dir = c, msg.is.path[:strings.LastIndexByte(msg.is.path, '/')+1]
	}
	if c.Common == msg.is.path {
		return nil
	}
	a.Replace(msg.is.from, nsctl.SafeShellLine([]string{msg.is.prefix + c.Common}))
	return a.ask(m)
}

// forget drops what was found out about another text.
func (a *asking) forget() {
	a.completions++
	a.offers, a.none = nil, ""
}

// offer lists how the path can go on.
func (a *asking) offer(p *kit.Page) {
	th := p.Theme
	if a.none != "" {
		p.Text(0, kit.Span{Style: th.Warn, Text: a.none})
		p.Gap()
	}
	if a.offers == nil {
		return
	}
	var spans []kit.Span
	for i, path := range a.offers.Paths {
		if i == maxSaid {
			break
		}
		style, sign := th.Text, ""
		if path.MountPoint {
			style, sign = th.Accent, th.Glyphs.MountPoint
		}
		spans = append(spans, kit.Span{Style: style, Text: nsctl.Printable(strings.TrimPrefix(path.Path, a.dir)) + sign + "  "})
	}
	p.Text(0, spans...)
	switch more := len(a.offers.Paths) - len(spans); {
	case a.offers.More:
		p.Text(0, kit.Span{Style: th.Dim, Text: "and more than " + kit.Count(more) + " others"})
	case more > 0:
		p.Text(0, kit.Span{Style: th.Dim, Text: "and " + kit.Count(more) + " others"})
	}
	if a.offers.Gap != "" {
		p.Text(0, kit.Span{Style: th.Warn, Text: kit.Typed(a.offers.Gap)})
	}
	p.Gap()
}
