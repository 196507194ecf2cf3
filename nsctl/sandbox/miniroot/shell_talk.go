package miniroot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/syntax"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// converse runs statements as they are read. An interactive shell shows a prompt, and
// goes on after an error or ctrl-c.
func (s *shell) converse() error {
	restore := func() {}
	if s.interactive {
		defer s.catchSignals()()
		if state, err := term.GetState(int(s.in.Fd())); err == nil {
			restore = func() { _ = term.Restore(int(s.in.Fd()), state) } // a program may have left it otherwise
		}
	}
	for {
		parser := syntax.NewParser()
		s.lines.prompt = func() {
			s.jobs.next() // a ctrl-c from the moment on that the line is read is for it
			s.prompt(parser.Incomplete())
		}
		s.lines.in = s.in
		var err error
		for statements, reading := range parser.InteractiveSeq(&s.lines) {
			if err = reading; err != nil {
				break
			}
			if parser.Incomplete() {
				continue
			}
			exited := s.run(statements)
			restore()
			if exited {
				return s.last
			}
		}
		switch {
		case errors.Is(err, errInterrupted):
		case err == nil: // the end, at a prompt
			if s.interactive {
				fmt.Fprintln(s.err)
			}
			return s.last
		case s.interactive:
			s.report(err)
			s.setStatus(badSyntax)
			s.lines.forget()
		default:
			s.report(err)
			return status(badSyntax)
		}
	}
}

// prompt asks for a line, the first of a statement or a further one.
func (s *shell) prompt(further bool) {
	sign := "$"
	switch {
	case !s.interactive:
		return
	case further:
		fmt.Fprint(s.err, "> ")
		return
	case os.Geteuid() == 0:
		sign = "#"
	}
	fmt.Fprintf(s.err, "%s %s ", nsctl.Printable(s.runner.Dir), sign)
}

// catchSignals is for signals that the terminal sends to the shell and its children
// alike: these are to end, the shell is not.
func (s *shell) catchSignals() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, sys.Quit)
	var done sync.WaitGroup
	done.Go(func() {
		for caught := range signals {
			if caught != os.Interrupt {
				continue
			}
			if s.lines.interrupt() {
				fmt.Fprintln(s.err)
				s.prompt(false)
			} else {
				s.jobs.interrupt()
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		done.Wait()
	}
}

// lines reads line by line, and not a byte beyond: what follows may be for a program.
type lines struct {
	in     *os.File
	prompt func()

	mu          sync.Mutex
	reading     bool // waiting for a line
	interrupted bool // while reading
	end         bool
	line        []byte // read, and not yet given
}

// Read gives a line, or part of one. After ctrl-c it gives errInterrupted first.
func (l *lines) Read(into []byte) (int, error) {
	if len(l.line) == 0 && !l.end {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	if len(l.line) == 0 {
		l.end = false // a terminal can be read on
		return 0, io.EOF
	}
	n := copy(into, l.line)
	l.line = l.line[n:]
	return n, nil
}

func (l *lines) next() error {
	l.set(true) // first, for one who answers the prompt with ctrl-c
	l.prompt()
	var line []byte
	b := make([]byte, 1)
	for len(line) == 0 || line[len(line)-1] != '\n' {
		n, err := l.in.Read(b)
		line = append(line, b[:n]...)
		if err != nil {
			l.end = true
			break
		}
	}
	l.line = line
	if l.set(false) {
		return errInterrupted
	}
	return nil
}

// set says whether a line is being waited for, and gives whether there was a ctrl-c.
func (l *lines) set(reading bool) (interrupted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	interrupted, l.interrupted = l.interrupted, false
	l.reading = reading
	return interrupted
}

// interrupt is for ctrl-c. The terminal has dropped what was typed of the line.
func (l *lines) interrupt() (reading bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupted = l.reading
	return l.reading
}

// forget drops what is left of a line.
func (l *lines) forget() { l.line = nil }
