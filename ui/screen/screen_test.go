package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// host makes one of a line for each mount, "ID PARENT PATH [FIELD]...", the mounts
// of each namespace in a text of their own.
func host(t testing.TB, namespaces ...string) *Host {
	t.Helper()
	s := &nsctl.Snapshot{Observer: nsctl.Observer{NS: 1}}
	for i, text := range namespaces {
		n := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: nsctl.NSNumber(i + 1), Name: fmt.Sprintf("ns%d", i+1)}}
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				n.Mounts = append(n.Mounts, parseMount(t, line))
			}
		}
		s.Namespaces = append(s.Namespaces, n)
	}
	return NewHost(s, 0, len(s.Namespaces), len(s.Namespaces))
}

func parseMount(t testing.TB, line string) nsctl.Mount {
	t.Helper()
	m := nsctl.Mount{Root: "/", FSType: "tmpfs", Source: "src"}
	fields := strings.Fields(line)
	if _, err := fmt.Sscan(strings.Join(fields[:2], " "), &m.MntID, &m.ParentID); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	m.Mountpoint = fields[2]
	m.Dev.Minor = uint32(m.MntID)
	for _, f := range fields[3:] {
		name, value, _ := strings.Cut(f, ":")
		n, _ := strconv.Atoi(value) // not every value is a number
		switch name {
		case "shared":
			m.Propagation.Shared = nsctl.GroupID(n)
		case "master":
			m.Propagation.Master = nsctl.GroupID(n)
		case "propagate_from":
			m.Propagation.PropagateFrom = nsctl.GroupID(n)
		case "unbindable":
			m.Propagation.Unbindable = true
		case "hidden":
			m.HiddenBy = nsctl.MountID(n)
		case "dev":
			m.Dev.Minor = uint32(n)
		case "type":
			m.FSType = value
		default:
			t.Fatalf("%q: what is %q?", line, f)
		}
	}
	return m
}

// found lists the mount points of the first namespace that a query matches.
func found(h *Host, ns int, query string) string {
	q := NewQuery(query)
	var paths []string
	for i := range h.Namespace(ns).Mounts {
		if r := (graph.Ref{NS: ns, Mount: i}); q.Mount(h, r) {
			paths = append(paths, h.Mount(r).Mountpoint)
		}
	}
	return strings.Join(paths, " ")
}

func TestQuery(t *testing.T) {
	h := host(t, `
		1 0 / shared:1 type:ext4
		2 1 /slave master:7
		3 1 /both shared:5 master:51
		4 1 /Private
		5 1 /bind unbindable
		6 1 /under shared:15 hidden:7
		7 1 /over shared:3
		8 1 /data/shared-files`, `
		21 0 / master:1 dev:900
		22 21 /tied dev:3
		23 21 /kept dev:4
		24 23 /kept/below dev:5
		25 21 /mine dev:901
		26 21 /receives master:5`)
	for _, tc := range []struct{ query, want string }{
		{"", "/ /slave /both /Private /bind /under /over /data/shared-files"},
		{"shared", "/ /both /under /over /data/shared-files"},
		{"shared:5", "/both"},
		{"shared:1", "/"},
		{"shared:", "/ /both /under /over"},
		{"shared:x", ""},
		{"master:5", ""},
		{"master:51", "/both"},
		{"SLAVE", "/slave /both"},
		{"dependent mount", "/slave /both"},
		{"HostToContainer", "/slave /both"},
		{"rslave", "/slave /both"},
		{"Bidirectional", "/ /both /under /over"},
		{"rshared", "/ /both /under /over"},
		{"dominating mount", "/ /both"},
		{"shared and slave", "/both"},
		{"private", "/Private /data/shared-files"},
		{"unbindable", "/bind"},
		{"neither", "/Private /bind /data/shared-files"},
		{"covered mount", "/under"},
		{"hidden", "/under"},
		{"hidden shared", "/under"},
		{"hidden slave", ""},
		{"ext4", "/"},
		{"SRC under", "/under"},
		{"leaked mount", ""},
	} {
		if got := found(h, 0, tc.query); got != tc.want {
			t.Errorf("%q finds %q, want %q", tc.query, got, tc.want)
		}
	}
	if got, want := found(h, 1, "leaked"), "/kept/below"; got != want {
		t.Errorf("leaked finds %q, want %q", got, want)
	}
}

// A query reads any text.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"shared:5", "shared:99999999999999", ":", "master:-1", "\xff\x00", "covered mount leaked mount", "shared and slave and"} {
		f.Add(s)
	}
	h := host(f, "1 0 / shared:1\n2 1 /a master:1 hidden:1")
	f.Fuzz(func(t *testing.T, text string) {
		q := NewQuery(text)
		q.Mount(h, graph.Ref{})
		q.Member(h, graph.Ref{Mount: 1})
		q.Group(h, 0)
		q.Texts("a", text)
		if !q.Active() && strings.TrimSpace(text) != "" && len(strings.Fields(text)) > 0 {
			t.Errorf("%q filters nothing", text)
		}
	})
}

func TestStanding(t *testing.T) {
	for _, tc := range []struct {
		name, start, other string
		want               Relation
	}{
		{"peers", "1 0 / shared:1", "2 0 / shared:1\n3 2 /a", Relation{SameGroups, 1, 0, 0}},
		{"slave", "1 0 / shared:1", "2 0 / master:1", Relation{OnlyReceives, 0, 1, 0}},
		{"slave and shared", "1 0 / shared:1", "2 0 / shared:9 master:1", Relation{OnlyReceives, 0, 1, 0}},
		{"slave of a slave", "1 0 / shared:1", "2 0 / master:9\n3 2 /x shared:9 master:1", Relation{OnlyReceives, 0, 2, 0}},
		{"master of the start", "1 0 / master:4", "2 0 / shared:4", Relation{OnlySends, 0, 0, 1}},
		{"master of its master", "1 0 / shared:2 master:3\n9 1 /x master:3", "2 0 / shared:4\n3 2 /x shared:3 master:4", Relation{OnlySends, 0, 0, 2}},
		{"siblings", "1 0 / master:4", "2 0 / master:4", Relation{CutOff, 0, 0, 0}},
		{"nothing in common", "1 0 / shared:1", "2 0 / shared:2\n3 2 /p", Relation{CutOff, 0, 0, 0}},
		{"masters in a loop", "1 0 / shared:1 master:2", "2 0 / shared:2 master:1", Relation{OnlyReceives, 0, 1, 0}},
		{"its own master", "1 0 / shared:1", "2 0 / shared:5 master:5", Relation{CutOff, 0, 0, 0}},
		{"nothing read", "1 0 / shared:1", "", Relation{UnknownStanding, 0, 0, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := host(t, tc.start, tc.other)
			if got := h.Relations[1]; got != tc.want {
				t.Errorf("relation is %+v, want %+v", got, tc.want)
			}
			if h.Relations[0].Standing != IsStart {
				t.Errorf("the start namespace stands %s", h.Relations[0].Standing)
			}
		})
	}
}

func TestStandingWithoutStart(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: []nsctl.Mount{{MntID: 1}}}}}
	if h := NewHost(s, 0, 1, 1); h.Start != -1 || h.Relations[0].Standing != UnknownStanding {
		t.Errorf("start %d, standing %s", h.Start, h.Relations[0].Standing)
	}
}

// drawn draws rows as the screen does, one a line, without the rest of it.
func drawn(h *Host, rows []treeRow) string {
	var b strings.Builder
	for i, row := range rows {
		mark := ""
		if row.folded {
			mark = "+"
		}
		b.WriteString(guides(rows, i, "|-", "`-", "| ", "  ") + h.Mount(graph.Ref{Mount: int(row.item)}).Mountpoint + mark + "\n")
	}
	return b.String()
}

func TestFlatten(t *testing.T) {
	h := host(t, `
		1 0 /
		2 1 /a
		3 2 /a/b
		4 3 /a/b/c
		5 2 /a/d
		6 1 /e
		7 6 /e/f`)
	for _, tc := range []struct {
		name, query string
		folded      []int
		want        string
	}{
		{"all", "", nil, "/\n|-/a\n| |-/a/b\n| | `-/a/b/c\n| `-/a/d\n`-/e\n  `-/e/f\n"},
		{"folded", "", []int{2}, "/\n|-/a\n| |-/a/b+\n| `-/a/d\n`-/e\n  `-/e/f\n"},
		{"folded at the root", "", []int{0}, "/+\n"},
		{"folding a leaf does nothing", "", []int{6}, "/\n|-/a\n| |-/a/b\n| | `-/a/b/c\n| `-/a/d\n`-/e\n  `-/e/f\n"},
		{"a match keeps what leads to it, folded or not", "/c", []int{1}, "/\n`-/a\n  `-/a/b\n    `-/a/b/c\n"},
		{"two matches", "f", nil, "/\n|-/a\n| |-/a/b\n| | `-/a/b/c\n| `-/a/d\n`-/e\n  `-/e/f\n"}, // tmpfs has an f in it
		{"no match", "zz", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			folded := mountSet{}
			for _, m := range tc.folded {
				folded.add(h.MountKey(graph.Ref{Mount: m}))
			}
			if got := drawn(h, flatten(h, 0, folded, NewQuery(tc.query))); got != tc.want {
				t.Errorf("rows are\n%swant\n%s", got, tc.want)
			}
		})
	}
}

// A snapshot that says nonsense about parents still shows every mount once.
func TestFlattenHostile(t *testing.T) {
	deep := &strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(deep, "%d %d /x\n", i+1, i)
	}
	for name, text := range map[string]string{
		"loop": "1 2 /a\n2 1 /b\n3 3 /c", "same ids": "1 0 /\n1 1 /\n1 1 /", "orphans": "5 99 /x\n6 98 /y", "a chain of 5000": deep.String(),
	} {
		h := host(t, text)
		rows := flatten(h, 0, nil, Query{})
		if len(rows) != len(h.Namespace(0).Mounts) {
			t.Errorf("%s: %d rows for %d mounts", name, len(rows), len(h.Namespace(0).Mounts))
		}
		for i := range rows {
			if g := guides(rows, i, "|- ", "`- ", "|  ", "   "); len(g) > 3*maxIndent {
				t.Fatalf("%s: row %d is indented by %d cells", name, i, len(g))
			}
		}
	}
}

func TestLineUp(t *testing.T) {
	h := host(t, `
		1 0 / dev:1 shared:1
		2 1 /a dev:2
		3 2 /a/b dev:3
		4 1 /a.b dev:4
		5 1 /s dev:5 master:9 propagate_from:8
		6 5 /s dev:6`, `
		11 0 / dev:1 shared:1
		12 11 /a dev:2 master:5
		13 11 /a.b dev:44
		14 11 /s dev:5 master:9
		15 11 /z dev:9`)
	var got []string
	for _, p := range lineUp(h, 0, 1) {
		side := func(ns int, at int32) string {
			if at < 0 {
				return "-"
			}
			m := h.Mount(graph.Ref{NS: ns, Mount: int(at)})
			return fmt.Sprintf("%s.%d", m.Mountpoint, m.Dev.Minor)
		}
		got = append(got, fmt.Sprintf("%s %s %05b", side(0, p.left), side(1, p.right), p.differs))
	}
	want := []string{
		"/.1 /.1 00000", "/a.2 /a.2 00100", "/a/b.3 - 01000", "/a.b.4 /a.b.44 00001", "/s.5 /s.5 00000", "/s.6 - 01000", "- /z.9 10000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("lined up as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestComparePlacesIsAnOrder(t *testing.T) {
	paths := []string{"", "/", "/a", "/a/", "/a/b", "/a b", "/a.b", "/ab", "/b"}
	for i, a := range paths {
		for j, b := range paths {
			if got, want := comparePlaces(a, b), i-j; got*want < 0 || (got == 0) != (want == 0) {
				t.Errorf("comparePlaces(%q, %q) = %d", a, b, got)
			}
		}
	}
}

func TestReachByDirectory(t *testing.T) {
	h := host(t, "1 0 /data shared:1 dev:1\n2 1 /x shared:1 dev:1", "3 0 /d master:1 dev:1")
	reach := findReach(h, graph.Ref{})
	if reach.directions != bothWays || reach.peers != 1 || reach.receivers != 2 {
		t.Errorf("reach is %+v", reach)
	}
	alone := findReach(host(t, "1 0 / shared:1"), graph.Ref{})
	if alone.directions != neither {
		t.Errorf("a shared mount alone: %s", alone.directions)
	}
	top := findReach(host(t, "1 0 / shared:1\n2 1 /a master:1"), graph.Ref{})
	if top.directions != sending {
		t.Errorf("a master without peers: %s", top.directions)
	}
	below := findReach(host(t, "1 0 / shared:1\n2 1 /a master:1"), graph.Ref{Mount: 1})
	if below.directions != gets {
		t.Errorf("a slave: %s", below.directions)
	}
}

func TestFitPath(t *testing.T) {
	for _, tc := range []struct {
		path string
		room int
		want string
	}{
		{"/sys/fs/cgroup", 14, "/sys/fs/cgroup"},
		{"/sys/fs/cgroup", 13, "../fs/cgroup"},
		{"/sys/fs/cgroup", 10, "../cgroup"},
		{"/sys/fs/cgroup", 8, "..cgroup"},
		{"/sys/fs/cgroup", 1, "p"},
		{"/sys/fs/cgroup", 0, ""},
		{"", 0, ""},
		{"/a/b/", 4, "../"},
	} {
		if got := fitPath(theme.New(theme.Options{}), tc.path, tc.room); got != tc.want {
			t.Errorf("fitPath(%q, %d) = %q, want %q", tc.path, tc.room, got, tc.want)
		}
	}
}

// While one command works out the reach of a mount no other is sent: holding a key
// down must not pile them up.
func TestOneReachAtATime(t *testing.T) {
	s := NewMounts(theme.New(theme.Options{}))
	s.Resize(kit.Rect{W: 80, H: 20})
	s.SetHost(host(t, "1 0 / shared:1\n2 1 /a\n3 1 /b"))
	first := s.Settle()
	if first == nil {
		t.Fatal("nobody works out the reach of the first mount")
	}
	s.Move(1)
	if s.Settle() != nil {
		t.Error("a second command is sent while the first is at work")
	}
	s.Reached(first().(MountReachedMsg))
	second := s.Settle()
	if second == nil {
		t.Fatal("nobody works out the reach of the mount that is selected by now")
	}
	s.Reached(second().(MountReachedMsg))
	if s.Settle() != nil {
		t.Error("what is known is worked out again")
	}
}
