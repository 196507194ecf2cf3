package graph_test

import (
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

func TestResolve(t *testing.T) {
	const tree = `
		ns n
		1 0 / /
		2 1 / /a
		3 2 / /a/b/c
		4 1 / /ab
		5 2 / /a
		6 5 / /a/b
		7 1 /etc/hosts /etc/hosts
		8 5 / /a
		9 8 / /a/b`
	for _, test := range []struct{ name, scene, root, path, want, rest string }{
		{"the root", tree, "n:1", "/", "n:1", ""},
		{"in the root", tree, "n:1", "/x/y", "n:1", "/x/y"},
		{"relative", tree, "n:1", "x", "n:1", "/x"},
		{"a mount point", tree, "n:1", "/ab", "n:4", ""},
		{"in a mount", tree, "n:1", "/ab/c/d", "n:4", "/c/d"},
		{"a name that begins like a mount point", tree, "n:1", "/abc", "n:1", "/abc"},
		{"the topmost of a stack", tree, "n:1", "/a", "n:8", ""},
		{"through a stack", tree, "n:1", "/a/b/c", "n:9", "/c"},
		{"a file", tree, "n:1", "/etc/hosts", "n:7", ""},
		{"dots and slashes", tree, "n:1", "//ab/./x/../c/", "n:4", "/c"},
		{"above the root", tree, "n:1", "/../../ab", "n:4", ""},
		{"as text, links or not", tree, "n:1", "/ab/../a", "n:8", ""},
		{"nothing", tree, "n:1", "", "n:1", ""},

		{"the root that is covered", "ns n\n1 0 / /\n2 1 / /\n3 2 / /a\n4 1 / /a", "n:1", "/", "n:1", ""},
		{"below the root that is covered", "ns n\n1 0 / /\n2 1 / /\n3 2 / /a\n4 1 / /a", "n:1", "/a", "n:4", ""},
		{"from what covers the root", "ns n\n1 0 / /\n2 1 / /\n3 2 / /a\n4 1 / /a", "n:2", "/a", "n:3", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graph.New(scene(t, test.scene))
			got := g.Resolve(refOf(t, g, test.root), test.path)
			if nameOf(g, got.Mount) != test.want || got.Rest != test.rest {
				t.Errorf("%s leads to %s%s, want %s%s", test.path, nameOf(g, got.Mount), got.Rest, test.want, test.rest)
			}
		})
	}
}

func TestEntry(t *testing.T) {
	for _, test := range []struct{ name, scene, want string }{
		{"one root", "ns n\n1 0 / /\n2 1 / /a", "n:1"},
		{"a covered root", "ns n\n1 0 / /\n2 1 / /\n3 2 / /\n4 3 / /a", "n:3"},
		{"what is mounted elsewhere is no root", "ns n\n5 9 / /a\n1 0 / /", "n:1"},
		{"nothing at the root", "ns n\n5 9 / /a", ""},
		{"nothing at all", "ns n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graph.New(scene(t, test.scene))
			got := ""
			if r, ok := g.Entry(0); ok {
				got = nameOf(g, r)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A path leads to the mount that the kernel's own lookup ends in.
func TestResolveLikeTheKernel(t *testing.T) {
	below := 0
	rounds(t, func(t *testing.T, p *playground) {
		snapshot := p.snapshot(t)
		g := graph.New(snapshot)
		for space, ns := range p.spaces {
			root, ok := g.Lookup(space, mountAt(t, ns.Path("/")))
			if !ok {
				t.Fatal("the mount at the root is not in the table")
			}
			for _, name := range places {
				if _, err := os.Stat(ns.Path(name)); err != nil {
					continue
				}
				got := g.Resolve(root, name)
				if want := mountAt(t, ns.Path(name)); g.Mount(got.Mount).MntID != want {
					t.Errorf("in namespace %d %s leads to mount %d, in the kernel to %d", space, name, g.Mount(got.Mount).MntID, want)
				}
				if g.Path(got) != name {
					t.Errorf("%s became %s", name, g.Path(got))
				}
				if got.Rest != "" {
					below++
				}
			}
		}
	})
	if below == 0 {
		t.Error("every path led to a mount point: the scenes test little")
	}
}

// Who enters a namespace stands on what covers its root; who was there before, below.
func TestEntryLikeTheKernel(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs(nstest.Scratch+"/a"), nstest.Rbind("/", "/"), nstest.Tmpfs(nstest.Scratch+"/a/new"))
	entered := host.Fork(t)
	entered.Must(t, nstest.Chroot("/.."), nstest.Tmpfs(nstest.Scratch+"/a/newer"))
	ns := nsctl.Namespace{Mounts: host.Mounts(t)}
	g := graph.New(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{ns}})
	entry, ok := g.Entry(0)
	if !ok || g.Mount(entry).MntID != mountAt(t, entered.Path("/")) {
		t.Errorf("who enters gets %v, %v, in the kernel %d", entry, ok, mountAt(t, entered.Path("/")))
	}
	before, ok := g.Lookup(0, mountAt(t, host.Path("/")))
	if !ok || before == entry {
		t.Fatalf("the root of the process that was there is %v, %v", before, ok)
	}
	for _, name := range []string{nstest.Scratch + "/a", nstest.Scratch + "/a/new", nstest.Scratch + "/a/newer"} {
		for _, from := range []struct {
			root graph.Ref
			ns   *nstest.NS
		}{{before, host}, {entry, entered}} {
			if _, err := os.Stat(from.ns.Path(name)); err != nil {
				continue
			}
			got := g.Resolve(from.root, name)
			if want := mountAt(t, from.ns.Path(name)); g.Mount(got.Mount).MntID != want {
				t.Errorf("from %v %s leads to mount %d, in the kernel to %d", from.root, name, g.Mount(got.Mount).MntID, want)
			}
		}
	}
}
