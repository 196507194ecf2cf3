package ui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/screen"
)

// shell is a shell on the terminal, which Bubble Tea leaves to it meanwhile.
type shell struct {
	ctx   context.Context
	where string // fit to be shown
	run   func() (status int, err error)
	in    io.Reader
	out   io.Writer

	status int
	err    error
}

// ShellEndedMsg says that the terminal is the explorer's again.
type ShellEndedMsg struct {
	where  string
	status int
	err    error
}

// SetStdin implements tea.ExecCommand.
func (s *shell) SetStdin(in io.Reader) { s.in = in }

// SetStdout implements tea.ExecCommand.
func (s *shell) SetStdout(out io.Writer) { s.out = out }

// SetStderr implements tea.ExecCommand.
func (s *shell) SetStderr(io.Writer) {}

// shortest is the least time that the terminal is away: Bubble Tea's screen may stay as it is
// after a program that ends at once (github.com/charmbracelet/bubbletea/issues/1778).
const shortest = 250 * time.Millisecond

// Run runs the shell, and asks for enter before the explorer comes back over what it printed. The
// error is in the message that the callback sends: one that was returned would be another's.
func (s *shell) Run() error {
	early := time.After(shortest)
	s.say("\r\n# mntscope: a shell in %s; exit, or ctrl-d, comes back\r\n", s.where)
	s.status, s.err = s.run()
	switch {
	case s.err != nil:
		s.say("\r\n# mntscope: %s", errorText(s.err))
	case s.status != 0:
		s.say("\r\n# mntscope: the shell has ended with exit status %d", s.status)
	default:
		s.say("\r\n# mntscope: the shell has ended")
	}
	if s.ctx.Err() == nil {
		s.say("; enter comes back ")
		s.awaitEnter()
		s.say("\r\n") // what stands there next, when the explorer has ended, begins a line
	}
	<-early
	return nil
}

func (s *shell) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format, args...) // a terminal that has gone is noticed by who reads it
}

// awaitEnter waits for enter, ctrl-c or ctrl-d, or for the end of the program. The terminal
// passes on every key meanwhile: ctrl-c as a signal would end the explorer.
func (s *shell) awaitEnter() {
	if terminal, ok := s.in.(term.File); ok {
		if before, err := term.MakeRaw(terminal.Fd()); err == nil {
			defer func() { _ = term.Restore(terminal.Fd(), before) }() // fails if the terminal has gone
		}
	}
	pressed := make(chan struct{})
	go func() {
		defer close(pressed)
		for b := make([]byte, 1); ; {
			if n, err := s.in.Read(b); err != nil || n == 1 && strings.IndexByte("\r\n\x03\x04", b[0]) >= 0 {
				return
			}
		}
	}()
	select {
	case <-pressed:
	case <-s.ctx.Done():
	}
}

// shellSpace is the namespace that a shell would be opened in; -1 for none.
func (m *model) shellSpace() int {
	switch m.current {
	case action.Sandboxes:
		return m.sandboxes.Space()
	case action.Mounts:
		if m.host.Len() > 0 {
			return m.mounts.Namespace()
		}
		return -1
	}
	return m.selectedSpace()
}

// whyNoShell is why no shell can be opened.
func (m *model) whyNoShell() string {
	if m.current == action.Sandboxes {
		if _, foreign := m.sandboxes.Selected(); !foreign {
			return m.whyNoLiving()
		}
	}
	ns := m.shellSpace()
	if ns < 0 {
		return "no namespace is selected"
	}
	at := m.live.FindNS(screen.KeyOf(&m.host.Namespace(ns).NamespaceInfo))
	if at < 0 {
		return "the namespace is not there yet: it is only thought of"
	}
	if _, own := m.sandboxes.Named(ns); own || at == m.live.Start || m.options.Workshop.Privileged() {
		return ""
	}
	return "only root may enter a namespace that is not a sandbox of yours"
}

// openShell gives the terminal to a shell in the selected namespace.
func (m *model) openShell() tea.Cmd {
	where, label := Where{NS: -1}, ""
	if ns := m.shellSpace(); ns >= 0 {
		label = m.host.Label(ns)
		where.Host, where.NS = m.live.Graph, m.live.FindNS(screen.KeyOf(&m.host.Namespace(ns).NamespaceInfo))
		where.Sandbox, _ = m.sandboxes.Named(ns)
	}
	if i, foreign := m.sandboxes.Selected(); m.current == action.Sandboxes && i != nil && !foreign {
		where.Sandbox, label = i.Name, nsctl.Printable(i.Name)
	}
	ctx, run := m.ctx, m.options.Workshop.Shell
	s := &shell{ctx: ctx, where: label, run: func() (int, error) { return run(ctx, where) }}
	return m.exec(s, func(error) tea.Msg { return ShellEndedMsg{s.where, s.status, s.err} })
}

func (m *model) shellEnded(msg ShellEndedMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		m.note = errorText(msg.err)
	default:
		m.note = "back from the shell in " + msg.where + "; 4 shows what happened"
	}
	return m.listSandboxes()
}
