package predict_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// sketch makes a snapshot of a text like
//
//	ns host owner:1 container pid:7
//	1 0 / / shared:1
//	2 1 /sub /data shared:2 master:1 unbindable dev:8:1 type:nfs source:server:/export
//
// The fields of a mount are its id, its parent's, its root and its mount point. With the
// number of a filesystem before it, as in 5!/sub, a root is on that one.
func sketch(tb testing.TB, text string) *nsctl.Snapshot {
	tb.Helper()
	s := &nsctl.Snapshot{Host: nsctl.Host{Kernel: "6.18.44"}}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if fields[0] == "ns" {
			s.Namespaces = append(s.Namespaces, sketchedSpace(tb, fields[1:], len(s.Namespaces)+1))
			continue
		}
		at := &s.Namespaces[len(s.Namespaces)-1].Mounts
		*at = append(*at, sketchedMount(tb, fields))
	}
	return s
}

func sketchedSpace(tb testing.TB, fields []string, number int) nsctl.Namespace {
	tb.Helper()
	var ns nsctl.Namespace
	ns.Name, ns.NS, ns.Kind, ns.OwnerUserNS = fields[0], nsctl.NSNumber(number), nsctl.KindOther, 1
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, ":")
		switch name {
		case "owner":
			ns.OwnerUserNS = nsctl.UserNSNumber(digits(tb, value))
		case "pid":
			ns.Processes = []nsctl.Process{{PID: digits(tb, value)}}
		case "container":
			ns.Kind = nsctl.KindContainer
		case "nameless":
			ns.Name, ns.NS = "", 0
		default:
			tb.Fatalf("unknown field %q", field)
		}
	}
	return ns
}

func sketchedMount(tb testing.TB, fields []string) nsctl.Mount {
	tb.Helper()
	m := nsctl.Mount{
		MntID: nsctl.MountID(digits(tb, fields[0])), ParentID: nsctl.MountID(digits(tb, fields[1])),
		Root: fields[2], Mountpoint: fields[3], FSType: "ext4", Source: "/dev/vda",
	}
	if minor, root, ok := strings.Cut(m.Root, "!"); ok {
		m.Root, m.Dev.Minor, m.Source = root, uint32(digits(tb, minor)), "disk"+minor
	}
	for _, field := range fields[4:] {
		name, value, _ := strings.Cut(field, ":")
		switch name {
		case "shared":
			m.Propagation.Shared = nsctl.GroupID(digits(tb, value))
		case "master":
			m.Propagation.Master = nsctl.GroupID(digits(tb, value))
		case "propagate_from":
			m.Propagation.PropagateFrom = nsctl.GroupID(digits(tb, value))
		case "unbindable":
			m.Propagation.Unbindable = true
		case "type":
			m.FSType = value
		case "source":
			m.Source = value
		default:
			tb.Fatalf("unknown field %q", field)
		}
	}
	return m
}

func digits(tb testing.TB, s string) int {
	tb.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// spaceOf finds a namespace by its name.
func spaceOf(tb testing.TB, s *nsctl.Snapshot, name string) int {
	tb.Helper()
	i := slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return ns.Name == name })
	if i < 0 {
		tb.Fatalf("no namespace %q in the scene", name)
	}
	return i
}

// placeOf follows a path in a namespace of a snapshot.
func placeOf(tb testing.TB, g *graph.Graph, ns int, path string) graph.Place {
	tb.Helper()
	root, ok := g.Entry(ns)
	if !ok {
		tb.Fatalf("namespace %d has no root", ns)
	}
	return g.Resolve(root, path)
}

// summary writes an answer on a few lines: the verdict and where it appears, the way with
// the cut in it, and the steps.
func summary(g *graph.Graph, a *nsctl.WhyAnswer) string {
	var b strings.Builder
	b.WriteString(string(a.Verdict))
	for _, at := range a.At {
		fmt.Fprintf(&b, " %s", at.Mountpoint)
		if at.MntID != 0 {
			fmt.Fprintf(&b, "=%d", at.MntID)
		}
		if at.HiddenBy != 0 {
			fmt.Fprintf(&b, " hidden by %d", at.HiddenBy)
		}
	}
	b.WriteString("\n")
	for i, hop := range a.Way {
		switch hop.Link {
		case nsctl.WhyGhost:
			fmt.Fprintf(&b, "> ghost %d ", hop.Propagation.Shared)
		case nsctl.WhyFrom, nsctl.WhyNone:
			fmt.Fprintf(&b, "%s:%d ", g.Namespace(hop.Space).Name, hop.MntID)
		default:
			fmt.Fprintf(&b, "> %s of %d %s:%d ", hop.Link, hop.Group, g.Namespace(hop.Space).Name, hop.MntID)
		}
		if a.Cut != nil && a.Cut.Hop == i {
			fmt.Fprintf(&b, "| %s | ", a.Cut.Kind)
		}
	}
	b.WriteString("\n")
	for _, step := range a.Mend {
		if step.Op == "" {
			b.WriteString("- " + step.Text + "\n")
		} else {
			fmt.Fprintf(&b, "%s# %s\n", g.Namespace(step.Space).Name, step.Op)
		}
	}
	return b.String()
}

// plain takes away indentation and what is at the ends of lines.
func plain(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
