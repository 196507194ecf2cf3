package main

import (
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
)

func (c *cli) predict() *cobra.Command {
	var q question
	var asJSON, after, ascii bool
	cmd := c.command(&cobra.Command{
		Use:   "predict -- OP",
		Short: "Say what an operation on mounts would do everywhere",
		Long: prose(`Say what an operation on mounts would do in every namespace of the host: which mounts
would appear, vanish, move or change, through which peer groups, which are not reached, and why.
Nothing is changed.

OP is a command as it would be typed in the namespace NS ("self" by default, or as for
"mounts"), with the working directory DIR, by somebody who may (CAP_SYS_ADMIN in the user namespace
that owns NS). Flags stand before "--":`) + "\n\n    " + strings.Join(nsctl.OpForms, "\n    ") + "\n\n" + prose(`Symbolic links are followed, and whether paths exist is seen, on the running host only. What
depends on something that cannot be seen is listed as not certain. The exit status is 1 if
the kernel would refuse.`),
		Example: `mntscope predict -- mount --bind /srv/www /mnt
mntscope predict --ns web -- umount -l /data
mntscope predict --json --after --snapshot host.json -- unshare --user --mount`,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		op, err := parseOp(cmd, args)
		if err != nil {
			return err
		}
		if q.cwd != "" && change.Relative(q.cwd) {
			return usagef("--cwd %s is not an absolute path", nsctl.Printable(q.cwd))
		}
		snapshot, err := q.from.snapshot(cmd.Context())
		if err != nil {
			return err
		}
		g := graph.New(snapshot)
		p, err := q.answer(cmd.Context(), g, op)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		if after {
			p.Outcome.After = p.After()
		}
		if asJSON || after {
			err = writeJSON(out, p.Outcome)
		} else {
			s := outputScreen()
			s.ascii = s.ascii || ascii
			err = outputError(writeOutcome(out, &p.Outcome, g, s))
		}
		if err != nil {
			return err
		}
		reportGaps(cmd.ErrOrStderr(), snapshot.Gaps, "\"mntscope snapshot\" lists all")
		if !p.OK {
			return errReported
		}
		return nil
	})
	q.from.flag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&q.ns, "ns", "self", "do it in the mount namespace NS")
	flags.StringVar(&q.cwd, "cwd", "", "let relative paths begin at DIR (in the own namespace at the working directory, elsewhere at /)")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&after, "after", false, "print JSON that has the whole host as it would be, too")
	flags.BoolVar(&ascii, "ascii", false, "draw with ASCII characters")
	c.completeOp(cmd, &q.from, &q.ns)
	_ = cmd.MarkFlagDirname("cwd") // fails only for a flag that is not there
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.err = usagef("%w; %s, %q lists the flags", err, whereOpStands(cmd), cmd.CommandPath()+" --help")
		return nil
	})
	return cmd
}

// whereOpStands tells how an operation is given to a command.
func whereOpStands(cmd *cobra.Command) string {
	return `the operation stands behind "--", as in "` + cmd.CommandPath() + ` -- umount /mnt"`
}

// parseOp reads the operation, which stands behind "--": its options are not ours.
func parseOp(cmd *cobra.Command, args []string) (nsctl.Op, error) {
	switch dash := cmd.ArgsLenAtDash(); {
	case len(args) == 0:
		return nsctl.Op{}, usagef("no operation was given: %s; %q lists the forms", whereOpStands(cmd), cmd.CommandPath()+" --help")
	case dash < 0:
		return nsctl.Op{}, usagef("%q does not stand behind \"--\": %s", args[0], whereOpStands(cmd))
	case dash > 0:
		return nsctl.Op{}, usagef("unexpected argument %q before \"--\"; %q tells the usage", args[0], cmd.CommandPath()+" --help")
	}
	op, err := nsctl.ParseOp(args)
	if err != nil {
		return op, usage(err)
	}
	return op, nil
}
