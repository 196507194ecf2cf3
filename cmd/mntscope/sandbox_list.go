package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
)

func (c *cli) sandboxList() *cobra.Command {
	var asJSON bool
	cmd := c.command(&cobra.Command{
		Use:   "ls",
		Short: "List the sandboxes",
		Long: prose(`List the user's sandboxes. STATE is running, or stale if what keeps the sandbox has died: then
"mntscope sandbox rm --stale" ends what still runs in it, and removes its files. IN is the sandbox that
it was made in, OWN the kinds of namespaces that it has of its own.`),
		Example: `mntscope sandbox ls
mntscope sandbox ls --json`,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		return withSandboxes(func(s *sandbox.Store) error {
			all, err := s.List()
			if err != nil && len(all) == 0 {
				return err
			}
			if asJSON {
				return errors.Join(err, writeJSON(cmd.OutOrStdout(), struct {
					Sandboxes []sandbox.Info `json:"sandboxes"`
				}{append([]sandbox.Info{}, all...)}))
			}
			return errors.Join(err, outputError(sandboxTable(all).write(cmd.OutOrStdout(), outputScreen())))
		})
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func sandboxTable(all []sandbox.Info) *table {
	t := &table{columns: []column{
		{title: "NAME"}, {title: "STATE"}, {title: "NS", right: true}, {title: "PID", right: true}, {title: "IN"},
		{title: "PROPAGATION"}, {title: "OWN"}, {title: "KEPT"}, {title: "MADE", shrinks: true},
	}}
	for i := range all {
		b := &all[i]
		kept := "no"
		if b.Kept {
			kept = "yes"
		}
		made := "-"
		if !b.Made.IsZero() {
			made = b.Made.Local().Format(time.DateTime)
		}
		t.add(nsctl.Printable(b.Name), string(b.State), number(int64(b.NS)), number(int64(b.PID)), orDash(b.In),
			orDash(string(b.Propagation)), orDash(strings.Join(b.Namespaces, ",")), kept, made)
	}
	return t
}
