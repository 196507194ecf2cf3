package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
)

func (c *cli) sandboxShell() *cobra.Command {
	cmd := c.command(&cobra.Command{
		Use:   "sh NAME",
		Short: "Open a shell in a sandbox",
		Long: prose(`Open a shell in a sandbox: $SHELL if that is there, else /bin/sh. The sandbox stays when the shell
ends. The environment variable MNTSCOPE_SANDBOX has its name.`),
		Example:           `mntscope sandbox sh demo`,
		ValidArgsFunction: completeSandboxes,
	}, 1, func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("no sandbox was named; \"mntscope sandbox ls\" lists them")
		}
		return withSandboxes(func(s *sandbox.Store) error { return runInside(cmd, s, args[0], nil) })
	})
	return cmd
}

func (c *cli) sandboxExec() *cobra.Command {
	return c.command(&cobra.Command{
		Use:   "exec NAME -- COMMAND...",
		Short: "Run a command in a sandbox",
		Long: prose(`Run a command in a sandbox, in the same directory if that is there, on the same standard streams. On
a terminal it gets a terminal of its own, with job control. SIGINT, SIGTERM and SIGHUP are passed on.

The exit status is the command's, 128+N if signal N killed it, 126 if it cannot be run, and 127 if it
is not found.`),
		Example: `mntscope sandbox exec demo -- mount -t tmpfs none /mnt
mntscope sandbox exec demo -- findmnt --json | jq .`,
		ValidArgsFunction: completeSandboxes,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		dash := cmd.ArgsLenAtDash()
		if dash != 1 || len(args) < 2 {
			return usagef("give the name of a sandbox, and behind \"--\" the command, as in \"mntscope sandbox exec demo -- ls /mnt\"")
		}
		return withSandboxes(func(s *sandbox.Store) error { return runInside(cmd, s, args[0], args[1:]) })
	})
}

func (c *cli) sandboxRemove() *cobra.Command {
	var stale bool
	cmd := c.command(&cobra.Command{
		Use:   "rm NAME...",
		Short: "Remove sandboxes, with all that runs in them",
		Long: prose(`Remove sandboxes: end every process in them, also sandboxes that were made inside, and remove their
files. With --stale, remove what is left of sandboxes whose keeper has died, and print their names.`),
		Example: `mntscope sandbox rm demo
mntscope sandbox rm --stale`,
		ValidArgsFunction: completeSandboxes,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		if stale == (len(args) > 0) {
			return usagef("give either names of sandboxes or --stale; \"mntscope sandbox ls\" lists the sandboxes")
		}
		return withSandboxes(func(s *sandbox.Store) error {
			if stale {
				return removeStale(cmd, s)
			}
			return removeSandboxes(s, args)
		})
	})
	cmd.Flags().BoolVar(&stale, "stale", false, "remove what is left of sandboxes whose keeper has died")
	return cmd
}

// removeSandboxes removes those that it can. One that went with another, which it was in, is
// no error.
func removeSandboxes(s *sandbox.Store, names []string) error {
	known := make(map[string]bool)
	all, _ := s.List() // what cannot be read is told when it is to be removed
	for _, i := range all {
		known[i.Name] = true
	}
	var failed []error
	for _, name := range names {
		err := s.Remove(name)
		if err != nil && (!errors.Is(err, sandbox.ErrUnknown) || !known[name]) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func removeStale(cmd *cobra.Command, s *sandbox.Store) error {
	removed, err := s.RemoveStale()
	for _, name := range removed {
		if _, failed := fmt.Fprintln(cmd.OutOrStdout(), nsctl.Printable(name)); failed != nil {
			return errors.Join(err, outputError(failed))
		}
	}
	return err
}

// withoutSignals gives a context that does not end with a signal to this program.
func withoutSignals(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
