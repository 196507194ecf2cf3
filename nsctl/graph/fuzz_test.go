package graph_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// snapshotOf makes a snapshot of any bytes: ids and groups are few, so that they
// occur twice, refer to each other and form loops.
func snapshotOf(data []byte) *nsctl.Snapshot {
	paths := []string{"", "/", "/a", "/a/b", "/ab", "/a//deleted", "/../a", "net:[1]", "/a/b/c\xff\n", "//", "/a/"}
	s := &nsctl.Snapshot{}
	for len(data) > 0 {
		ns := nsctl.Namespace{}
		ns.NS, ns.Name = nsctl.NSNumber(data[0]), string(data[:1])
		count := min(int(data[0]%16), (len(data)-1)/7)
		data = data[1:]
		for range count {
			group := func(b byte) nsctl.GroupID { return nsctl.GroupID(b%9) - 1 }
			ns.Mounts = append(ns.Mounts, nsctl.Mount{
				MntID: nsctl.MountID(data[0] % 20), ParentID: nsctl.MountID(data[1] % 20),
				Root: paths[int(data[2])%len(paths)], Mountpoint: paths[int(data[3])%len(paths)],
				Dev: nsctl.Dev{Minor: uint32(data[6] >> 6)},
				Propagation: nsctl.Propagation{
					Shared: group(data[4]), Master: group(data[5]),
					PropagateFrom: group(data[6] & 15), Unbindable: data[6]&16 != 0,
				},
			})
			data = data[7:]
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	return s
}

func FuzzSnapshot(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x02\x01\x00\x01\x01\x02\x00\x00\x02\x01\x02\x02\x03\x02\x01\x01\x03\x03\x01\x01\x00\x00\x02"))
	f.Add([]byte(strings.Repeat("\x0f\x01\x02\x03\x04\x05\x06\x07abcdefg", 40)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := snapshotOf(data[:min(len(data), 500)]) // the checks are slow
		g := graph.New(s)
		for ns := range s.Namespaces {
			checkTree(t, g, ns)
			checkHidden(t, s.Namespaces[ns].Mounts)
			checkResolve(t, g, ns)
		}
		checkForest(t, g)
		for ns := range s.Namespaces {
			for i := range s.Namespaces[ns].Mounts {
				checkReceivers(t, g, graph.Ref{NS: ns, Mount: i})
			}
		}
		checkDiagrams(t, g.Forest())
		checkPropagateFrom(t, s) // last, because it changes the snapshot
	})
}

func checkTree(t *testing.T, g *graph.Graph, ns int) {
	t.Helper()
	seen := map[graph.Ref]bool{}
	for r, depth := range g.Walk(ns) {
		if parent, ok := g.Parent(r); seen[r] || ok != (depth > 0) || ok && !seen[parent] {
			t.Errorf("mount %v at depth %d: visited %v, parent %v %v, visited %v", r, depth, seen[r], parent, ok, seen[parent])
		}
		seen[r] = true
		if found, ok := g.Lookup(ns, g.Mount(r).MntID); !ok || g.Mount(found).MntID != g.Mount(r).MntID || found.Mount > r.Mount {
			t.Errorf("looking for the id of %v finds %v, %v", r, found, ok)
		}
	}
	if len(seen) != len(g.Namespace(ns).Mounts) {
		t.Errorf("%d of %d mounts are in the tree", len(seen), len(g.Namespace(ns).Mounts))
	}
}

func checkHidden(t *testing.T, mounts []nsctl.Mount) {
	t.Helper()
	hidden := graph.HiddenBy(mounts)
	if len(hidden) != len(mounts) {
		t.Fatalf("%d answers for %d mounts", len(hidden), len(mounts))
	}
	for i, by := range hidden {
		if by != 0 && !slices.ContainsFunc(mounts, func(m nsctl.Mount) bool { return m.MntID == by }) {
			t.Errorf("mount %d is hidden by %d, which is not in the table", i, by)
		}
	}
}

// checkResolve also shows that a lookup ends.
func checkResolve(t *testing.T, g *graph.Graph, ns int) {
	t.Helper()
	entry, ok := g.Entry(ns)
	if ok && g.Mount(entry).Mountpoint != "/" {
		t.Errorf("who enters namespace %d gets %+v", ns, g.Mount(entry))
	}
	for _, name := range []string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/x"} {
		if !ok {
			return
		}
		if to := g.Resolve(entry, name); to.Mount.NS != ns || g.Path(to) != name {
			t.Errorf("%s leads to %+v, which is %s", name, to, g.Path(to))
		}
	}
}

func checkForest(t *testing.T, g *graph.Graph) {
	t.Helper()
	forest := g.Forest()
	groups := map[nsctl.GroupID]*graph.Group{}
	members, slaves := 0, 0
	var next []nsctl.GroupID
	for i := range forest.Groups {
		group := &forest.Groups[i]
		groups[group.ID] = group
		members += len(group.Members)
		slaves += len(group.Slaves)
		if group.Ghost != (len(group.Members) == 0) || group.MasterIndirect && !group.Ghost {
			t.Errorf("group %+v", group)
		}
		if group.Master == 0 {
			next = append(next, group.ID)
		}
	}
	for _, ns := range g.Snapshot().Namespaces {
		for i := range ns.Mounts {
			switch p := ns.Mounts[i].Propagation; {
			case p.Shared != 0:
				members--
			case p.Master != 0:
				slaves--
			}
		}
	}
	if members != 0 || slaves != 0 {
		t.Errorf("%d members and %d slaves too many", members, slaves)
	}
	reached := map[nsctl.GroupID]bool{}
	for len(next) > 0 {
		group := groups[next[0]]
		if reached[group.ID] {
			t.Fatalf("group %d is found twice", group.ID)
		}
		reached[group.ID] = true
		next = append(next[1:], group.Children...)
	}
	if len(reached) != len(forest.Groups) {
		t.Errorf("of %d groups only %v are found from the top", len(forest.Groups), slices.Sorted(maps.Keys(reached)))
	}
}

func checkReceivers(t *testing.T, g *graph.Graph, r graph.Ref) {
	t.Helper()
	seen := map[graph.Ref]bool{r: true}
	check := func(to graph.Ref, via nsctl.GroupID) {
		if seen[to] {
			t.Errorf("from %v, %v is reached twice", r, to)
		}
		seen[to] = true
		if p := g.Mount(to).Propagation; p.Shared != via && p.Master != via && !disagrees(g, p) {
			t.Errorf("from %v, %v (%s) is reached via %d", r, to, p, via)
		}
	}
	for _, to := range g.Receivers(r) {
		check(to.Ref, to.Via)
	}
	for _, to := range g.NotReached(r) {
		check(to.Ref, to.Via)
	}
	if len(seen) > 1 && g.Mount(r).Propagation.Shared == 0 {
		t.Errorf("%v is not shared, and sends", r)
	}
	if len(g.Peers(r)) > len(seen)-1 {
		t.Errorf("%v has %d peers and reaches %d mounts", r, len(g.Peers(r)), len(seen)-1)
	}
	g.MasterChain(r)
}

// disagrees says that a mount names another master than its group has.
func disagrees(g *graph.Graph, p nsctl.Propagation) bool {
	group, ok := g.Group(p.Shared)
	return ok && group.Master != p.Master
}

func checkDiagrams(t *testing.T, f *graph.Forest) {
	t.Helper()
	var b strings.Builder
	if err := f.Dot(&b); err != nil {
		t.Error(err)
	}
	if err := f.Mermaid(&b); err != nil {
		t.Error(err)
	}
	if at := strings.IndexFunc(b.String(), func(r rune) bool {
		return r == unicode.ReplacementChar || r != '\n' && r != '\t' && !unicode.IsPrint(r)
	}); at >= 0 {
		t.Errorf("a diagram is not printable: %q", b.String()[at:])
	}
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
}

// checkPropagateFrom follows each chain of masters by itself, slowly.
func checkPropagateFrom(t *testing.T, s *nsctl.Snapshot) {
	t.Helper()
	masters, here := map[nsctl.GroupID]nsctl.GroupID{}, map[nsctl.GroupID]map[int]bool{}
	var all []int
	for i := range s.Namespaces {
		all = append(all, i)
		for _, m := range s.Namespaces[i].Mounts {
			if m.Propagation.Shared == 0 {
				continue
			}
			if here[m.Propagation.Shared] == nil {
				here[m.Propagation.Shared] = map[int]bool{}
				masters[m.Propagation.Shared] = m.Propagation.Master
			}
			here[m.Propagation.Shared][i] = true
		}
	}
	unknown := graph.PropagateFrom(s, all)
	for i := range s.Namespaces {
		for j, m := range s.Namespaces[i].Mounts {
			r := graph.Ref{NS: i, Mount: j}
			if m.Propagation.Master == 0 || slices.Contains(unknown, r) {
				continue
			}
			var want nsctl.GroupID
			for _, group := range chainOf(m.Propagation.Master, masters) {
				if here[group][i] {
					want = group
					break
				}
			}
			if want == m.Propagation.Master {
				want = 0
			}
			if m.Propagation.PropagateFrom != want {
				t.Errorf("%v (%s): want propagate_from:%d", r, m.Propagation, want)
			}
		}
	}
}

// chainOf follows masters up to the lowest group of a loop.
func chainOf(group nsctl.GroupID, masters map[nsctl.GroupID]nsctl.GroupID) []nsctl.GroupID {
	var chain []nsctl.GroupID
	for group != 0 {
		if at := slices.Index(chain, group); at >= 0 {
			return chain[:at+1+slices.Index(chain[at:], slices.Min(chain[at:]))]
		}
		chain = append(chain, group)
		group = masters[group]
	}
	return chain
}
