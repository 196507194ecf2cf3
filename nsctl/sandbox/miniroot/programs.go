package miniroot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"mntscope/nsctl/internal/sys"
)

// The exit statuses of commands that run others, as of env(1) and chroot(1).
const (
	notRunnable = 126
	notFound    = 127
)

// become runs another program in place of this one.
func (c *call) become(words, environment []string) error {
	path, err := exec.LookPath(words[0])
	if err == nil {
		err = sys.Exec(path, words, environment)
	}
	return c.cannotRun(words[0], err)
}

// cannotRun reports that a program could not be started.
func (c *call) cannotRun(word string, err error) error {
	reason := err
	for next := errors.Unwrap(reason); next != nil; next = errors.Unwrap(reason) {
		reason = next
	}
	c.report(fmt.Errorf("cannot run %s: %w", word, reason))
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return status(notFound)
	}
	return status(notRunnable)
}

func env(c *call) error {
	var empty bool
	var without []string
	unset := func(name string) { without = append(without, name) }
	if err := c.parse(options{"-i": &empty, "-": &empty, "-u": unset, "--unset": unset}, true); err != nil {
		return err
	}
	variables := os.Environ()
	if empty {
		variables = nil
	}
	for _, name := range without {
		variables = withVariable(variables, name, "", false)
	}
	for len(c.args) > 0 {
		name, value, ok := strings.Cut(c.args[0], "=")
		if !ok {
			return c.become(c.args, variables)
		}
		variables = withVariable(variables, name, value, true)
		c.args = c.args[1:]
	}
	for _, variable := range variables {
		if _, err := fmt.Fprintln(c.out, variable); err != nil {
			return err
		}
	}
	return nil
}

// withVariable gives an environment in which a variable is set, or not.
func withVariable(variables []string, name, value string, set bool) []string {
	var changed []string
	for _, variable := range variables {
		if !strings.HasPrefix(variable, name+"=") {
			changed = append(changed, variable)
		}
	}
	if set {
		changed = append(changed, name+"="+value)
	}
	return changed
}

func chroot(c *call) error {
	err := c.parse(options{}, true)
	if err == nil {
		err = c.operands(1, -1, "chroot DIRECTORY [COMMAND [ARGUMENT]...]")
	}
	if err == nil {
		err = sys.Chroot(c.args[0])
	}
	if err != nil {
		return err
	}
	words := c.args[1:]
	if len(words) == 0 {
		words = []string{"/bin/sh"}
	}
	return c.become(words, os.Environ())
}

// inside is how unshare starts itself in the new namespaces. Its value is what is to be
// done there before the command: the propagation of all mounts, and proc.
const inside = "--inside"

// unshare always starts the command as a child: a process of several threads, as every
// Go program is one, cannot enter a new user namespace.
func unshare(c *call) error {
	var n sys.Namespaces
	var fork, mountProc bool
	var first string
	propagation := "private"
	err := c.parse(options{
		"-m": &n.Mount, "--mount": &n.Mount, "-p": &n.PID, "--pid": &n.PID, "-u": &n.UTS, "--uts": &n.UTS,
		"-i": &n.IPC, "--ipc": &n.IPC, "-n": &n.Net, "--net": &n.Net, "-C": &n.Cgroup, "--cgroup": &n.Cgroup,
		"-U": &n.User, "--user": &n.User, "-r": &n.User, "--map-root-user": &n.User, "-f": &fork, "--fork": &fork,
		"--mount-proc": &mountProc, "--propagation": &propagation, inside: &first,
	}, true)
	if err != nil {
		return err
	}
	if len(c.args) == 0 {
		c.args = []string{"/bin/sh"}
	}
	if first != "" {
		return c.inside(first)
	}
	if n.Mount = n.Mount || mountProc; !n.Mount {
		propagation = "unchanged"
	}
	if mountProc {
		propagation += ",proc"
	}
	cmd := exec.Command("/bin/unshare", append([]string{inside, propagation, "--"}, c.args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out, c.err
	n.For(cmd)
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return status(exitStatus(exit.ProcessState))
	default:
		return fmt.Errorf("the namespaces cannot be made: %w", err)
	}
}

// inside does what is left to do in new namespaces, and becomes the command.
func (c *call) inside(first string) error {
	propagation, proc, _ := strings.Cut(first, ",")
	if propagation != "unchanged" {
		flag := mountFlags()["r"+propagation].flag
		if flag&propagationFlags == 0 {
			return usage("--propagation is one of private, slave, shared, unchanged")
		}
		if err := sys.Mount("none", "/", "", flag, ""); err != nil {
			return err
		}
	}
	if proc != "" {
		if err := sys.Mount("proc", "/proc", "proc", sys.MountNoSUID|sys.MountNoDev|sys.MountNoExec, ""); err != nil {
			return err
		}
	}
	return c.become(c.args, os.Environ())
}

// exitStatus gives the status that a shell has for the end of a process.
func exitStatus(state *os.ProcessState) int {
	if signal, _ := sys.EndedBy(state); signal != 0 {
		return 128 + signal
	}
	return state.ExitCode()
}

func kill(c *call) error {
	signal := "TERM"
	if len(c.args) > 0 && strings.HasPrefix(c.args[0], "-") && c.args[0] != "--" {
		signal = strings.TrimPrefix(c.args[0], "-")
		c.args = c.args[1:]
		if signal == "s" && len(c.args) > 0 {
			signal, c.args = c.args[0], c.args[1:]
		}
	}
	if err := c.operands(1, -1, "kill [-SIGNAL] PID..."); err != nil {
		return err
	}
	var errs error
	for _, arg := range c.args {
		pid, err := strconv.Atoi(arg)
		if err != nil {
			return usage("%q is not a process id", arg)
		}
		errs = errors.Join(errs, sys.Kill(pid, signal))
	}
	return errs
}
