package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func TestTree(t *testing.T) {
	for _, test := range []struct {
		name, scene string
		roots       string
		walk        string // each mount, indented by a dot for each level
	}{
		{"parents before children", `
			ns a
			26 1 / /
			30 26 / /proc
			31 26 / /sys
			40 31 / /sys/fs`,
			"a:26", "a:26 .a:30 .a:31 ..a:40"},
		{"a parent that was mounted later", `
			ns a
			26 1 / /
			30 50 / /new/proc
			50 26 / /new`,
			"a:26", "a:26 .a:50 ..a:30"},
		{"the initial ramdisk is its own parent", `
			ns a
			1 1 / /
			2 1 / /dev`,
			"a:1", "a:1 .a:2"},
		{"several parents are not in the table", `
			ns a
			30 26 / /proc
			31 26 / /sys
			32 27 / /dev
			33 32 / /dev/shm`,
			"a:30 a:31 a:32", "a:30 a:31 a:32 .a:33"},
		{"a loop begins at its first mount", `
			ns a
			9 8 / /x
			5 7 / /a
			6 5 / /b
			7 6 / /c
			8 7 / /d`,
			"a:5", "a:5 .a:6 ..a:7 ...a:8 ....a:9"},
		{"the first of several with the same id is the parent", `
			ns a
			5 1 / /a
			5 6 / /a/x/b
			6 5 / /a/x`,
			"a:5", "a:5 .a:6 ..a:5"},
		{"an id in another namespace is not a parent", `
			ns a
			5 1 / /
			ns b
			6 5 / /`,
			"a:5", "a:5"},
		{"nothing", "ns a", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graph.New(scene(t, test.scene))
			equal(t, namesOf(g, g.Roots(0)), test.roots)
			var walk []string
			for r, depth := range g.Walk(0) {
				walk = append(walk, strings.Repeat(".", depth)+nameOf(g, r))
				for _, child := range g.Children(r) {
					if parent, ok := g.Parent(child); !ok || parent != r {
						t.Errorf("the parent of %v is %v, %v; it is a child of %v", child, parent, ok, r)
					}
				}
			}
			equal(t, strings.Join(walk, " "), test.walk)
			for _, root := range g.Roots(0) {
				if parent, ok := g.Parent(root); ok {
					t.Errorf("root %v has parent %v", root, parent)
				}
			}
		})
	}
}

func TestWalkEndsWhenTold(t *testing.T) {
	g := graph.New(scene(t, "ns a\n1 0 / /\n2 1 / /a\n3 1 / /b"))
	seen := 0
	for range g.Walk(0) {
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("visited %d mounts after being told to end at 2", seen)
	}
}

func TestLookup(t *testing.T) {
	g := graph.New(scene(t, `
		ns a
		5 1 / /
		3 5 / /x
		ns b
		7 1 / /
		3 7 / /y`))
	for _, test := range []struct {
		ns   int
		id   nsctl.MountID
		want string
	}{{0, 5, "a:5"}, {0, 3, "a:3"}, {1, 3, "b:3"}, {1, 7, "b:7"}, {0, 7, "none"}, {1, 1, "none"}} {
		got := "none"
		if r, ok := g.Lookup(test.ns, test.id); ok {
			got = nameOf(g, r)
		}
		if got != test.want {
			t.Errorf("Lookup(%d, %d) = %s, want %s", test.ns, test.id, got, test.want)
		}
	}
	for id, want := range map[nsctl.MountID]string{5: "a:5", 7: "b:7", 3: "a:3", 1: "none", -1: "none"} {
		got := "none"
		if r, ok := g.Find(id); ok {
			got = nameOf(g, r)
		}
		if got != want {
			t.Errorf("Find(%d) = %s, want %s", id, got, want)
		}
	}
}

// A chain of mounts or groups can be as deep as there are mounts.
func TestDepth(t *testing.T) {
	const deep = 100_000
	ns := nsctl.Namespace{}
	for i := range nsctl.MountID(deep) {
		ns.Mounts = append(ns.Mounts, nsctl.Mount{
			MntID: i + 1, ParentID: i, Root: "/", Mountpoint: "/",
			Propagation: nsctl.Propagation{Shared: nsctl.GroupID(i + 1), Master: nsctl.GroupID(i)},
		})
	}
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{ns}}
	g := graph.New(s)
	deepest := 0
	for _, depth := range g.Walk(0) {
		deepest = max(deepest, depth)
	}
	if deepest != deep-1 {
		t.Errorf("the deepest mount is at %d", deepest)
	}
	last := graph.Ref{Mount: deep - 1}
	if n := len(g.MasterChain(last)); n != deep-1 {
		t.Errorf("the last mount has %d masters", n)
	}
	if n := len(g.Receivers(graph.Ref{})); n != deep-1 {
		t.Errorf("the first mount has %d receivers", n)
	}
	if n := len(g.Forest().Groups); n != deep {
		t.Errorf("%d groups", n)
	}
	if hidden := graph.HiddenBy(ns.Mounts); hidden[0] != 2 || hidden[deep-1] != 0 {
		t.Errorf("the first mount is hidden by %d, the last by %d", hidden[0], hidden[deep-1])
	}
	if unknown := graph.PropagateFrom(s, []int{0}); len(unknown) != 0 {
		t.Errorf("unknown: %d", len(unknown))
	}
}

func ExampleGraph_Receivers() {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{
		{Mounts: []nsctl.Mount{{MntID: 1, Root: "/", Mountpoint: "/", Propagation: nsctl.Propagation{Shared: 1}}}},
		{Mounts: []nsctl.Mount{{MntID: 2, Root: "/srv", Mountpoint: "/data", Propagation: nsctl.Propagation{Master: 1}}}},
	}}
	g := graph.New(s)
	for _, to := range g.Receivers(graph.Ref{NS: 0, Mount: 0}) {
		fmt.Printf("a mount made at %s/x appears at %s/x in namespace %d\n", to.From, to.At, to.Ref.NS)
	}
	// Output: a mount made at /srv/x appears at /data/x in namespace 1
}
