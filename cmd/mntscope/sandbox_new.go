package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl/sandbox"
	"mntscope/ui"
)

// newSandbox is what the command line says about a sandbox to be made.
type newSandbox struct {
	spec             sandbox.Spec
	propagation, ids string
	userNS, noUserNS bool
	count            int
	root, devices    string
	chown            bool
}

func (c *cli) sandboxNew() *cobra.Command {
	var n newSandbox
	cmd := c.command(&cobra.Command{
		Use:   "new [NAME] [-- COMMAND...]",
		Short: "Make a sandbox, and open a shell in it",
		Long: prose(`Make a sandbox, open a shell in it or run COMMAND, and remove the sandbox when that ends. With
--keep it returns at once, prints the sandbox's name, and the sandbox stays until it is removed. Without
NAME it is called s1, s2, and so on.

The propagation types of all mounts become private, slave or shared after the copy, or
are left as the kernel copies them (unchanged): a shared mount's copy is its peer, or its slave in a
new user namespace. With shared and unchanged, what root mounts in the sandbox without a user
namespace appears on the host too.

With --map root, the user is root inside, and there is nobody else; with --map auto there are also
the user's subordinate ids (subuid(5)), for which newuidmap and newgidmap must be installed; for root,
all users. With --user, which is for root, root inside is the user USER.

With --root, a directory, a tarball (.tar, .tar.gz, .tar.xz, .tar.zst), or "builtin" becomes the root file
system, as a container's is made by hand: it is bound on itself and entered, the roots are exchanged by
pivot_root, and the old one is let go. --steps takes only the first N of these steps (0 for none),
"mntscope sandbox step" the others. A tarball is unpacked into a directory that goes with the sandbox; one
with device nodes is refused unless --devices says to skip or, for root, to make them. "builtin" is this
program itself, as a shell and a small set of commands.

With --user, the files of the root are shown as root's own, by a mount that maps their owners, or, if unpacked,
given to that user (--chown).`),
		Example: `mntscope sandbox new
mntscope sandbox new demo --keep --propagation slave
mntscope sandbox new inner --keep --in demo --propagation shared
mntscope sandbox new --pid -- ps aux
mntscope sandbox new --root builtin --pid
mntscope sandbox new --root alpine-minirootfs.tar.gz --pid`,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		names, argv := args, []string(nil)
		if dash := cmd.ArgsLenAtDash(); dash >= 0 {
			names, argv = args[:dash], args[dash:]
		}
		if len(names) > 1 {
			return usagef("unexpected argument %q; a command to run stands behind \"--\"", names[1])
		}
		if len(names) == 1 {
			n.spec.Name = names[0]
			if err := sandbox.CheckName(names[0]); err != nil { // also of an empty one: it is not left out
				return usage(err)
			}
		}
		if err := notEmpty(cmd, "root", "in", "user"); err != nil {
			return err
		}
		progress, done := progressOn(os.Stderr)
		if err := n.complete(argv, progress); err != nil {
			return err
		}
		return withSandboxes(func(s *sandbox.Store) error { return n.run(cmd, s, argv, done) })
	})
	flags := cmd.Flags()
	flags.BoolVar(&n.spec.Keep, "keep", false, "let it stay until it is removed")
	flags.StringVar(&n.spec.In, "in", "", "make it inside the sandbox OUTER")
	flags.StringVar(&n.propagation, "propagation", string(sandbox.Private), "make all mounts TYPE: "+strings.Join(sandbox.Propagations(), ", "))
	flags.BoolVar(&n.userNS, "user-ns", false, "make a user namespace, too (the default, except for root and with --in)")
	flags.BoolVar(&n.noUserNS, "no-user-ns", false, "make no user namespace")
	flags.StringVar(&n.ids, "map", "", "have the users MAP in the user namespace: root, auto")
	flags.StringVar(&n.spec.User, "user", "", "let root inside be USER outside")
	flags.BoolVar(&n.spec.PID, "pid", false, "make a pid namespace, too")
	flags.BoolVar(&n.spec.UTS, "uts", false, "make a uts namespace (host name), too")
	flags.BoolVar(&n.spec.IPC, "ipc", false, "make an ipc namespace, too")
	flags.BoolVar(&n.spec.Net, "net", false, "make a network namespace, too")
	flags.BoolVar(&n.spec.Cgroup, "cgroup", false, "make a cgroup namespace, too")
	flags.StringVar(&n.root, "root", "", "make ROOT the root file system: a directory, a tarball, or "+ui.BuiltinRoot)
	flags.StringVar(&n.devices, "devices", "refuse", "do WHAT with device nodes of a tarball: refuse, skip, make")
	flags.BoolVar(&n.chown, "chown", false, "give the files of a tarball to the user of --user")
	flags.IntVar(&n.spec.Steps, "steps", sandbox.AllSteps, "take only the first N steps to that, -1 for all")
	flags.IntVarP(&n.count, "count", "n", 1, "make COUNT of them, with --keep")
	_ = cmd.RegisterFlagCompletionFunc("devices", cobra.FixedCompletions([]string{"refuse", "skip", "make"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("in", completeSandboxes) // these fail only for a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc("propagation", cobra.FixedCompletions(sandbox.Propagations(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("map", cobra.FixedCompletions([]string{"root", "auto"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// complete decides what follows from who the user is, and finds what cannot be meant.
func (n *newSandbox) complete(argv []string, progress func(string)) error {
	switch {
	case n.userNS && n.noUserNS:
		return usagef("--user-ns and --no-user-ns exclude each other")
	case n.count < 1:
		return usagef("--count %d is no number of sandboxes", n.count)
	case n.count > 1 && (n.spec.Name != "" || !n.spec.Keep):
		return usagef("several sandboxes at once are made with --keep, and get their names themselves")
	case n.spec.Keep && len(argv) > 0:
		return usagef("with --keep no command is run; \"mntscope sandbox exec\" runs one later")
	case n.spec.User != "" && n.ids != "":
		return usagef("--user and --map exclude each other")
	}
	if err := n.rootOf(progress); err != nil {
		return err
	}
	n.spec.Propagation = sandbox.Propagation(n.propagation)
	n.spec.Map = sandbox.Map(n.ids)
	if n.spec.User != "" {
		n.spec.Map = sandbox.MapUser
	}
	n.spec.UserNS = !n.noUserNS && (n.userNS || n.spec.Map != "" || n.spec.In == "" && os.Geteuid() != 0)
	if err := n.spec.Check(); err != nil {
		return usage(err)
	}
	return nil
}

func (n *newSandbox) run(cmd *cobra.Command, s *sandbox.Store, argv []string, unpacked func()) error {
	for range n.count {
		b, err := s.New(cmd.Context(), n.spec)
		unpacked()
		if err != nil {
			return err
		}
		if !n.spec.Keep {
			err := runInside(cmd, s, b.Name, argv)
			return errors.Join(err, b.Close())
		}
		if err := b.Close(); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), b.Name); err != nil {
			return outputError(err)
		}
	}
	return nil
}
