package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// opCompletion offers the words of an operation to the shell.
type opCompletion struct {
	from *source
	ns   *string // of --ns
}

// completeOp lets the shell complete the namespace of a command, and the operation behind "--".
func (c *cli) completeOp(cmd *cobra.Command, from *source, ns *string) {
	o := &opCompletion{from, ns}
	_ = cmd.RegisterFlagCompletionFunc("ns", func(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return from.completeNS(cmd, nil, word)
	}) // fails only for a flag that is not there
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if before := c.args[:max(0, len(c.args)-1)]; !slices.Contains(before, "--") { // the last one is word
			return []string{"--\tthe operation follows"}, cobra.ShellCompDirectiveNoFileComp
		}
		return o.next(cmd, args, word)
	}
}

// next offers what can follow the words of an operation.
func (o *opCompletion) next(cmd *cobra.Command, words []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(words) == 0 {
		return opCommands(), cobra.ShellCompDirectiveNoFileComp
	}
	if strings.HasPrefix(begun, "-") {
		return opOptions(words[0]), cobra.ShellCompDirectiveNoFileComp
	}
	ns, last := *o.ns, words[len(words)-1]
	switch {
	case last == "--from":
		return o.from.completeNS(cmd, nil, begun)
	case last == "--propagation":
		return []string{"private", "slave", "shared", "unchanged"}, cobra.ShellCompDirectiveNoFileComp
	case last == "--to":
		return o.place(cmd, begun)
	case slices.Contains([]string{"-t", "--types", "-o", "--options"}, last) || words[0] == "unshare":
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	plain, from := plainWords(words[1:])
	if from != "" && plain == 0 {
		ns = from // SOURCE is there, TARGET here
	}
	if ns == "self" && o.from.file == "" {
		return nil, cobra.ShellCompDirectiveDefault // files of the shell's own
	}
	return o.paths(cmd.Context(), ns, "", begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// place completes NS:PATH.
func (o *opCompletion) place(cmd *cobra.Command, begun string) ([]string, cobra.ShellCompDirective) {
	const more = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if ns, path, err := nsctl.SplitPlace(begun); err == nil {
		return o.paths(cmd.Context(), ns, ns+":", path), more
	}
	offers, directive := o.from.completeNS(cmd, nil, begun)
	if directive&cobra.ShellCompDirectiveError != 0 {
		return nil, directive
	}
	for i := range offers {
		name, about, _ := strings.Cut(offers[i], "\t")
		offers[i] = name + ":/\t" + about
	}
	return offers, more
}

// paths offers paths as who is in a namespace sees them, each after the same words.
func (o *opCompletion) paths(ctx context.Context, ref, before, begun string) []string {
	snapshot, err := o.from.snapshot(ctx)
	if err != nil {
		return nil
	}
	ns, err := o.from.find(snapshot, ref)
	if err != nil {
		return nil
	}
	var offers []string
	for _, p := range o.complete(ctx, graph.New(snapshot), ns, begun).Paths {
		if !offerable(p.Path) {
			continue
		}
		offer := before + p.Path
		if p.MountPoint {
			offer += "\tmount point"
		}
		offers = append(offers, offer)
	}
	return offers
}

func (o *opCompletion) complete(ctx context.Context, g *graph.Graph, ns int, begun string) nsctl.Completion {
	if o.from.file != "" {
		return g.Complete(ns, begun)
	}
	changer, err := newChanger(ctx, true, io.Discard)
	if err != nil {
		return g.Complete(ns, begun)
	}
	defer changer.Close() // it has only looked
	return changer.Complete(ctx, g, ns, begun)
}

// offerable says that a shell and a terminal take a text as it is.
func offerable(text string) bool { return text != "" && nsctl.Printable(text) == text }

// opCommands gives the commands that operations begin with, each with a form.
func opCommands() (offers []string) {
	seen := map[string]bool{}
	for _, form := range nsctl.OpForms {
		name, rest, _ := strings.Cut(form, " ")
		if !seen[name] {
			seen[name] = true
			offers = append(offers, name+"\t"+rest)
		}
	}
	return offers
}

// opOptions gives the options of a command.
func opOptions(command string) []string {
	switch command {
	case "mount":
		options := []string{"-t", "-o", "--bind", "--rbind", "--move", "--beneath", "--from"}
		for _, t := range []nsctl.PropagationType{nsctl.Shared, nsctl.Slave, nsctl.Private, nsctl.Unbindable} {
			options = append(options, "--make-"+t.String(), "--make-r"+t.String())
		}
		return options
	case "umount":
		return []string{"-l"}
	case "unshare":
		return []string{"--mount", "--user", "--propagation"}
	case "rejoin":
		return []string{"--to", "--slave"}
	}
	return nil
}

// plainWords counts the words that are neither options nor their values, and gives the value
// of --from.
func plainWords(words []string) (plain int, from string) {
	for i := 0; i < len(words); i++ {
		switch word := words[i]; {
		case slices.Contains([]string{"-t", "--types", "-o", "--options", "--to", "--from"}, word):
			i++
			if word == "--from" && i < len(words) {
				from = words[i]
			}
		case !strings.HasPrefix(word, "-"):
			plain++
		}
	}
	return plain, from
}
