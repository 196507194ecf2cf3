package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// consent is how it is agreed to what changes the host.
type consent struct {
	yes    bool
	really []string
	in     *bufio.Reader
}

func (c *consent) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.yes, "yes", false, "do not ask")
	cmd.Flags().StringArrayVar(&c.really, "yes-really", nil, "agree to what takes `MOUNTPOINT` away, or covers it (can be given several times)")
}

// usage says beforehand if nobody could be asked.
func (c *consent) usage(readOnly bool) error {
	if !c.asks() || readOnly || term.IsTerminal(os.Stdin.Fd()) {
		return nil
	}
	return usagef("nobody can be asked, as standard input is no terminal: --yes says yes to what is predicted; \"mntscope predict\" shows that")
}

var (
	errNotAgreed   = errors.New("nothing was done")
	errInterrupted = errors.New("interrupted: nothing was done")
)

// asks says that there will be a question. Who agrees to a danger agrees to less, too.
func (c *consent) asks() bool { return !c.yes && len(c.really) == 0 }

// agree asks. Each danger must be agreed to by its name.
func (c *consent) agree(ctx context.Context, errs io.Writer, question string, dangers []change.Danger) error {
	for i := range dangers {
		if err := c.agreeTo(ctx, errs, question, &dangers[i]); err != nil {
			return err
		}
	}
	if len(dangers) > 0 || !c.asks() {
		return nil
	}
	answer, err := c.answer(ctx, errs, question+" [y/N] ")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errNotAgreed
	}
	return nil
}

func (c *consent) agreeTo(ctx context.Context, errs io.Writer, question string, danger *change.Danger) error {
	name := nsctl.Printable(danger.Name)
	switch {
	case slices.Contains(c.really, danger.Name):
		return nil
	case len(c.really) > 0 || c.yes:
		return fmt.Errorf("nothing was done: %s; to agree to that, give --yes-really %s", nsctl.Printable(danger.Why), nsctl.ShellQuote(danger.Name))
	}
	answer, err := c.answer(ctx, errs, fmt.Sprintf("%s\nDanger: %s. To do it all the same, type %s: ", question, nsctl.Printable(danger.Why), name))
	if err != nil {
		return err
	}
	if answer != danger.Name && answer != name {
		return errNotAgreed
	}
	return nil
}

// answer reads a line from the terminal. The end of it counts as no.
func (c *consent) answer(ctx context.Context, errs io.Writer, question string) (string, error) {
	fmt.Fprint(errs, "\n"+question)
	if c.in == nil {
		c.in = bufio.NewReader(os.Stdin)
	}
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() { // it stays if ctx ends first, and so does the program then
		text, err := c.in.ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(errs)
		return "", errInterrupted
	case l := <-read:
		if l.err != nil && !errors.Is(l.err, io.EOF) {
			return "", fmt.Errorf("the answer cannot be read: %w", reason(l.err))
		}
		if l.err != nil {
			fmt.Fprintln(errs)
		}
		return strings.TrimSuffix(strings.TrimSuffix(l.text, "\n"), "\r"), nil
	}
}

// planQuestion asks with the number of namespaces in which something changes.
func planQuestion(p *change.Plan) string {
	return "Do this in " + nameOfSpace(p.Graph.Namespace(p.Space)) + others(p.Touched()) + "?"
}

// others counts the namespaces after the first.
func others(touched []nsctl.NSNumber) string {
	if len(touched) < 2 {
		return ""
	}
	return ", which changes " + several(len(touched)-1, "other namespace")
}

// nameOfSpace names a namespace in a sentence.
func nameOfSpace(ns *nsctl.Namespace) string {
	name := nsctl.Printable(ns.Name)
	if ns.Kind == nsctl.KindInitial {
		name = "the host's own namespace " + name
	}
	if name == "" {
		return ns.NS.String()
	}
	return name + " " + ns.NS.String()
}

func planDangers(p *change.Plan) []change.Danger {
	tty := ""
	if term.IsTerminal(os.Stdin.Fd()) {
		tty, _ = os.Readlink("/proc/self/fd/0") // without it, one place less is looked at
	}
	if danger, is := p.Danger(tty); is {
		return []change.Danger{danger}
	}
	return nil
}
