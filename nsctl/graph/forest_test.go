package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func TestForest(t *testing.T) {
	for _, test := range []struct{ name, scene, forest string }{
		{"private, unbindable: no groups", `
			ns a
			1 0 / /
			2 1 / /u unbindable`, ``},
		{"peers in two namespaces", `
			ns a
			1 0 / / shared:5
			ns b
			2 0 / / shared:5`,
			`5: a:1 b:2`},
		{"a slave, and one that shares on", `
			ns a
			1 0 / / shared:5
			ns b
			2 0 / / master:5
			ns c
			3 0 / / shared:9 master:5
			4 3 / /x master:9`,
			`5: a:1 slaves b:2 children 9
			 9 from 5: c:3 slaves c:4`},
		{"a slave that is unbindable", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:5 unbindable`,
			`5: a:1 slaves a:2`},
		// sharedsubtree.rst, section 8 A: A, B, C and D are peers; E and K are, as slaves of A.
		{"the figure in sharedsubtree.rst", `
			ns x
			1 0 / /A shared:1
			2 0 / /B shared:1
			3 0 / /C shared:1
			4 0 / /D shared:1
			5 0 / /E shared:2 master:1
			6 0 / /F master:1
			7 0 / /G master:1
			8 0 / /H master:1
			9 0 / /I master:1
			10 0 / /J master:1
			11 0 / /K shared:2 master:1
			12 0 / /M master:2
			13 0 / /L master:2
			14 0 / /N master:2`,
			`1: x:1 x:2 x:3 x:4 slaves x:6 x:7 x:8 x:9 x:10 children 2
			 2 from 1: x:5 x:11 slaves x:12 x:13 x:14`},
		{"a ghost of which nothing is known", `
			ns a
			1 0 / / master:7`,
			`7 ghost: slaves a:1`},
		{"a ghost below a group that the kernel names", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:7 propagate_from:5`,
			`5: a:1 children 7
			 7 ghost from 5 indirectly: slaves a:2`},
		{"a ghost two groups above", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:9 propagate_from:5
			ns b
			3 0 / / shared:9 master:7`,
			`5: a:1 children 7
			 7 ghost from 5 indirectly: children 9
			 9 from 7: b:3 slaves a:2`},
		{"the nearest of the groups that the kernel names", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:7 propagate_from:5
			ns b
			3 0 / / shared:4 master:6
			4 0 / / master:7 propagate_from:4
			ns c
			5 0 / / shared:6 master:5
			6 0 / / master:7 propagate_from:6`,
			`4 from 6: b:3 children 7
			 5: a:1 children 6
			 6 from 5: c:5 children 4
			 7 ghost from 4 indirectly: slaves a:2 b:4 c:6`},
		{"the nearest, where another ghost is in between", `
			ns a
			1 0 / / shared:5 master:8
			2 1 / /x master:7 propagate_from:5
			3 1 / /y master:3 propagate_from:5
			ns b
			4 0 / / shared:6 master:3
			5 4 / /x master:7 propagate_from:6
			ns c
			6 0 / / shared:8`,
			`3 ghost from 5 indirectly: slaves a:3 children 6
			 5 from 8: a:1 children 3
			 6 from 3: b:4 children 7
			 7 ghost from 6 indirectly: slaves a:2 b:5
			 8: c:6 children 5`},
		{"propagate_from of what is visible all the way adds nothing", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:9 propagate_from:5
			ns b
			3 0 / / shared:9 master:5`,
			`5: a:1 children 9
			 9 from 5: b:3 slaves a:2`},
		{"propagate_from of what is visible up to a ghost adds nothing", `
			ns a
			1 0 / / shared:5 master:7
			2 1 / /x master:9 propagate_from:5
			ns b
			3 0 / / shared:9 master:5`,
			`5 from 7: a:1 children 9
			 7 ghost: children 5
			 9 from 5: b:3 slaves a:2`},
		{"propagate_from cannot give a master to a group that has none", `
			ns a
			1 0 / / shared:5
			2 1 / /x master:9 propagate_from:5
			ns b
			3 0 / / shared:9`,
			`5: a:1
			 9: b:3 slaves a:2`},
		{"propagate_from names a ghost", `
			ns a
			1 0 / / master:7 propagate_from:5`,
			`5 ghost: children 7
			 7 ghost from 5 indirectly: slaves a:1`},
		{"members disagree about their master: the first counts", `
			ns a
			1 0 / / shared:5 master:1
			ns b
			2 0 / / shared:5 master:2
			3 2 / /x shared:5`,
			`1 ghost: children 5
			 2 ghost:
			 5 from 1: a:1 b:2 b:3`},
		{"a loop of masters is cut at the lowest id", `
			ns a
			1 0 / / shared:9 master:4
			2 1 / /x shared:4 master:6
			3 1 / /y shared:6 master:9
			4 1 / /z shared:2 master:2`,
			`2: a:4
			 4: a:2 children 9
			 6 from 9: a:3
			 9 from 4: a:1 children 6`},
		{"a loop of ghosts", `
			ns a
			1 0 / / master:4 propagate_from:5
			2 1 / /x master:5 propagate_from:4`,
			`4 ghost: slaves a:1 children 5
			 5 ghost from 4 indirectly: slaves a:2`},
		{"propagate_from without a master is no link", `
			ns a
			1 0 / / propagate_from:5`,
			`5 ghost:`},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graph.New(scene(t, test.scene))
			var lines []string
			forest := g.Forest()
			for i := range forest.Groups {
				group := &forest.Groups[i]
				lines = append(lines, describe(g, group))
				one, ok := g.Group(group.ID)
				if !ok || describe(g, one) != describe(g, group) {
					t.Errorf("Group(%d) = %+v, %v", group.ID, one, ok)
				}
			}
			equal(t, strings.Join(lines, "\n"), test.forest)
			if group, ok := g.Group(12345); ok {
				t.Errorf("there is a group %+v", group)
			}
		})
	}
}

func TestMasterChainAndPeers(t *testing.T) {
	g := graph.New(scene(t, `
		ns a
		1 0 / / shared:1
		2 1 / /x master:7 propagate_from:1
		3 1 / /p
		ns b
		4 0 / / shared:9 master:5
		5 4 / /x shared:9 master:5
		ns c
		6 0 / / shared:5 master:7
		7 6 / /x master:9`))
	for _, test := range []struct{ mount, chain, peers string }{
		{"a:1", "[]", ""},
		{"a:2", "[7 1]", ""},
		{"a:3", "[]", ""},
		{"b:4", "[5 7 1]", "b:5"},
		{"b:5", "[5 7 1]", "b:4"},
		{"c:6", "[7 1]", ""},
		{"c:7", "[9 5 7 1]", ""},
	} {
		r := refOf(t, g, test.mount)
		if chain := fmt.Sprint(g.MasterChain(r)); chain != test.chain {
			t.Errorf("%s: the chain of masters is %s, want %s", test.mount, chain, test.chain)
		}
		if peers := namesOf(g, g.Peers(r)); peers != test.peers {
			t.Errorf("%s: the peers are %q, want %q", test.mount, peers, test.peers)
		}
	}
}

// The contract of "mntscope peers --json".
func TestForestJSON(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{
		NamespaceInfo: nsctl.NamespaceInfo{NS: 1},
		Mounts: []nsctl.Mount{
			{MntID: 26, Mountpoint: "/data", Propagation: nsctl.Propagation{Shared: 5, Master: 2}},
			{MntID: 97, Mountpoint: "/d\xff", Propagation: nsctl.Propagation{Master: 5}},
		},
	}, {
		Mounts: []nsctl.Mount{{MntID: 98, Mountpoint: "/", Propagation: nsctl.Propagation{Master: 2, PropagateFrom: 1}}},
	}}}
	got, err := json.Marshal(graph.New(s).Forest())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, strings.ReplaceAll(string(got), `},{"id"`, "},\n{\"id\""), `
		{"groups":[{"id":1,"ghost":true,"members":[],"slaves":[],"children":[2]},
		{"id":2,"master":1,"master_indirect":true,"ghost":true,"members":[],"slaves":[{"mnt_id":98,"mountpoint":"/"}],"children":[5]},
		{"id":5,"master":2,"members":[{"ns":1,"mnt_id":26,"mountpoint":"/data"}],"slaves":[{"ns":1,"mnt_id":97,"mountpoint":"/d\ufffd","mountpoint_b64":"L2T/"}],"children":[]}]}`)
}
