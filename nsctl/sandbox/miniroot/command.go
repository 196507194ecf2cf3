package miniroot

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// program is the name of the program in /bin of a mini root, which the commands link to.
const program = "mntscope"

// command does the work of one command.
type command func(*call) error

// call is one run of a command.
type call struct {
	name     string
	args     []string // without the name
	in       *os.File
	out, err io.Writer
}

// A status as an error ends a command with this exit status, without a word.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// Command says whether the program was started as a command of a mini root, by args, the
// arguments of the process with its name. If so, run is that command, and what it returns
// the exit status of the process. It is asked before anything else is done.
func Command(args []string) (run func() int, ok bool) {
	if len(args) == 0 {
		return nil, false
	}
	name := commandName(args[0])
	do, ok := commands()[name]
	if !ok {
		return nil, false
	}
	if target, err := os.Readlink("/bin/" + name); err != nil || target != program {
		return nil, false
	}
	return func() int {
		c := &call{name: name, args: args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr}
		if name == "sh" && strings.HasPrefix(args[0], "-") {
			c.args = append([]string{"-l"}, c.args...)
		}
		return c.result(do(c))
	}, true
}

// Commands are the names in /bin of a mini root.
func Commands() []string { return slices.Sorted(maps.Keys(commands())) }

// commandName gives the command that is meant by the first argument of a process. A
// login shell has a dash before its name.
func commandName(arg string) string { return strings.TrimPrefix(filepath.Base(arg), "-") }

func commands() map[string]command {
	return map[string]command{
		"cat": cat, "chroot": chroot, "cp": cp, "echo": echo, "env": env, "false": no, "findmnt": findmnt,
		"grep": grep, "hostname": hostname, "id": id, "kill": kill, "ln": ln, "ls": ls, "mkdir": mkdir, "mount": mount,
		"mv": mv, "pivot_root": pivotRoot, "ps": ps, "pwd": pwd, "rm": rm, "rmdir": rmdir, "sh": sh, "sleep": sleep,
		"touch": touch, "true": yes, "umount": umount, "unshare": unshare,
	}
}

// result reports an error and gives the exit status.
func (c *call) result(err error) int {
	var code status
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	c.report(err)
	var usage *usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// report prints an error in one line, with the name of the command before it. Errors that
// were joined have a line each.
func (c *call) report(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			c.report(err)
		}
		return
	}
	text := err.Error()
	if !strings.HasPrefix(text, c.name+" ") && !strings.HasPrefix(text, c.name+":") {
		text = c.name + ": " + text
	}
	fmt.Fprintln(c.err, nsctl.Printable(text))
}

// usageError is a call that does not say what is wanted.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }
