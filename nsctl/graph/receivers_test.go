package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl/graph"
)

func TestReceivers(t *testing.T) {
	for _, test := range []struct {
		name, scene string
		from        string
		receivers   string // mount, via group, (slave), FROM -> AT, (whole or unsure)
		unreached   string
	}{
		{"private", `
			ns a
			1 0 / /
			2 1 / /x master:1
			ns b
			3 0 / / shared:1`,
			"a:1", "", ""},
		{"a slave sends nothing", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:1
			3 1 / /y master:1`,
			"a:2", "", ""},
		{"peers and slaves, the nearest first", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:1
			3 1 / /y shared:2 master:1
			ns b
			4 0 / / shared:1
			5 4 / /z master:2
			6 4 / /p`,
			"a:1", `
			b:4 via 1 / -> / whole
			a:2 via 1 slave / -> /x whole
			a:3 via 1 / -> /y whole
			b:5 via 2 slave / -> /z whole`, ""},
		{"never upwards", `
			ns a
			1 0 / / shared:1
			2 1 / /x shared:2 master:1
			3 1 / /y shared:2 master:1
			4 1 / /z master:2`,
			"a:2", `
			a:3 via 2 /x -> /y whole
			a:4 via 2 slave /x -> /z whole`, ""},
		{"the receiver shows a directory below", `
			ns a
			1 0 / / shared:1
			2 0 /srv /srv shared:1
			ns b
			3 0 /srv/data /data master:1
			4 0 /srvx /x master:1`,
			"a:2", `
			a:1 via 1 /srv -> /srv whole
			b:3 via 1 slave /srv/data -> /data`,
			"b:4 via 1 slave"},
		{"the receiver shows a directory above", `
			ns a
			1 0 /srv/data /data shared:1
			ns b
			2 0 / / shared:1
			3 0 /srv /s shared:1
			4 0 /other /o shared:1`,
			"a:1", `
			b:2 via 1 /data -> /srv/data whole
			b:3 via 1 /data -> /s/data whole`,
			"b:4 via 1"},
		{"mounted on the root", `
			ns a
			1 0 /srv / shared:1
			ns b
			2 0 /srv/data / shared:1
			3 0 / / shared:1`,
			"a:1", `
			b:2 via 1 /data -> /
			b:3 via 1 / -> /srv whole`, ""},
		{"a skipped group does not cut off its own slaves", `
			ns a
			1 0 / / shared:1
			ns b
			2 0 /b /b shared:2 master:1
			ns c
			3 0 / /c shared:3 master:2
			ns d
			4 0 /d /d master:3`,
			"c:3", `d:4 via 3 slave /c/d -> /d`, ""},
		// sharedsubtree.rst, quiz C: A -> B -> C, and a mount is made at /tmp/test in A.
		{"the quiz in sharedsubtree.rst", `
			ns x
			1 0 /mnt/1 /tmp shared:1
			2 0 /mnt/1/2 /tmp1 shared:2 master:1
			3 0 /mnt /mnt master:2`,
			"x:1", `
			x:2 via 1 /tmp/2 -> /tmp1
			x:3 via 2 slave /tmp -> /mnt/1 whole`, ""},
		{"apart in the middle", `
			ns a
			1 0 /a /a shared:1
			2 0 /b /b shared:2 master:1
			3 0 / /c master:2`,
			"a:1", `a:3 via 2 slave /a -> /c/a whole`, `a:2 via 1`},
		{"through a ghost", `
			ns a
			1 0 / / shared:1
			2 1 / /x master:7 propagate_from:1`,
			"a:1", `a:2 via 7 slave / -> /x whole`, ""},
		{"a file", `
			ns a
			1 0 / / shared:1
			2 1 /etc/passwd /etc/passwd shared:1
			ns b
			3 0 /etc/passwd /p master:1`,
			"a:2", `
			a:1 via 1 /etc/passwd -> /etc/passwd whole
			b:3 via 1 slave /etc/passwd -> /p whole`, ""},
		{"what was removed cannot be mounted on", `
			ns a
			1 0 / / shared:1
			ns b
			2 0 /etc/resolv.conf//deleted /etc/resolv.conf master:1`,
			"a:1", "", "b:2 via 1 slave removed"},
		{"in what was removed nothing can be mounted", `
			ns a
			1 0 /x//deleted / shared:1
			ns b
			2 0 / / master:1`,
			"a:1", "", "b:2 via 1 slave removed"},
		{"the roots of cgroups, from inside", `
			ns a
			1 0 / /sys/fs/cgroup shared:1 type:cgroup2
			ns b
			2 0 / /c shared:1 type:cgroup2
			3 0 /sub /d shared:1 type:cgroup2
			4 0 /../x /e shared:1 type:cgroup2
			5 0 /.. /f shared:1 type:cgroup2
			6 0 /..x /g shared:1 type:cgroup2`,
			"a:1", `
			b:2 via 1 /sys/fs/cgroup -> /c whole
			b:3 via 1 /sys/fs/cgroup/sub -> /d
			b:4 via 1 /sys/fs/cgroup -> /e unsure
			b:5 via 1 /sys/fs/cgroup -> /f unsure
			b:6 via 1 /sys/fs/cgroup/..x -> /g`, ""},
		{"the roots of cgroups, both outside", `
			ns a
			1 0 /../x /c shared:1 type:cgroup2
			ns b
			2 0 /../x /d shared:1 type:cgroup2
			3 0 /../x/y /e shared:1 type:cgroup2
			4 0 /..x /f shared:1 type:cgroup2`,
			"a:1", `
			b:2 via 1 /c -> /d whole
			b:3 via 1 /c -> /e unsure
			b:4 via 1 /c -> /f unsure`, ""},
		{"namespace files", `
			ns a
			1 0 net:[4026531840] /run/netns/a shared:1 type:nsfs
			ns b
			2 0 net:[4026531840] /run/netns/a shared:1 type:nsfs
			3 0 net:[4026531999] /run/netns/b shared:1 type:nsfs`,
			"a:1", `
			b:2 via 1 /run/netns/a -> /run/netns/a whole
			b:3 via 1 /run/netns/a -> /run/netns/b unsure`, ""},
		{"nfs shows its root in the source", `
			ns a
			1 0 / /home shared:1 type:nfs4 source:server:/export
			ns b
			2 0 / /u shared:1 type:nfs4 source:server:/export/user
			3 0 / /h shared:1 type:nfs4 source:server:/
			4 0 / /x shared:1 type:nfs4 source:server:/other`,
			"a:1", `
			b:2 via 1 /home/user -> /u
			b:3 via 1 /home -> /h/export whole`, "b:4 via 1"},
		{"a loop of masters", `
			ns a
			1 0 / / shared:1 master:2
			2 1 / /x shared:2 master:1`,
			"a:1", `a:2 via 1 / -> /x whole`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := graph.New(scene(t, test.scene))
			from := refOf(t, g, test.from)
			var lines []string
			for _, to := range g.Receivers(from) {
				lines = append(lines, receiverText(g, to))
			}
			equal(t, strings.Join(lines, "\n"), test.receivers)
			lines = nil
			for _, to := range g.NotReached(from) {
				lines = append(lines, unreachedText(g, to))
			}
			equal(t, strings.Join(lines, "\n"), test.unreached)
		})
	}
}

func receiverText(g *graph.Graph, to graph.Receiver) string {
	text := fmt.Sprintf("%s via %d", nameOf(g, to.Ref), to.Via)
	if to.Slave {
		text += " slave"
	}
	text += fmt.Sprintf(" %s -> %s", to.From, to.At)
	if to.Whole {
		text += " whole"
	}
	if to.Unsure {
		text += " unsure"
	}
	return text
}

func unreachedText(g *graph.Graph, to graph.Unreached) string {
	text := fmt.Sprintf("%s via %d", nameOf(g, to.Ref), to.Via)
	if to.Slave {
		text += " slave"
	}
	if to.Removed {
		text += " removed"
	}
	return text
}
