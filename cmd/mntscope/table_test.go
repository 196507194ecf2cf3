package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

func TestTableWidths(t *testing.T) {
	long := strings.Repeat("x", 500)
	table := func() *table {
		return &table{
			columns: []column{{title: "A", shrinks: true}, {title: "N", right: true}, {title: "B", shrinks: true}},
			rows:    []row{{cells: []string{"日本語", "1", "b"}}, {cells: []string{long, "22", long}}, {cells: []string{"group"}}},
		}
	}
	for _, width := range []int{1, 10, 30, 80, 200, 1000} {
		var b strings.Builder
		if err := table().write(&b, screen{width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if got := ansi.StringWidth(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("at %d columns a line is %d wide: %q", width, got, line)
			}
		}
	}
	if got := table().widths(80); !slices.Equal(got, []int{37, 2, 37}) {
		t.Errorf("the columns share 80 as %v", got)
	}
	var b strings.Builder
	if err := table().write(&b, screen{}); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), long) != 2 {
		t.Error("cut where there is no terminal")
	}
	if lines := strings.Split(b.String(), "\n"); len(lines[1]) > 120 {
		t.Errorf("a line is padded to the length of another: %d bytes", len(lines[1]))
	}
}

// What explains gives way to what is explained.
func TestYieldingColumn(t *testing.T) {
	long := strings.Repeat("x", 60)
	table := &table{columns: []column{{title: "A", shrinks: true}, {title: "B"}, {title: "C", shrinks: true, yields: true}}}
	table.add(long, "b", long)
	for limit, want := range map[int][]int{100: {60, 1, 35}, 74: {60, 1, 9}, 60: {47, 1, 8}, 20: {8, 1, 8}} {
		if got := table.widths(limit); !slices.Equal(got, want) {
			t.Errorf("the columns share %d as %v, want %v", limit, got, want)
		}
	}
}

func TestCellWidth(t *testing.T) {
	for _, cell := range []string{"", "/data", "│ ├─/data", "└─/日本語", "e\u0301", "─\u0301", "\u2580", "\xe2\x94", "\xe2"} {
		if got, want := cellWidth(cell), ansi.StringWidth(cell); got != want {
			t.Errorf("%q is %d wide, want %d", cell, got, want)
		}
	}
}

// forged is a host as only a file can claim it: one namespace, whose mounts are
// each mounted in the one before, and each a slave of the one before.
func forged(mounts int) *nsctl.Snapshot {
	s := &nsctl.Snapshot{Format: nsctl.Format, Version: nsctl.Version, Namespaces: make([]nsctl.Namespace, 1)}
	for i := 1; i <= mounts; i++ {
		s.Namespaces[0].Mounts = append(s.Namespaces[0].Mounts, nsctl.Mount{
			MntID: nsctl.MountID(i + 1), ParentID: nsctl.MountID(i), Root: "/", Mountpoint: "/a", FSType: "tmpfs",
			Propagation: nsctl.Propagation{Shared: nsctl.GroupID(i + 1), Master: nsctl.GroupID(i)},
		})
	}
	return s
}

func TestDeepChainsAreLinear(t *testing.T) {
	s := forged(100_000)
	start := time.Now()
	g := graph.New(s)
	for name, table := range map[string]*table{
		"mounts": mountTable(g, 0, screen{ascii: true}),
		"peers":  peerTable(g, g.Forest(), screen{ascii: true}),
	} {
		if len(table.rows) < 100_000 {
			t.Errorf("%s: %d rows", name, len(table.rows))
		}
		if err := table.write(io.Discard, screen{}); err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestLoopsEnd(t *testing.T) {
	s := forged(3)
	s.Namespaces[0].Mounts[0].ParentID = 4
	s.Namespaces[0].Mounts[0].Propagation.Master = 4
	s.Namespaces[0].NS = 7
	path := saved(t, s)
	for _, command := range []string{"mounts mnt:[7]", "peers"} {
		if r := mntscope(t, append(strings.Fields(command), "--snapshot", path)...); r.status != exitDone || strings.Count(r.out, "/a") != 3 {
			t.Errorf("%s: exit status %d\n%s%s", command, r.status, r.out, r.err)
		}
	}
}

// A namespace of 10,000 mounts, as there are.
func BenchmarkMountTable(b *testing.B) {
	s := forged(10_000)
	for i := range s.Namespaces[0].Mounts {
		s.Namespaces[0].Mounts[i].ParentID = nsctl.MountID(1 + i/10)
		s.Namespaces[0].Mounts[i].Mountpoint = "/var/lib/containers/storage/overlay/merged/" + strconv.Itoa(i)
	}
	g := graph.New(s)
	for b.Loop() {
		if err := mountTable(g, 0, screen{}).write(io.Discard, screen{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDescribeBuild(t *testing.T) {
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for _, tc := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"without modules", nil, "(devel) (revision unknown) "},
		{"go run", build("(devel)"), "(devel) (revision unknown) "},
		{"go install", build("v1.2.3"), "v1.2.3 (revision unknown) "},
		{"from a checkout", build("v1.2.3", "vcs.revision", revision, "vcs.modified", "false"), "v1.2.3 (0123456789ab) "},
		{"from a changed checkout", build("", "vcs.revision", revision, "vcs.modified", "true"), "(devel) (0123456789ab, modified) "},
		{"with a short revision", build("v1", "vcs.revision", "abc"), "v1 (abc) "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := describeBuild(tc.info); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q...", got, tc.want)
			}
		})
	}
}

func TestGapKinds(t *testing.T) {
	var many []nsctl.Gap
	for i := range 100 {
		many = append(many, nsctl.Gap{What: fmt.Sprintf("kind%02d", i)})
	}
	if got := gapKinds(many); !strings.HasSuffix(got, "kind07: 1, 92 other kinds") {
		t.Errorf("got %q", got)
	}
}
