package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func (c *cli) peers() *cobra.Command {
	var from source
	var asJSON, asDot, asMermaid, ascii bool
	cmd := c.command(&cobra.Command{
		Use:   "peers",
		Short: "Show the peer groups and who receives from them",
		Long: prose(`Show the propagation forest of the host: every peer group with the mounts in it,
in whatever namespaces they are, the mounts that only receive from it, and below
it the groups that receive from it.

A ghost is a group that no visible mount is in, but others receive from.`),
		Example: `mntscope peers
mntscope peers --dot | dot -Tsvg -o peers.svg
mntscope peers --mermaid`,
	}, 0, func(cmd *cobra.Command, _ []string) error {
		if flags := chosen(cmd, "json", "dot", "mermaid"); len(flags) > 1 {
			return usagef("--%s and --%s exclude each other; give one of them", flags[0], flags[1])
		}
		snapshot, err := from.snapshot(cmd.Context())
		if err != nil {
			return err
		}
		g := graph.New(snapshot)
		forest := g.Forest()
		out := cmd.OutOrStdout()
		switch {
		case asJSON:
			err = writeJSON(out, forest)
		case asDot:
			err = outputError(forest.Dot(out))
		case asMermaid:
			err = outputError(forest.Mermaid(out))
		default:
			s := outputScreen()
			s.ascii = s.ascii || ascii
			err = outputError(peerTable(g, forest, s).write(out, s))
		}
		if err == nil {
			reportGaps(cmd.ErrOrStderr(), snapshot.Gaps, "\"mntscope snapshot\" lists all")
		}
		return err
	})
	from.flag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asDot, "dot", false, "print a graph for Graphviz")
	cmd.Flags().BoolVar(&asMermaid, "mermaid", false, "print a graph for Mermaid")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "draw the tree with ASCII characters")
	return cmd
}

// chosen gives those of the named flags that were set.
func chosen(cmd *cobra.Command, names ...string) []string {
	var set []string
	for _, name := range names {
		if value, err := cmd.Flags().GetBool(name); err == nil && value {
			set = append(set, name)
		}
	}
	return set
}

// peerNode is a line of the forest: a group, or a mount in it or receiving from it.
type peerNode struct {
	group  *graph.Group
	member *graph.Member // nil for the line of the group itself
	role   string
}

func peerTable(g *graph.Graph, forest *graph.Forest, s screen) *table {
	t := &table{columns: []column{
		{title: "GROUP"}, {title: "NS", right: true}, {title: "NAME", shrinks: true},
		{title: "ID", right: true}, {title: "MOUNT POINT", shrinks: true},
	}}
	groups := make(map[nsctl.GroupID]*graph.Group, len(forest.Groups))
	var roots []peerNode
	for i := range forest.Groups {
		group := &forest.Groups[i]
		groups[group.ID] = group
		if group.Master == 0 {
			roots = append(roots, peerNode{group: group})
		}
	}
	below := func(n peerNode) []peerNode { return nodesBelow(n, groups) }
	walk(roots, below, s.branches(), func(n peerNode, lines string) {
		t.rows = append(t.rows, peerRow(g, n, lines))
	})
	return t
}

// nodesBelow gives the mounts in a group, those that only receive from it, and
// the groups that receive from it.
func nodesBelow(n peerNode, groups map[nsctl.GroupID]*graph.Group) []peerNode {
	if n.member != nil {
		return nil
	}
	nodes := make([]peerNode, 0, len(n.group.Members)+len(n.group.Slaves)+len(n.group.Children))
	for i := range n.group.Members {
		nodes = append(nodes, peerNode{n.group, &n.group.Members[i], "peer"})
	}
	for i := range n.group.Slaves {
		nodes = append(nodes, peerNode{n.group, &n.group.Slaves[i], "slave"})
	}
	for _, id := range n.group.Children {
		nodes = append(nodes, peerNode{group: groups[id]})
	}
	return nodes
}

func peerRow(g *graph.Graph, n peerNode, lines string) row {
	if n.member != nil {
		return row{cells: []string{
			lines + n.role, number(int64(n.member.NS)), orDash(g.Namespace(n.member.Ref.NS).Name),
			strconv.Itoa(int(n.member.MntID)), nsctl.Printable(n.member.Mountpoint),
		}}
	}
	notation := nsctl.Propagation{Shared: n.group.ID, Master: n.group.Master}
	if !n.group.Ghost {
		return row{cells: []string{lines + notation.String()}}
	}
	notation.Master = 0 // only known to be somewhere above: the tree shows it
	return row{dim: true, cells: []string{lines + notation.String(), "ghost: no visible mount is in it"}}
}
