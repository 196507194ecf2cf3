package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// undoing is what the command line says about taking back.
type undoing struct {
	list, forget bool
	readOnly     bool
	json, ascii  bool
	consent
}

func (c *cli) undo() *cobra.Command {
	var u undoing
	cmd := c.command(&cobra.Command{
		Use:   "undo",
		Short: "Take back the last operation that was applied",
		Long: prose(`Take back the last operation that "mntscope apply" did and that is not taken back yet. First it is
shown in which steps, what each of them does, and what cannot be brought back: a filesystem that was unmounted
for good, a peer group whose last member has left, mounts that lie hidden below others. What is mounted again is
another mount, at the same place and in the same group. Operations that were done together, as several mounts
that are marked in the explorer or a rejoin with what it has missed, are taken back together; --list names for
each the first of them.

Mounts get back into their groups and under their masters by MOVE_MOUNT_SET_GROUP, in whatever namespace they
are. Each step is done, checked and written to the journal like any other operation. Taking back what was taken
back is not offered: apply the operation again.`),
		Example: `mntscope undo
mntscope undo --list`,
	}, 0, func(cmd *cobra.Command, _ []string) error { return u.run(cmd) })
	flags := cmd.Flags()
	flags.BoolVar(&u.list, "list", false, "list the operations in the journal, and do nothing")
	flags.BoolVar(&u.forget, "forget", false, "strike out what was interrupted, of which it is not known whether it was done, or else the last operation if nothing of it can be taken back")
	flags.BoolVar(&u.readOnly, "readonly", false, "show what would be done, and refuse to do it")
	flags.BoolVar(&u.json, "json", false, "print JSON")
	flags.BoolVar(&u.ascii, "ascii", false, "draw with ASCII characters")
	u.flags(cmd)
	return cmd
}

func (u *undoing) run(cmd *cobra.Command) error {
	ctx, out, errs := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if !u.list && !u.forget {
		if err := u.usage(u.readOnly); err != nil {
			return err
		}
	}
	changer, err := newChanger(ctx, u.readOnly || u.list, errs)
	if err != nil {
		return err
	}
	defer changer.Close()
	switch {
	case u.forget:
		return strikeOut(ctx, changer)
	case u.list:
		return u.writeList(out, changer)
	}
	plan, err := changer.PlanUndo(ctx)
	for {
		if err != nil {
			return err
		}
		if plan.Blocked != nil {
			return u.refuse(out, plan, plan.Blocked)
		}
		if err := u.show(out, errs, plan); err != nil {
			return err
		}
		if u.readOnly {
			return u.refuse(out, plan, change.ErrReadOnly)
		}
		if !u.asks() && canWait(plan) {
			return u.refuse(out, plan, errCanWait)
		}
		if err := u.agree(ctx, errs, undoQuestion(plan), plan.Dangers()); err != nil {
			return u.refuse(out, plan, err)
		}
		done, applyErr := changer.ApplyUndo(ctx, plan)
		var changed *change.UndoChanged
		if errors.As(applyErr, &changed) && !u.yes {
			fmt.Fprintln(errs, "mntscope: "+printableLine(applyErr.Error())+"; this is how it would be done now:")
			plan = changed.Undo
			continue
		}
		return u.report(out, done, applyErr)
	}
}

// errCanWait is why nobody's yes, given in advance, strikes out what is in the way.
var errCanWait = errors.New("nothing of it can be taken back as things are, so nothing was done; \"mntscope undo --forget\" strikes it out, to go on with what was done before it")

// canWait says that nothing of an operation can be taken back now, but that this may change:
// what is in the way can be taken away, as long as its namespace is there.
func canWait(plan *change.Undo) bool {
	alive := slices.ContainsFunc(plan.Takes(), func(e change.Entry) bool {
		_, there := e.In(plan.Graph.Snapshot())
		return there
	})
	return alive && len(plan.Steps) == 0 && len(plan.Losses) > 0
}

// strikeOut gives up what was interrupted, or else the last operation if nothing of it can be
// taken back.
func strikeOut(ctx context.Context, changer *hostChanger) error {
	entries, err := changer.History()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(entries, func(e change.Entry) bool { return e.State == change.EntryInterrupted }) {
		return changer.Forget()
	}
	plan, err := changer.PlanUndo(ctx)
	switch {
	case errors.Is(err, change.ErrNothingToUndo):
		return nil
	case err != nil:
		return err
	case plan.Blocked != nil:
		return plan.Blocked
	case len(plan.Steps) > 0:
		return fmt.Errorf("operation %d, %s, can be taken back: nothing was struck out", plan.Entry.Seq, printableCommand(plan.Entry.Op))
	}
	_, err = changer.ApplyUndo(ctx, plan)
	return err
}

// undoPlan is the JSON of an undo.
type undoPlan struct {
	Undoes      change.Entry    `json:"undoes"`
	With        []change.Entry  `json:"with,omitempty"` // taken back with it, the newest first
	Steps       []nsctl.Applied `json:"steps"`
	Losses      []string        `json:"losses"`
	Differences []string        `json:"differences"`
	Error       string          `json:"error,omitempty"`
}

// refuse ends with why nothing was done. The steps in JSON are what it would have been.
func (u *undoing) refuse(w io.Writer, plan *change.Undo, err error) error {
	if !u.json {
		return err
	}
	p := undoPlan{Undoes: plan.Entry, With: plan.With, Steps: []nsctl.Applied{}, Losses: append([]string{}, plan.Losses...), Differences: []string{}, Error: err.Error()}
	for i := range plan.Steps {
		p.Steps = append(p.Steps, nsctl.Applied{Outcome: plan.Steps[i].Outcome})
	}
	return errors.Join(writeJSON(w, p), err)
}

// show prints the steps, and what is lost. Where JSON is wanted, they stand with the question only.
func (u *undoing) show(w, errs io.Writer, plan *change.Undo) error {
	if u.json {
		if u.readOnly || !u.asks() {
			return nil
		}
		w = errs
	}
	s := outputScreen()
	s.ascii = s.ascii || u.ascii
	out := bufio.NewWriter(w)
	for i, e := range plan.Takes() {
		and := "Taking back"
		if i > 0 {
			and = "and, done together with it,"
		}
		fmt.Fprintf(out, "%s operation %d of %s:\n%s in %v\n", and, e.Seq, e.Time.Local().Format("2006-01-02 15:04:05"), printableCommand(e.Op), e.NS)
	}
	if len(plan.Steps) == 0 {
		fmt.Fprint(out, "\nThere is nothing that could be done about it: a yes only strikes it out of what can be taken back.\n")
	}
	outcomes := make([]*nsctl.Outcome, len(plan.Steps))
	for i := range plan.Steps {
		outcomes[i] = &plan.Steps[i].Outcome
	}
	fresh := newGroups(plan.Graph.Snapshot(), outcomes...)
	for i := range plan.Steps {
		fmt.Fprintf(out, "\nStep %d: ", i+1)
		if err := writeOneOutcome(out, outcomes[i], plan.Steps[i].Graph, s, fresh); err != nil {
			return outputError(err)
		}
	}
	if len(plan.Losses) == 0 {
		fmt.Fprint(out, "\nAfter that, all is as it was before.\n")
	} else {
		fmt.Fprint(out, "\nNot all will be as it was before:\n")
		for _, loss := range plan.Losses[:min(len(plan.Losses), mostMounts)] {
			fmt.Fprintf(out, "- %s\n", printableLine(loss))
		}
		if rest := len(plan.Losses) - mostMounts; rest > 0 {
			fmt.Fprintf(out, "- and %s; --json lists all\n", several(rest, "more thing"))
		}
	}
	return outputError(out.Flush())
}

// report says what has happened. What was done counts also where not all of it was.
func (u *undoing) report(w io.Writer, done *change.Undone, err error) error {
	if done == nil {
		return err
	}
	surprised := len(done.Differences) > 0
	for _, r := range done.Steps {
		surprised = surprised || len(r.Surprises) > 0
	}
	if u.json {
		p := undoPlan{Undoes: done.Undo.Entry, With: done.Undo.With, Steps: []nsctl.Applied{}, Losses: append([]string{}, done.Undo.Losses...), Differences: append([]string{}, done.Differences...)}
		for _, r := range done.Steps {
			p.Steps = append(p.Steps, r.Applied)
		}
		if err != nil {
			p.Error = err.Error()
		}
		if err := writeJSON(w, p); err != nil {
			return err
		}
	} else if err == nil {
		if err := outputError(u.writeEnd(w, done, surprised)); err != nil {
			return err
		}
	}
	switch {
	case err != nil && len(done.Steps) > 0:
		return fmt.Errorf("%w; %s of %d done, \"mntscope undo\" goes on from there", err, several(len(done.Steps), "step"), len(done.Undo.Steps))
	case err != nil:
		return err
	case surprised:
		return errReported
	}
	return nil
}

func (u *undoing) writeEnd(w io.Writer, done *change.Undone, surprised bool) error {
	out := bufio.NewWriter(w)
	mark := "✓ "
	if outputScreen().ascii || u.ascii {
		mark = ""
	}
	if !surprised {
		what := "taken back, as predicted"
		if len(done.Undo.Steps) == 0 {
			what = "struck out: the next \"mntscope undo\" is about what was done before it"
		}
		fmt.Fprintf(out, "\n%s%s\n", mark, what)
		return out.Flush()
	}
	fmt.Fprint(out, "\ntaken back, but not all of it happened as predicted\n")
	for _, difference := range done.Differences {
		fmt.Fprintf(out, "- %s\n", printableLine(difference))
	}
	for _, r := range done.Steps {
		if len(r.Surprises) > 0 {
			writeSurprises(out, r.Surprises)
		}
	}
	return out.Flush()
}

func undoQuestion(plan *change.Undo) string {
	if len(plan.Steps) == 0 {
		return "Strike it out?"
	}
	touched, seen := []nsctl.NSNumber{plan.Entry.NS}, map[nsctl.NSNumber]bool{plan.Entry.NS: true}
	for i := range plan.With {
		if ns := plan.With[i].NS; !seen[ns] {
			seen[ns] = true
			touched = append(touched, ns)
		}
	}
	for i := range plan.Steps {
		for _, e := range plan.Steps[i].Outcome.Effects {
			if !seen[e.NS] {
				seen[e.NS] = true
				touched = append(touched, e.NS)
			}
		}
	}
	name := plan.Entry.NS.String()
	for i := range plan.Graph.Snapshot().Namespaces {
		if ns := plan.Graph.Namespace(i); ns.NS == plan.Entry.NS {
			name = nameOfSpace(ns)
		}
	}
	return "Take it back in " + name + others(touched) + "?"
}

// writeList prints the journal.
func (u *undoing) writeList(w io.Writer, changer *hostChanger) error {
	entries, err := changer.History()
	if err != nil {
		return err
	}
	if u.json {
		return writeJSON(w, append([]change.Entry{}, entries...))
	}
	t := &table{columns: []column{{title: "NUMBER", right: true}, {title: "TIME"}, {title: "STATE"}, {title: "NS", right: true}, {title: "MOUNTS", right: true}, {title: "OPERATION", shrinks: true}}}
	for i := range entries {
		e := &entries[i]
		op := printableCommand(e.Op)
		if e.Undoes != 0 {
			op += " (takes back " + strconv.FormatInt(e.Undoes, 10) + ")"
		}
		if e.With != 0 {
			op += " (with " + strconv.FormatInt(e.With, 10) + ")"
		}
		t.add(strconv.FormatInt(e.Seq, 10), e.Time.Local().Format("2006-01-02 15:04:05"), string(e.State), number(int64(e.NS)), strconv.Itoa(e.Changes), op)
	}
	out := bufio.NewWriter(w)
	if err := t.write(out, outputScreen()); err != nil {
		return outputError(err)
	}
	return outputError(out.Flush())
}
