package miniroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell is one run of sh.
type shell struct {
	*call
	runner      *interp.Runner
	dir         workDir
	interactive bool
	lines       lines // where statements are read from, if not from a file or text
	last        error // how the last statement ended
	leaving     bool  // whether the statement has an exit in it
	jobs        jobs
}

// errInterrupted ends a statement whose program ended by ctrl-c.
var errInterrupted = errors.New("interrupted")

// The exit statuses of shells.
const (
	badSyntax     = 2
	interruptedBy = 128 + 2 // SIGINT
)

// unreachable is where a shell starts that is outside of its root, or in a directory that
// was removed: what is relative works there as well. The kernel has the word (getcwd(2)).
const unreachable = "/(unreachable)"

// invocation is what the arguments of sh say.
type invocation struct {
	settings    []string // for the builtin set
	text        string   // of -c
	hasText     bool
	login       bool
	interactive bool
	input       bool // what is read is run, and the operands are parameters
	operands    []string
}

// sh runs the text after -c, a file, or what it reads.
func sh(c *call) error {
	var v invocation
	if err := v.parse(c.args); err != nil {
		return err
	}
	terminal := term.IsTerminal(int(c.in.Fd()))
	s := &shell{call: c}
	v.input = !v.hasText && (v.input || len(v.operands) == 0)
	s.interactive = v.input && (terminal || v.interactive)
	params := v.operands
	if !v.input && len(params) > 0 { // the first is the file, or the name for $0
		params = params[1:]
	}
	if err := s.start(append(append(v.settings, "--"), params...)); err != nil {
		return err
	}
	if v.login {
		s.source("/etc/profile")
	}
	switch {
	case v.hasText:
		return s.script(strings.NewReader(v.text), "sh")
	case !v.input:
		file, err := os.Open(v.operands[0])
		if err != nil {
			return c.cannotRun(v.operands[0], err)
		}
		defer file.Close()
		return s.script(file, v.operands[0])
	}
	return s.converse()
}

func (v *invocation) parse(args []string) error {
	for len(args) > 0 && len(args[0]) > 1 && strings.ContainsAny(args[0][:1], "-+") {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		for _, letter := range word[1:] {
			switch {
			case letter == 'c':
				v.hasText = true
			case letter == 'l':
				v.login = true
			case letter == 'i':
				v.interactive = true
			case letter == 's':
				v.input = true
			case letter == 'o' && len(args) > 0:
				v.settings = append(v.settings, word[:1]+"o", args[0])
				args = args[1:]
			case strings.ContainsRune("aefnux", letter):
				v.settings = append(v.settings, word[:1]+string(letter))
			default:
				return usage("the option %s is unknown", word)
			}
		}
	}
	if v.hasText {
		if len(args) == 0 {
			return usage("the option -c needs a text")
		}
		v.text, args = args[0], args[1:]
	}
	v.operands = args
	return nil
}

func (s *shell) start(params []string) error {
	dir, nowhere := os.Getwd()
	if nowhere != nil {
		dir = "/" // a directory must be there
	}
	var err error
	s.runner, err = interp.New(
		interp.StdIO(s.in, s.out, s.err), interp.Params(params...), interp.Interactive(s.interactive), interp.Dir(dir),
		interp.CallHandler(s.beforeCall), interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
		interp.OpenHandler(s.open), interp.StatHandler(s.stat), interp.AccessHandler(s.access), interp.ReadDirHandler2(s.readDir),
	)
	if err != nil {
		return err
	}
	if nowhere != nil {
		s.runner.Dir = unreachable
	}
	s.runner.Reset()
	s.dir.name = s.runner.Dir
	return nil
}

// source runs a file, if there is one, in the shell itself.
func (s *shell) source(path string) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	if tree, err := syntax.NewParser().Parse(file, path); err != nil {
		s.report(err)
	} else {
		s.jobs.next()
		s.run(tree.Stmts)
	}
}

// run runs statements, until one of them ends the shell.
func (s *shell) run(statements []*syntax.Stmt) (exited bool) {
	line := s.jobs.context()
	for _, statement := range statements {
		s.leaving = false
		err := s.runner.Run(line, statement)
		interrupted := errors.Is(err, errInterrupted) || line.Err() != nil // also between two statements
		if s.last = s.ended(err); interrupted {
			s.setStatus(interruptedBy)
			return false
		}
		if s.runner.Exited() && (s.leaving || !s.interactive) { // it also ends at ${unset?}
			return true
		}
	}
	return false
}

// setStatus makes $? a number.
func (s *shell) setStatus(code int) {
	tree, err := syntax.NewParser().Parse(strings.NewReader(fmt.Sprintf("(exit %d)", code)), "")
	if err == nil {
		s.last = s.ended(s.runner.Run(context.Background(), tree.Stmts[0]))
	}
}

// script runs a text as a whole.
func (s *shell) script(text io.Reader, name string) error {
	tree, err := syntax.NewParser().Parse(text, name)
	if err != nil {
		s.report(err)
		return status(badSyntax)
	}
	return s.ended(s.runner.Run(context.Background(), tree))
}

// ended gives the exit status for what the interpreter says of its end.
func (s *shell) ended(err error) error {
	var code interp.ExitStatus
	switch {
	case errors.As(err, &code):
		return status(code)
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return status(interruptedBy)
	case err != nil:
		return fmt.Errorf("sh: %w", err)
	}
	return nil
}
