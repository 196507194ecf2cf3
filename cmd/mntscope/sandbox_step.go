package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/sandbox"
)

func (c *cli) sandboxStep() *cobra.Command {
	var asJSON, list, ascii bool
	cmd := c.command(&cobra.Command{
		Use:   "step NAME [STEP]",
		Short: "Take a step towards a sandbox's own root file system",
		Long: prose(`Take the next step from the copy of the host's tree to the root file system that a sandbox was made
with (--root, and --steps for how many are taken at once), as a container is made by hand. With
STEP take that one, also out of order, to see it fail. It shows the command that the step
equals, the mounts before and after, and where it failed, why. The exit status is 1 then.

A step is refused if something would be mounted or unmounted outside of the sandbox by it.`),
		Example: `mntscope sandbox new demo --keep --root ./rootfs --steps 0
mntscope sandbox step demo --list
mntscope sandbox step demo
mntscope sandbox step demo pivot`,
		ValidArgsFunction: completeSandboxes,
	}, 2, func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("no sandbox was named; \"mntscope sandbox ls\" lists them")
		}
		if list && len(args) > 1 {
			return usagef("--list takes no step")
		}
		return withSandboxes(func(s *sandbox.Store) error {
			out := cmd.OutOrStdout()
			if list {
				steps, err := s.Steps(args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(out, struct {
						Steps []sandbox.Step `json:"steps"`
					}{steps})
				}
				return outputError(stepTable(steps).write(out, outputScreen()))
			}
			screen := outputScreen()
			screen.ascii = screen.ascii || ascii
			return takeStep(out, s, append(args, "")[:2], asJSON, screen)
		})
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&list, "list", false, "list the steps, and which have been taken")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw with ASCII characters")
	return cmd
}

func stepTable(steps []sandbox.Step) *table {
	t := &table{columns: []column{{title: "STEP"}, {title: "TAKEN"}, {title: "COMMAND", shrinks: true}, {title: "TITLE", shrinks: true}}}
	for _, s := range steps {
		taken := "no"
		if s.Taken {
			taken = "yes"
		}
		t.add(s.Name, taken, nsctl.Printable(s.Command), s.Title)
	}
	return t
}

func takeStep(out io.Writer, s *sandbox.Store, args []string, asJSON bool, screen screen) error {
	taken, err := s.Step(args[0], args[1])
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(out, taken)
	} else {
		err = outputError(writeTaken(out, taken, screen))
	}
	if err == nil && !taken.OK {
		return errReported
	}
	return err
}

// writeTaken tells of a step: what it is, how it went, and what has changed.
func writeTaken(w io.Writer, t *sandbox.Taken, s screen) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s: %s\n%s\n\n# %s\n", t.Name, t.Title, t.Why, nsctl.Printable(t.Command))
	ok, failed := "✓", "✗"
	if s.ascii {
		ok, failed = "ok", "failed"
	}
	switch {
	case t.OK:
		fmt.Fprintln(out, ok+" done")
	case t.Errno == "":
		fmt.Fprintln(out, failed+" not tried: "+printableLine(t.Reason))
	default:
		fmt.Fprintln(out, failed+" "+t.Errno+": "+printableLine(t.Reason))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if sameMounts(t.Before, t.After) {
		_, err := fmt.Fprintln(w, "\nThe mounts are as they were.")
		return err
	}
	if err := treeTable("BEFORE", t.Before, s).write(titled(w), s); err != nil {
		return err
	}
	return treeTable("AFTER", t.After, s).write(titled(w), s)
}

// titled puts an empty line before a table.
func titled(w io.Writer) io.Writer {
	_, _ = io.WriteString(w, "\n") // the table reports the error
	return w
}

func sameMounts(a, b []nsctl.Mount) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := &a[i], &b[i]
		if x.MntID != y.MntID || x.ParentID != y.ParentID || x.Mountpoint != y.Mountpoint || x.Propagation != y.Propagation {
			return false
		}
	}
	return true
}

// treeTable shows mounts as a tree, with what a step can change of them.
func treeTable(title string, mounts []nsctl.Mount, s screen) *table {
	t := &table{columns: []column{
		{title: title, shrinks: true}, {title: "ID", right: true}, {title: "PROPAGATION"}, {title: "FSTYPE"}, {title: "SOURCE", shrinks: true},
	}}
	g := graph.New(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: mounts}}})
	walk(g.Roots(0), g.Children, s.branches(), func(r graph.Ref, lines string) {
		m := g.Mount(r)
		t.add(lines+nsctl.Printable(m.Mountpoint), strconv.Itoa(int(m.MntID)), propagation(m.Propagation), orDash(m.FSType), mountSource(m))
	})
	return t
}
