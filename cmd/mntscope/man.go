package main

import (
	"fmt"
	"strings"

	mango "github.com/muesli/mango"
	mcobra "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

// man prints the man page. That of fang has nothing of the commands but their flags.
func (c *cli) man() *cobra.Command {
	return c.command(&cobra.Command{
		Use:    "man",
		Short:  "Print the man page",
		Hidden: true,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		page, err := mcobra.NewManPage(1, c.root)
		if err != nil {
			return err
		}
		describe(page, c.root)
		page.WithSection("Exit status", "0: done. 1: the operation failed, or there is a finding, such as a mount that does not appear. 2: wrong usage. "+
			"What \"mntscope sandbox exec\" runs gives its own.")
		page.WithSection("Files", "$XDG_STATE_HOME/mntscope/journal: what was applied, for \"mntscope undo\". "+
			"$XDG_STATE_HOME/mntscope/sandboxes: those that were made. By default both are in ~/.local/state.")
		page.WithSection("See also", "mount(8), umount(8), findmnt(8), unshare(1), nsenter(1), pivot_root(2), mount_namespaces(7)")
		_, err = fmt.Fprint(cmd.OutOrStdout(), page.Build(roff.NewDocument()))
		return outputError(err)
	})
}

// describe gives each command below one a section with what its help says.
func describe(page *mango.ManPage, above *cobra.Command) {
	for _, cmd := range above.Commands() {
		if cmd.Hidden || cmd.Long == "" || cmd.Name() == "completion" {
			continue
		}
		text := cmd.Long
		if cmd.Example != "" { // a line that begins with a blank stands for itself
			text += "\n\nExamples:\n\n    " + strings.ReplaceAll(cmd.Example, "\n", "\n    ")
		}
		page.WithSection(cmd.CommandPath(), text)
		describe(page, cmd)
	}
}
