package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func (c *cli) mounts() *cobra.Command {
	var from source
	var asJSON, ascii bool
	cmd := c.command(&cobra.Command{
		Use:   "mounts [NS]",
		Short: "Show the mount tree of one namespace",
		Long: prose(`Show the mounts of a namespace as a tree, with how each takes part in propagation:
the kernel's notation, and the name of the state.

NS is "self" (the default), a pid, mnt:[4026531832] or the bare number, the name of a
sandbox, the name
or an id prefix of a container, or the path of a namespace file. A mount that is
covered by another is marked with the ID of that one.`),
		Example: `mntscope mounts
mntscope mounts 4711
mntscope mounts web --json`,
	}, 1, func(cmd *cobra.Command, args []string) error {
		ref := "self"
		if len(args) > 0 {
			ref = args[0]
		}
		snapshot, err := from.snapshot(cmd.Context())
		if err != nil {
			return err
		}
		i, err := from.find(snapshot, ref)
		if err != nil {
			return err
		}
		ns := &snapshot.Namespaces[i]
		out := cmd.OutOrStdout()
		if asJSON {
			err = writeJSON(out, ns)
		} else {
			s := outputScreen()
			s.ascii = s.ascii || ascii
			err = outputError(mountTable(graph.New(snapshot), i, s).write(out, s))
		}
		if err == nil {
			reportGaps(cmd.ErrOrStderr(), gapsOf(ns, snapshot.Gaps), "\"mntscope snapshot\" lists all")
		}
		return err
	})
	from.flag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw the tree with ASCII characters")
	cmd.ValidArgsFunction = from.completeNS
	return cmd
}

func mountTable(g *graph.Graph, ns int, s screen) *table {
	t := &table{columns: []column{
		{title: "TARGET", shrinks: true}, {title: "ID", right: true}, {title: "PROPAGATION"}, {title: "FSTYPE"},
		{title: "SOURCE", shrinks: true}, {title: "OPTIONS", shrinks: true}, {title: "FS OPTIONS", shrinks: true},
	}}
	walk(g.Roots(ns), g.Children, s.branches(), func(r graph.Ref, lines string) {
		m := g.Mount(r)
		target := lines + nsctl.Printable(m.Mountpoint)
		if m.HiddenBy != 0 {
			target += " (hidden by " + strconv.Itoa(int(m.HiddenBy)) + ")"
		}
		t.rows = append(t.rows, row{dim: m.HiddenBy != 0, cells: []string{
			target, strconv.Itoa(int(m.MntID)), propagation(m.Propagation), orDash(m.FSType),
			mountSource(m), orDash(m.Options), orDash(m.SuperOptions),
		}})
	})
	return t
}

// propagation gives the kernel's notation and the name of the state.
func propagation(p nsctl.Propagation) string {
	state := p.Type().String()
	if text := p.String(); text != "" && text != state {
		return text + " (" + state + ")"
	}
	return state
}

// mountSource gives the source, as findmnt does with the directory that is
// mounted in brackets where that is not the root of the filesystem.
func mountSource(m *nsctl.Mount) string {
	source := nsctl.Printable(m.Source)
	if source == "" {
		source = `""` // a "-" would be taken for the source that some have
	}
	if m.Root != "/" {
		source += "[" + nsctl.Printable(m.Root) + "]"
	}
	return source
}

// gapsOf picks the gaps that concern one namespace.
func gapsOf(ns *nsctl.Namespace, gaps []nsctl.Gap) []nsctl.Gap {
	pids := map[int]bool{}
	for _, p := range ns.Processes {
		pids[p.PID] = true
	}
	var of []nsctl.Gap
	for _, g := range gaps {
		if g.NS != 0 && g.NS == ns.NS || g.NS == 0 && pids[g.PID] {
			of = append(of, g)
		}
	}
	return of
}
