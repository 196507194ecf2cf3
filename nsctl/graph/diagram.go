package graph

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"mntscope/nsctl"
)

// Bounds of what a node of a diagram shows. A peer group can have a member in
// every namespace of the host: nobody reads that in a picture, and renderers
// refuse it. The text and the JSON of "mntscope peers" have it all.
const (
	maxListed = 8  // mounts
	maxName   = 48 // bytes of a namespace's name
)

// node is a box of a diagram: a peer group with its members, or the mounts that
// only receive from one.
type node struct {
	name   string // made of letters, digits and underscores
	lines  []string
	slaves bool
	ghost  bool
	from   string // the name of the node that it receives from, or ""
	// indirect says that unseen groups may lie between.
	indirect bool
}

// nodes gives what both kinds of diagram show.
func (f *Forest) nodes() []node {
	var nodes []node
	for i := range f.Groups {
		g := &f.Groups[i]
		n := node{name: nodeName("g", g.ID), ghost: g.Ghost, indirect: g.MasterIndirect}
		if g.Master != 0 {
			n.from = nodeName("g", g.Master)
		}
		tags := nsctl.Propagation{Shared: g.ID}
		if !g.MasterIndirect {
			tags.Master = g.Master
		}
		n.lines = f.describe(tags, g.Members)
		if g.Ghost {
			n.lines = append(n.lines, "no visible mount")
		}
		nodes = append(nodes, n)
		if len(g.Slaves) > 0 {
			lines := f.describe(nsctl.Propagation{Master: g.ID}, g.Slaves)
			nodes = append(nodes, node{name: nodeName("s", g.ID), lines: lines, slaves: true, from: n.name})
		}
	}
	return nodes
}

func nodeName(kind string, id nsctl.GroupID) string {
	return kind + strings.ReplaceAll(strconv.Itoa(int(id)), "-", "_")
}

func (f *Forest) describe(tags nsctl.Propagation, mounts []Member) []string {
	lines := []string{tags.String()}
	for i := range mounts[:min(len(mounts), maxListed)] {
		m := &mounts[i]
		lines = append(lines, f.nameOf(m)+" "+nsctl.Printable(m.Mountpoint))
	}
	if more := len(mounts) - maxListed; more > 0 {
		lines = append(lines, fmt.Sprintf("... and %d more", more))
	}
	return lines
}

// nameOf gives a namespace's name, if it has one, and its number, as names are
// not unique.
func (f *Forest) nameOf(m *Member) string {
	if f.snapshot == nil || f.snapshot.Namespaces[m.Ref.NS].Name == "" {
		return m.NS.String()
	}
	name := f.snapshot.Namespaces[m.Ref.NS].Name
	if len(name) > maxName {
		end := maxName
		for end > 0 && !utf8.RuneStart(name[end]) {
			end--
		}
		return nsctl.Printable(name[:end]) + "... " + m.NS.String()
	}
	return nsctl.Printable(name) + " " + m.NS.String()
}

// Dot writes the forest as a directed graph for Graphviz: a box for each group
// with its members, a rounded box for the mounts that only receive from it, and
// arrows from master to slave. Ghosts are dashed, and so are arrows that may pass
// through groups which no visible mount shows.
func (f *Forest) Dot(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph \"mount propagation\" {\n\trankdir=LR;\n\tnode [shape=box, fontname=monospace];\n")
	for _, n := range f.nodes() {
		fmt.Fprintf(&b, "\t%s [label=%s", n.name, dotLabel(n.lines))
		switch {
		case n.ghost:
			b.WriteString(", style=dashed")
		case n.slaves:
			b.WriteString(", style=rounded")
		}
		b.WriteString("];\n")
		if n.from != "" {
			fmt.Fprintf(&b, "\t%s -> %s", n.from, n.name)
			if n.indirect {
				b.WriteString(" [style=dashed]")
			}
			b.WriteString(";\n")
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// dotLabel quotes printable lines, each to start at the left. In a quoted string of
// DOT only the quotation mark is special, but a label's backslashes are escapes,
// and an ampersand in it begins an HTML entity.
func dotLabel(lines []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`)
	var b strings.Builder
	b.WriteByte('"')
	for _, line := range lines {
		b.WriteString(escape.Replace(line) + `\l`)
	}
	b.WriteByte('"')
	return b.String()
}

// Mermaid writes what [Forest.Dot] writes as a Mermaid flowchart.
func (f *Forest) Mermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n\tclassDef ghost stroke-dasharray: 5 5\n")
	for _, n := range f.nodes() {
		shape := "%s[%s]"
		if n.slaves {
			shape = "%s(%s)"
		}
		fmt.Fprintf(&b, "\t"+shape, n.name, mermaidLabel(n.lines))
		if n.ghost {
			b.WriteString(":::ghost")
		}
		b.WriteByte('\n')
		if n.from != "" {
			arrow := "-->"
			if n.indirect {
				arrow = "-.->"
			}
			fmt.Fprintf(&b, "\t%s %s %s\n", n.from, arrow, n.name)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mermaidLabel quotes printable lines. A label is text, Markdown and HTML at once,
// so every sign that may mean something in any of them is written by its code point.
// Mermaid takes a backslash and an n for a new line even then, so an invisible
// character (U+200C) keeps the two apart.
func mermaidLabel(lines []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range lines {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range line {
			switch {
			case r == ' ', r == '/', r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= utf8.RuneSelf:
				b.WriteRune(r)
			case r == '\\':
				b.WriteString("#92;#8204;")
			default:
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}
