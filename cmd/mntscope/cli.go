package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"mntscope/nsctl"
)

// cli is one run of the program.
type cli struct {
	root *cobra.Command
	// err is how the command ended. It is kept here and not returned to fang,
	// which asks the terminal for its background colour before it prints an
	// error, and waits for the answer.
	err error
	// args are the words of the command line, for completion, which cobra does not tell
	// whether "--" was among them.
	args []string
}

// run executes one command line and gives the exit status.
func run(ctx context.Context, args []string) int {
	c := &cli{args: args}
	c.root = c.explore()
	c.root.AddCommand(c.ns(), c.mounts(), c.peers(), c.holders(), c.snapshot(), c.predict(), c.apply(), c.undo(), c.why(), c.watch(), c.sandbox(), c.man())
	c.finish()
	c.root.SetArgs(args)
	if os.Getenv("NO_COLOR") != "" {
		// fang's colour library takes NO_COLOR for a boolean; it leaves colour
		// out for what is not a terminal.
		c.root.SetOut(struct{ io.Writer }{os.Stdout})
	}
	err := fang.Execute(ctx, c.root,
		fang.WithVersion(version()),
		fang.WithoutManpage(),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {}))
	if err != nil { // from the commands that cobra and fang add
		c.err = usage(err)
	}
	if c.err == nil {
		return exitDone
	}
	if errors.Is(c.err, errReported) {
		return exitFailed
	}
	if errors.Is(c.err, errUnread) {
		endByPipe()
		return exitFailed
	}
	var program programStatus
	if errors.As(c.err, &program) && program.error == nil {
		return program.status
	}
	fmt.Fprintln(os.Stderr, errorLine(c.err))
	if program.status > 0 {
		return program.status
	}
	var wrongUsage usageError
	if errors.As(c.err, &wrongUsage) {
		return exitUsage
	}
	return exitFailed
}

// command completes a command: it takes at most maxArgs arguments, and its error
// becomes that of the program.
func (c *cli) command(cmd *cobra.Command, maxArgs int, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs // checked below: cobra's own error would go to fang
	cmd.DisableFlagsInUseLine = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > maxArgs {
			c.err = usagef("unexpected argument %q; %q tells the usage", args[maxArgs], cmd.CommandPath()+" --help")
			return nil
		}
		c.err = run(cmd, args)
		return nil
	}
	return cmd
}

// notEmpty refuses flags that were given without a value: a variable that was not set is no
// wish for the default.
func notEmpty(cmd *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return usagef("--%s is empty; leave it out, or give it a value", name)
		}
	}
	return nil
}

// finish adjusts what holds for all commands, and those that cobra adds itself.
func (c *cli) finish() {
	c.root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.err = usagef("%w; %q lists the flags", err, cmd.CommandPath()+" --help")
		return nil // cobra stops here whatever is returned
	})
	c.root.SetHelpCommand(c.command(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
	}, 2, func(_ *cobra.Command, args []string) error {
		cmd, rest, err := c.root.Find(args)
		if err != nil || len(rest) > 0 {
			return unknownCommand(c.root, strings.Join(args, " "))
		}
		return cmd.Help()
	}))
	c.root.SuggestionsMinimumDistance = 2
	c.root.InitDefaultCompletionCmd()
	for _, cmd := range c.root.Commands() {
		if cmd.Name() == "completion" {
			c.command(cmd, 0, func(cmd *cobra.Command, _ []string) error { return cmd.Help() })
		}
	}
}

// prose joins the lines of each paragraph: help and man page break them where
// they want to.
func prose(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.ReplaceAll(p, "\n", " ")
	}
	return strings.Join(paragraphs, "\n\n")
}

func unknownCommand(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usagef("unknown command %q; did you mean %q?", name, near[0])
	}
	return usagef("unknown command %q; %q lists the commands", name, root.Name()+" --help")
}

// errReported is the error of a command that has said on standard output what is wrong.
var errReported = errors.New("reported on standard output")

// usageError is an error in the command line: exit status 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(err error) error { return usageError{err} }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// errorLine is the one line for a person.
func errorLine(err error) string {
	if errors.Is(err, context.Canceled) {
		return "mntscope: interrupted"
	}
	return "mntscope: " + printableLine(err.Error())
}

// printableLine makes one printable line of a message with text of the kernel's or
// of a file's in it. Backslashes stay: they are from escapes made before.
func printableLine(s string) string {
	s = strings.ReplaceAll(s, "\n", "; ") // errors.Join puts its errors on lines
	parts := strings.Split(s, `\`)
	for i := range parts {
		parts[i] = nsctl.Printable(parts[i])
	}
	return strings.Join(parts, `\`)
}
