package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl/graph"
)

func TestPropagateFrom(t *testing.T) {
	for _, test := range []struct {
		name, scene string
		values      string // what is set, of all mounts, afterwards
		unknown     string
	}{
		{"the immediate master is here", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:1`,
			"", ""},
		{"a more distant one is", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:2
			ns b
			3 0 / / shared:2 master:1`,
			"a:2=1", ""},
		{"the nearest counts", `
			ns a
			1 0 / / shared:1
			2 1 / /w shared:2 master:1
			3 1 / /x master:4
			ns b
			4 0 / / shared:3 master:2
			5 0 / / shared:4 master:3`,
			"a:3=2", ""},
		{"the immediate master and one above are here", `
			ns a
			1 0 / / shared:1
			2 1 / /w shared:3 master:2
			3 1 / /x master:3
			ns b
			4 0 / / shared:2 master:1`,
			"a:2=1", ""},
		{"none is, and the chain is visible to its end", `
			ns a
			1 0 / / shared:9
			2 1 / /x master:2
			ns b
			3 0 / / shared:2 master:1
			4 0 / / shared:1`,
			"", ""},
		{"shared and slave", `
			ns a
			1 0 / / shared:1
			2 1 / /x shared:3 master:2
			ns b
			3 0 / / shared:2 master:1`,
			"a:2=1", ""},
		{"what was said before is replaced", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:1 propagate_from:7
			3 1 / /y master:2 propagate_from:7
			ns b
			4 0 / / shared:2 master:1`,
			"a:3=1", ""},
		{"the chain ends at a ghost, after a group that is here", `
			ns a
			1 0 / / shared:1 master:8
			2 1 / /x master:2
			ns b
			3 0 / / shared:2 master:1`,
			"a:2=1", ""},
		{"the chain ends at a ghost: what is above may be here", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:8
			3 1 / /y master:7
			4 1 / /z master:9
			ns b
			5 0 / / shared:9 master:8`,
			"", "a:2 a:3 a:4"},
		{"what the kernel said of an unknown one is kept", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:8 propagate_from:1`,
			"a:2=1", "a:2"},
		{"the chain ends at a ghost, and nothing here can be above it", `
			ns a
			1 0 / / shared:1 dev:8:1
			2 1 / /x master:8 dev:8:2
			3 1 / /y shared:3 master:8 dev:8:2
			4 1 / /z master:8 dev:8:3 propagate_from:1`,
			"", ""},
		{"another group on the same filesystem may be above the ghost", `
			ns a
			1 0 / / shared:1 dev:8:2
			2 1 / /x shared:3 master:8 dev:8:2`,
			"", "a:2"},
		{"a loop of masters", `
			ns a
			1 0 / / shared:1 master:2
			2 1 / /x shared:2 master:1`,
			"", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scene(t, test.scene)
			all := make([]int, len(s.Namespaces))
			for i := range all {
				all[i] = i
			}
			unknown := graph.PropagateFrom(s, all)
			g := graph.New(s)
			equal(t, propagateFromText(g), test.values)
			equal(t, namesOf(g, unknown), test.unknown)
		})
	}
}

func TestPropagateFromTouchesOnlyWhatItIsAskedFor(t *testing.T) {
	text := `
		ns a
		1 0 / / shared:1
		2 1 / /x master:2
		3 1 / /y master:8
		ns b
		4 0 / / shared:2 master:1
		ns c
		5 0 / / shared:1
		6 5 / /x master:2
		7 5 / /y master:8`
	s := scene(t, text)
	unknown := graph.PropagateFrom(s, []int{2, 1})
	g := graph.New(s)
	equal(t, propagateFromText(g), "c:6=1")
	equal(t, namesOf(g, unknown), "c:7")
	if unknown := graph.PropagateFrom(s, nil); unknown != nil {
		t.Errorf("asked for nothing, it does not know %v", unknown)
	}
}

func propagateFromText(g *graph.Graph) string {
	var set []string
	for ns := range g.Snapshot().Namespaces {
		for i := range g.Namespace(ns).Mounts {
			r := graph.Ref{NS: ns, Mount: i}
			if from := g.Mount(r).Propagation.PropagateFrom; from != 0 {
				set = append(set, fmt.Sprintf("%s=%d", nameOf(g, r), from))
			}
		}
	}
	return strings.Join(set, " ")
}
