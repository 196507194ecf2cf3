package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// applying is what the command line says about an operation that is to be done.
type applying struct {
	request  change.Request
	mount    int
	missed   bool // mount what a rejoin has missed, too
	readOnly bool
	json     bool
	ascii    bool
	consent
}

func (c *cli) apply() *cobra.Command {
	var a applying
	cmd := c.command(&cobra.Command{
		Use:   "apply -- OP",
		Short: "Do an operation on mounts, after showing what it would do",
		Long: prose(`Do an operation on mounts in any namespace: show what it would do everywhere, as "mntscope
predict" does, ask, do it, and say whether that is what really happened. NS is entered for it; nothing has to
be installed there. OP is a command as it would be typed in NS ("self" by default, or as for "mounts"), with the
working directory DIR. Flags stand before "--":`) + "\n\n    " + strings.Join(nsctl.OpForms, "\n    ") + "\n\n" + prose(`What was shown is done, or nothing: if the host has changed when the answer comes, or a path leads to
another mount than before, the new prediction is shown and asked about. Paths are followed without the links of
/proc that are no paths. A mount that is hidden by another cannot be reached; with --mount ID it is made sure
that OP is about that mount.

Without a terminal, --yes says yes. What takes "/", /proc or the terminal's filesystem away, or covers it,
must be agreed to by typing the mount point, or with --yes-really MOUNTPOINT.

Each operation is written to a journal in $XDG_STATE_HOME/mntscope (~/.local/state/mntscope), from which "mntscope
undo" takes it back. The exit status is 1 if it was not done, or something else happened than was predicted.`),
		Example: `mntscope apply --ns web -- mount --make-rslave /data
mntscope apply --ns web -- rejoin /data --to self:/srv/data --slave
mntscope apply --yes --json -- mount --bind /srv/www /mnt`,
	}, math.MaxInt, func(cmd *cobra.Command, args []string) error {
		op, err := parseOp(cmd, args)
		if err != nil {
			return err
		}
		if err := notEmpty(cmd, "ns", "cwd"); err != nil {
			return err
		}
		if cmd.Flags().Changed("mount") && a.mount < 1 {
			return usagef("--mount %d is no ID of a mount; \"mntscope mounts\" lists them", a.mount)
		}
		if a.request.Cwd != "" && change.Relative(a.request.Cwd) {
			return usagef("--cwd %s is not an absolute path", nsctl.Printable(a.request.Cwd))
		}
		a.request.Op, a.request.Mount = op, nsctl.MountID(a.mount)
		return a.run(cmd)
	})
	flags := cmd.Flags()
	flags.StringVar(&a.request.NS, "ns", "self", "do it in the mount namespace NS")
	flags.StringVar(&a.request.Cwd, "cwd", "", "let relative paths begin at DIR (in the own namespace at the working directory, elsewhere at /)")
	flags.IntVar(&a.mount, "mount", 0, "do it only if the target leads to the mount with this ID")
	flags.BoolVar(&a.missed, "with-submounts", false, "with rejoin: mount what was missed first, each by an operation of its own")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.BoolVar(&a.ascii, "ascii", false, "draw with ASCII characters")
	flags.BoolVar(&a.readOnly, "readonly", false, "show what would be done, and refuse to do it")
	a.flags(cmd)
	c.completeOp(cmd, &source{}, &a.request.NS)
	_ = cmd.MarkFlagDirname("cwd") // fails only for a flag that is not there
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.err = usagef("%w; %s, %q lists the flags", err, whereOpStands(cmd), cmd.CommandPath()+" --help")
		return nil
	})
	return cmd
}

func (a *applying) run(cmd *cobra.Command) error {
	ctx, errs := cmd.Context(), cmd.ErrOrStderr()
	if err := a.usage(a.readOnly); err != nil {
		return err
	}
	changer, err := newChanger(ctx, a.readOnly, errs)
	if err != nil {
		return err
	}
	defer changer.Close()
	plan, err := changer.Plan(ctx, a.request)
	if err != nil {
		return err
	}
	if a.missed {
		if err := a.submounts(cmd, changer, plan); err != nil {
			return err
		}
		if plan, err = changer.Plan(ctx, a.request); err != nil {
			return err
		}
	}
	_, err = a.one(cmd, changer, plan)
	return err
}

// submounts does the operations that go before a rejoin, one after the other. All are one to
// "mntscope undo".
func (a *applying) submounts(cmd *cobra.Command, changer *hostChanger, rejoin *change.Plan) error {
	if rejoin.Op.Kind != nsctl.OpRejoin {
		return usagef("--with-submounts goes with rejoin")
	}
	for _, op := range rejoin.Submounts() {
		request := a.request
		request.Op, request.Mount = op, 0
		plan, err := changer.Plan(cmd.Context(), request)
		if err != nil {
			return err
		}
		seq, err := a.one(cmd, changer, plan)
		if err != nil {
			return err
		}
		if a.request.With == 0 {
			a.request.With = seq
		}
		if !a.json {
			fmt.Fprintln(cmd.OutOrStdout())
		}
	}
	return nil
}

// one shows one operation, asks, does it, and reports. It gives its number in the journal.
func (a *applying) one(cmd *cobra.Command, changer *hostChanger, plan *change.Plan) (seq int64, err error) {
	ctx, out, errs := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	for {
		if err := a.show(out, errs, plan); err != nil {
			return 0, err
		}
		if plan.Blocked != nil {
			return 0, a.refuse(out, plan, plan.Blocked)
		}
		if err := a.agree(ctx, errs, planQuestion(plan), planDangers(plan)); err != nil {
			return 0, a.refuse(out, plan, err)
		}
		result, err := changer.Apply(ctx, plan)
		var changed *change.Changed
		switch {
		case errors.As(err, &changed) && !a.yes:
			fmt.Fprintln(errs, "mntscope: "+printableLine(err.Error())+"; this is what it would do now:")
			plan = changed.Plan
			continue
		case result == nil:
			return 0, a.refuse(out, plan, err)
		}
		return result.Seq, errors.Join(a.report(out, result), err)
	}
}

// show prints what is predicted. Where JSON is wanted, it stands with the question only.
func (a *applying) show(out, errs io.Writer, plan *change.Plan) error {
	if a.json {
		if plan.Blocked != nil || !a.asks() {
			return nil
		}
		out = errs
	}
	s := outputScreen()
	s.ascii = s.ascii || a.ascii
	if err := writeOutcome(out, &plan.Prediction.Outcome, plan.Graph, s); err != nil {
		return outputError(err)
	}
	return outputError(writeMissed(out, plan.Submounts()))
}

// writeMissed lists what a rejoin has missed, and leaves as it is.
func writeMissed(out io.Writer, ops []nsctl.Op) error {
	var missed []string
	for _, op := range ops {
		if op.Kind == nsctl.OpBind {
			missed = append(missed, nsctl.Printable(op.Target))
		}
	}
	if len(missed) == 0 {
		return nil
	}
	most := min(len(missed), mostSubmounts)
	_, err := fmt.Fprintf(out, "\nMissed meanwhile, and not mounted by this (--with-submounts does that first):\n- %s\n", strings.Join(missed[:most], "\n- "))
	if rest := len(missed) - most; rest > 0 && err == nil {
		_, err = fmt.Fprintf(out, "- and %s\n", several(rest, "more mount"))
	}
	return err
}

// mostSubmounts is how many mounts that were missed a person is shown.
const mostSubmounts = 8

// refuse ends with why nothing was done.
func (a *applying) refuse(out io.Writer, plan *change.Plan, err error) error {
	if a.json {
		applied := nsctl.Applied{Outcome: plan.Prediction.Outcome, Error: err.Error()}
		return errors.Join(writeJSON(out, applied), err)
	}
	var refused *change.Refused
	if errors.As(err, &refused) {
		return errReported // it stands in the prediction
	}
	return err
}

// report says what has happened.
func (a *applying) report(out io.Writer, r *change.Result) error {
	if a.json {
		if err := writeJSON(out, r.Applied); err != nil {
			return err
		}
	} else if err := outputError(writeResult(out, r, a.ascii)); err != nil {
		return err
	}
	if len(r.Surprises) > 0 {
		return errReported
	}
	return nil
}
