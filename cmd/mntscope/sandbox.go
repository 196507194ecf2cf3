package main

import (
	"fmt"
	"math"
	"os"

	"github.com/spf13/cobra"

	"mntscope/nsctl/sandbox"
)

func (c *cli) sandbox() *cobra.Command {
	cmd := c.command(&cobra.Command{
		Use:   "sandbox",
		Short: "Make mount namespaces to explore in, and throw them away",
		Long: prose(`Make mount namespaces to explore in, work in them, and throw them away. A sandbox is a copy of
this mount namespace, or of another sandbox's, with the propagation that is wanted. Without
root it is in a user namespace, in which the user is root.

Nothing is mounted outside of a sandbox, and what is mounted inside ends with it. Its name can be
given wherever a command takes an NS.`),
		Example: `mntscope sandbox new
mntscope sandbox new demo --keep
mntscope sandbox sh demo
mntscope sandbox rm demo`,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return cmd.Help()
	})
	cmd.AddCommand(c.sandboxNew(), c.sandboxList(), c.sandboxShell(), c.sandboxExec(), c.sandboxStep(), c.sandboxRemove())
	return cmd
}

// withSandboxes opens the user's sandboxes for a command.
func withSandboxes(do func(s *sandbox.Store) error) error {
	dir, err := sandbox.DefaultDir(os.Getenv)
	if err != nil {
		return err
	}
	s, err := sandbox.Open(dir)
	if err != nil {
		return err
	}
	defer s.Close() // nothing is written through it
	return do(s)
}

// programStatus is the exit status of a program that ran in a sandbox, which becomes
// mntscope's; with an error if it could not be run.
type programStatus struct {
	error
	status int
}

func (e programStatus) Unwrap() error { return e.error }

func (e programStatus) Error() string {
	if e.error == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.error.Error()
}

// runInside runs a program in a sandbox, on this program's own streams.
func runInside(cmd *cobra.Command, s *sandbox.Store, name string, argv []string) error {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/" // it was removed
	}
	program := sandbox.Program{Argv: argv, Env: os.Environ(), Dir: dir, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	ctx := withoutSignals(cmd.Context()) // they are for the program
	status, err := s.Run(ctx, name, program)
	if err == nil && status == exitDone {
		return nil
	}
	return programStatus{err, status}
}

// completeSandboxes offers the names of sandboxes to the shell.
func completeSandboxes(_ *cobra.Command, _ []string, _ string) (offers []string, _ cobra.ShellCompDirective) {
	err := withSandboxes(func(s *sandbox.Store) error {
		all, err := s.List()
		for _, i := range all {
			offers = append(offers, fmt.Sprintf("%s\t%s", i.Name, i.State))
		}
		return err
	})
	if err != nil && len(offers) == 0 {
		return nil, cobra.ShellCompDirectiveError
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
