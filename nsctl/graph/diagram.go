package graph

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mntscope/nsctl"
)

// maxListed is how many mounts a node of a diagram lists. A peer group can have a
// member in every namespace of the host; nobody reads that in a picture, and
// renderers refuse it. "mntscope peers" and its JSON have them all.
const maxListed = 8

// Dot writes the forest as a directed graph for Graphviz: a node for each group
// with its members, a node for the mounts that only receive from it, and arrows
// from master to slave. Ghosts are dashed.
func (f *Forest) Dot(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "digraph \"mount propagation\" {\n\tnode [shape=box, fontname=monospace];\n")
	for i := range f.Groups {
		g := &f.Groups[i]
		style := ""
		if g.Ghost {
			style = ", style=dashed"
		}
		fmt.Fprintf(out, "\tg%d [label=%s%s];\n", g.ID, dotLabel(f.groupLines(g)), style)
		if len(g.Slaves) > 0 {
			fmt.Fprintf(out, "\ts%d [label=%s, style=rounded];\n", g.ID, dotLabel(f.slaveLines(g)))
			fmt.Fprintf(out, "\tg%d -> s%d;\n", g.ID, g.ID)
		}
		if g.Master != 0 {
			style := ""
			if g.MasterIndirect {
				style = " [style=dashed]"
			}
			fmt.Fprintf(out, "\tg%d -> g%d%s;\n", g.Master, g.ID, style)
		}
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// dotLabel quotes lines of text, left-justified. In a quoted string of DOT only
// the quotation mark is special, but in a label also the backslash, and the
// ampersand, which begins an HTML entity.
func dotLabel(lines []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`)
	var b strings.Builder
	b.WriteByte('"')
	for _, line := range lines {
		b.WriteString(escape.Replace(line))
		b.WriteString(`\l`)
	}
	b.WriteByte('"')
	return b.String()
}

// Mermaid writes the same as a Mermaid flowchart.
func (f *Forest) Mermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "flowchart TD\n")
	for i := range f.Groups {
		g := &f.Groups[i]
		fmt.Fprintf(out, "\tg%d[%s]\n", g.ID, mermaidLabel(f.groupLines(g)))
		if g.Ghost {
			fmt.Fprintf(out, "\tclass g%d ghost\n", g.ID)
		}
		if len(g.Slaves) > 0 {
			fmt.Fprintf(out, "\tg%d --> s%d(%s)\n", g.ID, g.ID, mermaidLabel(f.slaveLines(g)))
		}
		if g.Master != 0 {
			arrow := "-->"
			if g.MasterIndirect {
				arrow = "-.->"
			}
			fmt.Fprintf(out, "\tg%d %s g%d\n", g.Master, arrow, g.ID)
		}
	}
	fmt.Fprint(out, "\tclassDef ghost stroke-dasharray: 5 5\n")
	return out.Flush()
}

func mermaidLabel(lines []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range lines {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range line {
			if r >= 0x80 || r == ' ' || r == '/' || r == ':' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (f *Forest) groupLines(g *Group) []string {
	lines := []string{"shared:" + strconv.Itoa(int(g.ID))}
	if g.Ghost {
		return append(lines, "no visible mount")
	}
	return f.mountLines(lines, g.Members)
}

func (f *Forest) slaveLines(g *Group) []string {
	return f.mountLines([]string{"master:" + strconv.Itoa(int(g.ID))}, g.Slaves)
}

func (f *Forest) mountLines(lines []string, members []Member) []string {
	for i := range members[:min(len(members), maxListed)] {
		lines = append(lines, nsctl.Printable(f.spaceName(&members[i])+" "+members[i].Mountpoint))
	}
	if more := len(members) - maxListed; more > 0 {
		lines = append(lines, "... and "+strconv.Itoa(more)+" more")
	}
	return lines
}

func (f *Forest) spaceName(m *Member) string {
	if f.snapshot != nil {
		if name := f.snapshot.Namespaces[m.Ref.NS].Name; name != "" {
			return name + " " + m.NS.String()
		}
	}
	return m.NS.String()
}
