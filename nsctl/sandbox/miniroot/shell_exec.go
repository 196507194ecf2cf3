package miniroot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"

	"mntscope/nsctl/internal/sys"
)

// beforeCall leaves to programs the builtins that the interpreter only has the names of,
// and notices a cd to the directory that the name already stands for.
func (s *shell) beforeCall(ctx context.Context, words []string) ([]string, error) {
	switch hc := interp.HandlerCtx(ctx); {
	case words[0] == "kill":
		return append([]string{"/bin/kill"}, words[1:]...), nil
	case words[0] == "exit", words[0] == "exec":
		s.leaving = true
	case words[0] == "cd" && len(words) == 1:
		s.dir.again(hc.Env.Get("HOME").String())
	case words[0] == "cd" && filepath.IsAbs(words[len(words)-1]):
		s.dir.again(words[len(words)-1])
	case words[0] == "cd":
		s.dir.again(filepath.Join(hc.Dir, words[len(words)-1]))
	}
	return words, nil
}

// exec runs a program and waits for its end.
func (s *shell) exec(ctx context.Context, words []string) error {
	hc := interp.HandlerCtx(ctx)
	c := &call{name: s.name, err: hc.Stderr}
	path := words[0]
	if !strings.Contains(path, "/") {
		var err error
		if path, err = interp.LookPathDir(hc.Dir, hc.Env, path); err != nil {
			return exitCode(c.cannotRun(words[0], exec.ErrNotFound))
		}
	}
	environment := environ(hc.Env)
	start := func(path string, words []string) (*exec.Cmd, error) {
		cmd := &exec.Cmd{Path: path, Args: words, Env: environment, Stdin: hc.Stdin, Stdout: hc.Stdout, Stderr: hc.Stderr}
		return cmd, s.dir.hold(hc.Dir, cmd.Start)
	}
	cmd, err := start(path, words)
	if sys.NotExecutable(err) { // a script that does not say of which language
		cmd, err = start("/bin/sh", append([]string{"sh", path}, words[1:]...))
	}
	if err != nil {
		return exitCode(c.cannotRun(words[0], err))
	}
	defer s.jobs.child(ctx)() // only now: a ctrl-c that came before it was there ends the line
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err // what it wrote could not be passed on
	}
	code := exitStatus(cmd.ProcessState)
	signal, name := sys.EndedBy(cmd.ProcessState)
	switch {
	case code == 0:
		return nil
	case s.interactive && code == interruptedBy && signal != 0:
		return errInterrupted
	case s.interactive && signal != 0 && name != "SIGPIPE":
		fmt.Fprintf(hc.Stderr, "sh: %s ended by %s\n", words[0], name)
	}
	return interp.ExitStatus(code)
}

// exitCode makes the error of a command one for the interpreter.
func exitCode(err error) error {
	var code status
	if errors.As(err, &code) {
		return interp.ExitStatus(code)
	}
	return err
}

// environ gives the exported variables.
func environ(env expand.Environ) []string {
	values := map[string]string{}
	for name, variable := range env.Each { // later ones replace earlier ones
		if variable.IsSet() && variable.Exported && variable.Kind == expand.String {
			values[name] = name + "=" + variable.String()
		} else {
			delete(values, name)
		}
	}
	return slices.Sorted(maps.Values(values))
}
