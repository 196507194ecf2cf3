package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// shown writes a completion as text: mount points with a star, then what is common.
func shown(c nsctl.Completion) string {
	var words []string
	for _, p := range c.Paths {
		if p.MountPoint {
			p.Path += "*"
		}
		words = append(words, p.Path)
	}
	return strings.Join(words, " ") + " = " + c.Common
}

func TestComplete(t *testing.T) {
	g := graph.New(scene(t, `
		ns n
		1 0 / /
		2 1 / /data
		3 2 / /data/a
		4 2 / /data/abc/d
		5 1 / /database
		6 1 / /etc/hosts
		7 3 / /data/a/b`))
	for _, tc := range []struct{ begun, want string }{
		{"", "data/* database* etc/ = "},
		{"/", "/data/* /database* /etc/ = /"},
		{"/d", "/data/* /database* = /data"},
		{"/data/", "/data/a/* /data/abc/ = /data/a"},
		{"/data/ab", "/data/abc/ = /data/abc/"},
		{"/x/../data/ab", "/x/../data/abc/ = /x/../data/abc/"},
		{"//etc//h", "//etc//hosts* = //etc//hosts"},
		{"etc/h", "etc/hosts* = etc/hosts"},
		{"/no", " = /no"},
		{"/data/abc/d", "/data/abc/d* = /data/abc/d"},
	} {
		if got := shown(g.Complete(0, tc.begun)); got != tc.want {
			t.Errorf("%q becomes %s, want %s", tc.begun, got, tc.want)
		}
	}
}

// What is covered is not offered; of very many only the first are, but what all have in common.
func TestCompleteOfMany(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: []nsctl.Mount{
		{MntID: 1, Mountpoint: "/"}, {MntID: 2, ParentID: 1, Mountpoint: "/mnt/covered", HiddenBy: 3},
	}}}}
	for i := range 5000 {
		s.Namespaces[0].Mounts = append(s.Namespaces[0].Mounts, nsctl.Mount{MntID: nsctl.MountID(10 + i), ParentID: 1, Mountpoint: fmt.Sprintf("/mnt/x%04d", i)})
	}
	c := graph.New(s).Complete(0, "/mnt/")
	if len(c.Paths) != nsctl.MaxCompletions || !c.More || c.Common != "/mnt/x" || c.Paths[0].Path != "/mnt/x0000" {
		t.Errorf("%d paths, more %v, common %q, first %v", len(c.Paths), c.More, c.Common, c.Paths[0])
	}
}

func TestCommonStart(t *testing.T) {
	for _, tc := range [][3]string{{"abc", "abd", "ab"}, {"a", "b", ""}, {"a", "ab", "a"}, {"\u00e9", "\u00e8", ""}, {"x\xff", "x\xfe", "x"}} {
		if got := nsctl.CommonStart(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%q and %q begin with %q", tc[0], tc[1], got)
		}
	}
}
