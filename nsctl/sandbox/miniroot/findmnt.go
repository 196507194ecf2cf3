package miniroot

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
)

// findmnt shows the mounts as a tree, with their propagation, which findmnt(8) shows on
// request only; or those on one mount point.
func findmnt(c *call) error {
	chosen := "TARGET,ID,PROPAGATION,FSTYPE,SOURCE,OPTIONS"
	var list, bare bool
	err := c.parse(options{
		"-o": &chosen, "--output": &chosen, "-l": &list, "--list": &list, "-n": &bare, "--noheadings": &bare,
	}, false)
	if err == nil {
		err = c.operands(0, 1, "findmnt [-l] [-n] [-o COLUMN,...] [MOUNT_POINT]")
	}
	if err != nil {
		return err
	}
	columns := strings.Split(strings.ToUpper(chosen), ",")
	for _, column := range columns {
		if _, ok := mountColumn(column, &nsctl.Mount{}); !ok {
			return usage("the column %s is unknown", column)
		}
	}
	mounts, err := discover.OwnMounts()
	if err != nil {
		return noTable(err)
	}
	if len(c.args) > 0 {
		at := filepath.Clean(c.args[0])
		mounts = slices.DeleteFunc(mounts, func(m nsctl.Mount) bool { return m.Mountpoint != at })
		list = true
		if len(mounts) == 0 {
			return status(1)
		}
	}
	out := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if !bare {
		fmt.Fprintln(out, strings.Join(columns, "\t"))
	}
	write := func(m *nsctl.Mount, lines string) {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i], _ = mountColumn(column, m)
			if column == "TARGET" {
				cells[i] = lines + cells[i]
			}
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	if list {
		for i := range mounts {
			write(&mounts[i], "")
		}
	} else {
		g := graph.New(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: mounts}}})
		writeTree(g, g.Roots(0), "", true, write)
	}
	return out.Flush()
}

// writeTree writes mounts, each followed by those in it, with the lines of a tree. The
// kernel's table is the only one it is used for, and nothing nests mounts deeply.
func writeTree(g *graph.Graph, refs []graph.Ref, lines string, root bool, write func(*nsctl.Mount, string)) {
	for i, r := range refs {
		branch, below := lines+"├─", lines+"│ "
		switch {
		case root:
			branch, below = "", ""
		case i == len(refs)-1:
			branch, below = lines+"└─", lines+"  "
		}
		write(g.Mount(r), branch)
		writeTree(g, g.Children(r), below, false, write)
	}
}

// mountColumn gives the text of a mount in a column, fit for a terminal.
func mountColumn(column string, m *nsctl.Mount) (text string, known bool) {
	switch column {
	case "TARGET":
		text = nsctl.Printable(m.Mountpoint)
		if m.HiddenBy != 0 {
			text += " (hidden by " + strconv.Itoa(int(m.HiddenBy)) + ")"
		}
	case "SOURCE":
		text = nsctl.Printable(m.Source)
		if m.Root != "/" {
			text += "[" + nsctl.Printable(m.Root) + "]"
		}
	case "FSTYPE":
		text = nsctl.Printable(m.FSType)
	case "OPTIONS":
		text = nsctl.Printable(m.Options)
	case "PROPAGATION":
		text = m.Propagation.Type().String()
		if kernel := m.Propagation.String(); kernel != "" && kernel != text {
			text = kernel + " (" + text + ")"
		}
	case "ID":
		text = strconv.Itoa(int(m.MntID))
	case "PARENT":
		text = strconv.Itoa(int(m.ParentID))
	default:
		return "", false
	}
	return text, true
}
