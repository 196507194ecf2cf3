package graph_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

const diagramScene = `
	ns host
	1 0 / / shared:1
	2 1 / /x master:7 propagate_from:1
	ns box
	3 0 /srv /data shared:2 master:1
	4 3 / /y master:2
	5 3 / /p`

func TestDot(t *testing.T) {
	var b strings.Builder
	if err := graph.New(scene(t, diagramScene)).Forest().Dot(&b); err != nil {
		t.Fatal(err)
	}
	equal(t, b.String(), `
		digraph "mount propagation" {
		rankdir=LR;
		node [shape=box, fontname=monospace];
		g1 [label="shared:1\lhost mnt:[1] /\l"];
		g2 [label="shared:2 master:1\lbox mnt:[2] /data\l"];
		g1 -> g2;
		s2 [label="master:2\lbox mnt:[2] /y\l", style=rounded];
		g2 -> s2;
		g7 [label="shared:7\lno visible mount\l", style=dashed];
		g1 -> g7 [style=dashed];
		s7 [label="master:7\lhost mnt:[1] /x\l", style=rounded];
		g7 -> s7;
		}`)
}

func TestMermaid(t *testing.T) {
	var b strings.Builder
	if err := graph.New(scene(t, diagramScene)).Forest().Mermaid(&b); err != nil {
		t.Fatal(err)
	}
	equal(t, b.String(), `
		flowchart LR
		classDef ghost stroke-dasharray: 5 5
		g1["shared#58;1<br/>host mnt#58;#91;1#93; /"]
		g2["shared#58;2 master#58;1<br/>box mnt#58;#91;2#93; /data"]
		g1 --> g2
		s2("master#58;2<br/>box mnt#58;#91;2#93; /y")
		g2 --> s2
		g7["shared#58;7<br/>no visible mount"]:::ghost
		g1 -.-> g7
		s7("master#58;7<br/>host mnt#58;#91;1#93; /x")
		g7 --> s7`)
}

// hostile is a forest with names that mean something to a terminal, to Graphviz or
// to Mermaid.
func hostile() *graph.Forest {
	shared := nsctl.Propagation{Shared: -3}
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{
		NamespaceInfo: nsctl.NamespaceInfo{Name: "a\"];x[\x1b[31m" + strings.Repeat("ü", 100)},
		Mounts: []nsctl.Mount{
			{MntID: 1, Mountpoint: "/q\"uo\\te\nnew\tline", Propagation: shared},
			{MntID: 2, Mountpoint: "/\xff\u202eé&lt;<b>`_*#1;", Propagation: shared},
		},
	}}}
	return graph.New(s).Forest()
}

func TestDiagramsOfHostileNames(t *testing.T) {
	name := `a\"];x[\\x1b[31m` + strings.Repeat("ü", 18) + "... mnt:[?]"
	var b strings.Builder
	if err := hostile().Dot(&b); err != nil {
		t.Fatal(err)
	}
	equal(t, b.String(), `
		digraph "mount propagation" {
		rankdir=LR;
		node [shape=box, fontname=monospace];
		g_3 [label="shared:-3\l`+name+` /q\"uo\\\\te\\nnew\\tline\l`+name+` /\\xff\\u202eé&amp;lt;<b>`+"`"+`_*#1;\l"];
		}`)

	name = `a#34;#93;#59;x#91;#92;#8204;x1b#91;31m` + strings.Repeat("ü", 18) + "#46;#46;#46; mnt#58;#91;#63;#93;"
	b.Reset()
	if err := hostile().Mermaid(&b); err != nil {
		t.Fatal(err)
	}
	equal(t, b.String(), `
		flowchart LR
		classDef ghost stroke-dasharray: 5 5
		g_3["shared#58;#45;3<br/>`+name+` /q#34;uo#92;#8204;#92;#8204;te#92;#8204;nnew#92;#8204;tline<br/>`+name+` /#92;#8204;xff#92;#8204;u202eé#38;lt#59;#60;b#62;#96;#95;#42;#35;1#59;"]`)
}

func TestDiagramsOfCrowds(t *testing.T) {
	text := "ns a\n"
	for i := range 400 {
		text += fmt.Sprintf("%d 0 / /m%d shared:1\n", i+1, i)
	}
	var b strings.Builder
	if err := graph.New(scene(t, text)).Forest().Dot(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `/m7\l... and 392 more\l"`) {
		t.Errorf("the list is not cut:\n%s", b.String())
	}
}

func TestDiagramsReportWriteErrors(t *testing.T) {
	f := hostile()
	if err := f.Dot(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("Dot: %v", err)
	}
	if err := f.Mermaid(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("Mermaid: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
