package graph_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) { nstest.Main(m) }

// scene makes a snapshot of a text like
//
//	ns host
//	1 0 / / shared:1
//	2 1 /sub /data shared:2 master:1 unbindable dev:8:1 type:nfs source:server:/export
//
// The fields of a mount are its id, its parent's, its root and its mount point.
func scene(tb testing.TB, text string) *nsctl.Snapshot {
	tb.Helper()
	s := &nsctl.Snapshot{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if fields[0] == "ns" {
			ns := nsctl.Namespace{}
			ns.Name, ns.NS = fields[1], nsctl.NSNumber(len(s.Namespaces)+1)
			s.Namespaces = append(s.Namespaces, ns)
			continue
		}
		at := &s.Namespaces[len(s.Namespaces)-1].Mounts
		*at = append(*at, mount(tb, fields))
	}
	return s
}

func mount(tb testing.TB, fields []string) nsctl.Mount {
	tb.Helper()
	number := func(s string) int32 {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			tb.Fatalf("%q: %v", fields, err)
		}
		return int32(n)
	}
	m := nsctl.Mount{
		MntID: nsctl.MountID(number(fields[0])), ParentID: nsctl.MountID(number(fields[1])),
		Root: fields[2], Mountpoint: fields[3],
	}
	for _, field := range fields[4:] {
		name, value, _ := strings.Cut(field, ":")
		switch name {
		case "shared":
			m.Propagation.Shared = nsctl.GroupID(number(value))
		case "master":
			m.Propagation.Master = nsctl.GroupID(number(value))
		case "propagate_from":
			m.Propagation.PropagateFrom = nsctl.GroupID(number(value))
		case "unbindable":
			m.Propagation.Unbindable = true
		case "type":
			m.FSType = value
		case "source":
			m.Source = value
		case "dev":
			dev, err := nsctl.ParseDev(value)
			if err != nil {
				tb.Fatal(err)
			}
			m.Dev = dev
		default:
			tb.Fatalf("unknown field %q", field)
		}
	}
	return m
}

// refOf finds the mount that is called by its namespace's name and its id: "host:2".
func refOf(tb testing.TB, g *graph.Graph, name string) graph.Ref {
	tb.Helper()
	space, id, _ := strings.Cut(name, ":")
	for i := range g.Snapshot().Namespaces {
		ns := g.Namespace(i)
		for j := range ns.Mounts {
			if ns.Name == space && fmt.Sprint(ns.Mounts[j].MntID) == id {
				return graph.Ref{NS: i, Mount: j}
			}
		}
	}
	tb.Fatalf("no mount %s in the scene", name)
	return graph.Ref{}
}

func nameOf(g *graph.Graph, r graph.Ref) string {
	return fmt.Sprintf("%s:%d", g.Namespace(r.NS).Name, g.Mount(r).MntID)
}

func namesOf(g *graph.Graph, refs []graph.Ref) string {
	var names []string
	for _, r := range refs {
		names = append(names, nameOf(g, r))
	}
	return strings.Join(names, " ")
}

// describe writes one group on a line.
func describe(g *graph.Graph, group *graph.Group) string {
	line := fmt.Sprint(group.ID)
	if group.Ghost {
		line += " ghost"
	}
	if group.MasterIndirect {
		line += fmt.Sprintf(" from %d indirectly", group.Master)
	} else if group.Master != 0 {
		line += fmt.Sprintf(" from %d", group.Master)
	}
	line += ":" + describeMembers(g, group.Members)
	if len(group.Slaves) > 0 {
		line += " slaves" + describeMembers(g, group.Slaves)
	}
	if len(group.Children) > 0 {
		line += " children"
		for _, child := range group.Children {
			line += fmt.Sprintf(" %d", child)
		}
	}
	return line
}

func describeMembers(g *graph.Graph, members []graph.Member) string {
	text := ""
	for _, m := range members {
		text += " " + nameOf(g, m.Ref)
	}
	return text
}

// equal compares texts line by line, without the indentation that test tables have.
func equal(t *testing.T, got, want string) {
	t.Helper()
	got, want = unindent(got), unindent(want)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func unindent(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
