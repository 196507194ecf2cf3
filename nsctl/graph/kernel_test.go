package graph_test

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// These tests make mounts at random in several namespaces and then ask the running
// kernel whether it sees them as the graph does.

func TestPropagateFromLikeTheKernel(t *testing.T) {
	set := 0
	rounds(t, func(t *testing.T, p *playground) {
		kernel := p.snapshot(t)
		comparePropagateFrom(t, kernel, &set, 0)
		// The same, as if some namespaces could not be read: what is known must still be right.
		for without := range kernel.Namespaces {
			partial := *kernel
			partial.Namespaces = slices.Delete(slices.Clone(kernel.Namespaces), without, without+1)
			comparePropagateFrom(t, &partial, &set, 1<<30)
		}
	})
	if set == 0 {
		t.Error("the kernel showed no propagate_from: the scenes test nothing")
	}
}

// comparePropagateFrom compares the values of the kernel with what the graph makes
// of the table without them.
func comparePropagateFrom(t *testing.T, kernel *nsctl.Snapshot, set *int, maxUnknown int) {
	t.Helper()
	ours := *kernel
	ours.Namespaces = slices.Clone(kernel.Namespaces)
	var all []int
	for i := range ours.Namespaces {
		all = append(all, i)
		ours.Namespaces[i].Mounts = slices.Clone(ours.Namespaces[i].Mounts)
		for j := range ours.Namespaces[i].Mounts {
			ours.Namespaces[i].Mounts[j].Propagation.PropagateFrom = 0
		}
	}
	unknown := graph.PropagateFrom(&ours, all)
	if len(unknown) > maxUnknown {
		t.Errorf("%d mounts are unknown", len(unknown))
	}
	for i := range ours.Namespaces {
		for j := range ours.Namespaces[i].Mounts {
			m, want := &ours.Namespaces[i].Mounts[j], kernel.Namespaces[i].Mounts[j].Propagation
			if want.PropagateFrom != 0 {
				*set++
			}
			if m.Propagation != want && !slices.Contains(unknown, graph.Ref{NS: i, Mount: j}) {
				t.Errorf("%s: mount %d at %s: got %s, the kernel says %s", ours.Namespaces[i].Name, m.MntID, m.Mountpoint, m.Propagation, want)
			}
		}
	}
}

// Without one of the namespaces, the forest has ghosts. Each must still hang below
// a group that it really receives from.
func TestGhostsLikeTheKernel(t *testing.T) {
	linked := 0
	rounds(t, func(t *testing.T, p *playground) {
		whole := p.snapshot(t)
		above := map[nsctl.GroupID]nsctl.GroupID{}
		for _, group := range graph.New(whole).Forest().Groups {
			above[group.ID] = group.Master
		}
		for without := range whole.Namespaces {
			partial := &nsctl.Snapshot{Namespaces: slices.Delete(slices.Clone(whole.Namespaces), without, without+1)}
			for _, group := range graph.New(partial).Forest().Groups {
				if group.Master == 0 {
					continue
				}
				if group.MasterIndirect {
					linked++
				}
				at := above[group.ID]
				for group.MasterIndirect && at != group.Master && at != 0 {
					at = above[at]
				}
				if at != group.Master {
					t.Errorf("without %d: group %d is shown below %d, which it does not receive from", without, group.ID, group.Master)
				}
			}
		}
	})
	if linked == 0 {
		t.Error("no ghost was linked: the scenes test nothing")
	}
}

func TestHiddenByLikeTheKernel(t *testing.T) {
	hidden := 0
	rounds(t, func(t *testing.T, p *playground) {
		for _, ns := range p.spaces {
			hidden += compareHidden(t, ns.Mounts(t), ns)
		}
	})
	if hidden == 0 {
		t.Error("no mount was hidden: the scenes test nothing")
	}
}

// A process keeps its root directory when something is mounted on it; who enters
// the namespace, or goes to "/..", comes out on top.
func TestHiddenByOnTheRootLikeTheKernel(t *testing.T) {
	for _, test := range []struct {
		name string
		ops  []nstest.Op
	}{
		{"a copy of everything", []nstest.Op{nstest.Tmpfs(nstest.Scratch + "/a"), nstest.Rbind("/", "/")}},
		{"the old root after pivot_root", []nstest.Op{
			nstest.Make("rprivate", "/"), nstest.Tmpfs(nstest.Scratch + "/a"), nstest.Tmpfs(nstest.Scratch + "/a/b"),
			nstest.Chdir(nstest.Scratch + "/a"), nstest.Pivot(".", "."),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := nstest.Host(t)
			entered := host.Fork(t)
			host.Must(t, test.ops...)
			entered.Must(t, nstest.Chroot("/.."))
			if compareHidden(t, host.Mounts(t), entered) == 0 {
				t.Error("nothing was hidden")
			}
		})
	}
}

// compareHidden walks along the mount point of every mount, as a path lookup does,
// and compares the mount it first goes astray in with what HiddenBy says. It gives
// the number of hidden mounts.
func compareHidden(t *testing.T, mounts []nsctl.Mount, from *nstest.NS) (hidden int) {
	t.Helper()
	g := graph.New(&nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: mounts}}})
	for i, by := range graph.HiddenBy(mounts) {
		want := firstCover(t, g, graph.Ref{Mount: i}, from)
		if by != want {
			t.Errorf("mount %d at %s is hidden by %d, in the kernel by %d", mounts[i].MntID, mounts[i].Mountpoint, by, want)
		}
		if by != 0 {
			hidden++
		}
	}
	return hidden
}

func firstCover(t *testing.T, g *graph.Graph, r graph.Ref, from *nstest.NS) nsctl.MountID {
	t.Helper()
	var way []graph.Ref // r and what it is mounted in
	for at, ok := r, true; ok; at, ok = g.Parent(at) {
		way = append(way, at)
	}
	prefixes := []string{"/"}
	for i, c := range g.Mount(r).Mountpoint {
		if c == '/' && i > 0 {
			prefixes = append(prefixes, g.Mount(r).Mountpoint[:i])
		}
	}
	for _, prefix := range append(prefixes, g.Mount(r).Mountpoint) {
		top, ok := g.Lookup(0, mountAt(t, from.Path(prefix)))
		if !ok {
			t.Fatalf("the mount at %s is not in the table", prefix)
		}
		if top == r || slices.Contains(way, top) && prefix != g.Mount(r).Mountpoint {
			continue
		}
		for {
			parent, ok := g.Parent(top)
			if !ok {
				t.Fatalf("the mount at %s has nothing in common with %v", prefix, r)
			}
			if slices.Contains(way, parent) {
				return g.Mount(top).MntID
			}
			top = parent
		}
	}
	return 0
}

// mountAt gives the id of the mount that a path leads to.
func mountAt(t *testing.T, name string) nsctl.MountID {
	t.Helper()
	dir, err := sys.CurrentDir.OpenTree(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	info, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(int(dir)))
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(string(info), "mnt_id:\t")
	id, _, _ = strings.Cut(id, "\n")
	n, err := strconv.ParseInt(id, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return nsctl.MountID(n)
}

// The kernel makes a mount appear exactly where Receivers says it will.
func TestReceiversLikeTheKernel(t *testing.T) {
	copies := 0
	rounds(t, func(t *testing.T, p *playground) {
		for space, ns := range p.spaces {
			for range 2 {
				place := places[p.random.IntN(len(places))]
				if _, err := os.Stat(ns.Path(place)); err != nil {
					continue
				}
				before := p.snapshot(t)
				g := graph.New(before)
				r, ok := g.Lookup(space, mountAt(t, ns.Path(place)))
				if !ok {
					t.Fatalf("the mount at %s is not in the table", place)
				}
				want := []string{spot(g, r, place)}
				for _, to := range g.Receivers(r) {
					if rest, ok := strings.CutPrefix(place+"/", strings.TrimSuffix(to.From, "/")+"/"); ok {
						want = append(want, spot(g, to.Ref, path.Join(to.At, rest)))
					}
				}
				ns.Must(t, nstest.Mount("none", place, "tmpfs", 0, ""))
				got := newMounts(t, before, p.snapshot(t))
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("a mount at %s in namespace %d appeared at\n%q\nexpected at\n%q", place, space, got, want)
				}
				copies += len(got) - 1
				_ = ns.Do(nstest.Detach(place)) // it may have covered the way to itself
			}
		}
	})
	if copies == 0 {
		t.Error("no mount was copied: the scenes test nothing")
	}
}

// spot names a place where something may be mounted.
func spot(g *graph.Graph, in graph.Ref, at string) string {
	return fmt.Sprintf("%s in %s", at, nameOf(g, in))
}

// newMounts gives the places of the mounts that are in the second snapshot only.
func newMounts(t *testing.T, before, after *nsctl.Snapshot) []string {
	t.Helper()
	was, is := graph.New(before), graph.New(after)
	var spots []string
	for ns := range after.Namespaces {
		for i := range after.Namespaces[ns].Mounts {
			m := &after.Namespaces[ns].Mounts[i]
			if _, ok := was.Lookup(ns, m.MntID); ok {
				continue
			}
			parent, ok := is.Lookup(ns, m.ParentID)
			if !ok {
				t.Fatalf("mount %d has no parent", m.MntID)
			}
			spots = append(spots, spot(is, parent, m.Mountpoint))
		}
	}
	slices.Sort(spots)
	return spots
}
