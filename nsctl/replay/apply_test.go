package replay_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/replay"
)

// mount reads "26 1 /mnt shared:5": mnt_id, parent, mount point and peer group. Its unique
// id is 1000 and the mnt_id, unless the kernel is an old one.
func mount(line string) *nsctl.Mount {
	m := &nsctl.Mount{Root: "/", FSType: "tmpfs"}
	line, shared, _ := strings.Cut(line, " shared:")
	if _, err := fmt.Sscan(line, &m.MntID, &m.ParentID, &m.Mountpoint); err != nil {
		panic(err)
	}
	if shared != "" {
		if _, err := fmt.Sscan(shared, &m.Propagation.Shared); err != nil {
			panic(err)
		}
	}
	m.ID = 1000 + nsctl.UniqueID(m.MntID)
	return m
}

// host makes a snapshot of namespaces 1, 2, ..., each with the mounts told.
func host(tables ...[]string) *nsctl.Snapshot {
	s := &nsctl.Snapshot{Format: nsctl.Format, Version: nsctl.Version, Namespaces: []nsctl.Namespace{}}
	for i, lines := range tables {
		s.Namespaces = append(s.Namespaces, *space(nsctl.NSNumber(i+1), lines...))
	}
	return s
}

func space(n nsctl.NSNumber, lines ...string) *nsctl.Namespace {
	ns := &nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: n, NSID: nsctl.NSID(100 + n)}}
	for _, line := range lines {
		ns.Mounts = append(ns.Mounts, *mount(line))
	}
	for i, by := range graph.HiddenBy(ns.Mounts) {
		ns.Mounts[i].HiddenBy = by
	}
	return ns
}

func event(kind nsctl.EventKind, ns nsctl.NSNumber, line string) nsctl.Event {
	e := nsctl.Event{Kind: kind, NS: ns, Op: 1}
	if line != "" {
		e.Mount = mount(line)
	}
	return e
}

// describe gives the mounts of a host, in order, with what hides them.
func describe(s *nsctl.Snapshot) []string {
	var lines []string
	for _, ns := range s.Namespaces {
		for _, m := range ns.Mounts {
			line := fmt.Sprintf("%d: %d %d %s %s", ns.NS, m.MntID, m.ParentID, m.Mountpoint, m.Propagation)
			if m.HiddenBy != 0 {
				line += fmt.Sprintf("hidden by %d", m.HiddenBy)
			}
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

const (
	mounted    = nsctl.EventMount
	umounted   = nsctl.EventUmount
	moved      = nsctl.EventMove
	propagates = nsctl.EventPropagation
)

func TestApply(t *testing.T) {
	root := []string{"20 1 /", "21 20 /proc", "22 20 /new", "23 22 /new/srv", "24 23 /new/srv/a", "25 22 /new-b"}
	for _, tc := range []struct {
		name   string
		before *nsctl.Snapshot
		events []nsctl.Event
		want   []string
	}{
		{"nothing", host([]string{"20 1 /"}), nil, []string{"1: 20 1 /"}},
		{"a mount and its copy", host([]string{"20 1 / shared:1"}, []string{"30 2 / shared:1"}),
			[]nsctl.Event{event(mounted, 1, "40 20 /a shared:2"), event(mounted, 2, "41 30 /a shared:2")},
			[]string{"1: 20 1 / shared:1", "1: 40 20 /a shared:2", "2: 30 2 / shared:1", "2: 41 30 /a shared:2"}},
		{"a mount with an id that was free", host([]string{"20 1 /", "40 20 /a"}),
			[]nsctl.Event{event(mounted, 1, "30 20 /b")},
			[]string{"1: 20 1 /", "1: 30 20 /b", "1: 40 20 /a"}},
		{"a stack", host([]string{"20 1 /", "21 20 /a", "22 21 /a/b"}),
			[]nsctl.Event{event(mounted, 1, "23 21 /a")},
			[]string{"1: 20 1 /", "1: 21 20 /a hidden by 23", "1: 22 21 /a/b hidden by 23", "1: 23 21 /a"}},
		{"umount of the top of a stack", host([]string{"20 1 /", "21 20 /a", "22 21 /a/b", "23 21 /a"}),
			[]nsctl.Event{event(umounted, 1, "23 21 /a")},
			[]string{"1: 20 1 /", "1: 21 20 /a", "1: 22 21 /a/b"}},
		{"a mount in what is hidden", host([]string{"20 1 /", "21 20 /a/b", "22 20 /a"}),
			[]nsctl.Event{event(mounted, 1, "23 21 /a/b/c")},
			[]string{"1: 20 1 /", "1: 21 20 /a/b hidden by 22", "1: 22 20 /a", "1: 23 21 /a/b/c hidden by 22"}},
		{"umount -l of a tree", host(root),
			[]nsctl.Event{event(umounted, 1, "22 20 /new"), event(umounted, 1, "23 22 /new/srv"), event(umounted, 1, "24 23 /new/srv/a"), event(umounted, 1, "25 22 /new-b")},
			[]string{"1: 20 1 /", "1: 21 20 /proc"}},
		{"a tree is moved", host(root),
			[]nsctl.Event{event(moved, 1, "23 20 /opt")},
			[]string{"1: 20 1 /", "1: 21 20 /proc", "1: 22 20 /new", "1: 23 20 /opt", "1: 24 23 /opt/a", "1: 25 22 /new-b"}},
		{"a tree is moved, and all of it told", host(root),
			[]nsctl.Event{event(moved, 1, "24 23 /opt/a"), event(moved, 1, "23 20 /opt")},
			[]string{"1: 20 1 /", "1: 21 20 /proc", "1: 22 20 /new", "1: 23 20 /opt", "1: 24 23 /opt/a", "1: 25 22 /new-b"}},
		{"a moved tree becomes shared", host(root),
			[]nsctl.Event{event(moved, 1, "22 20 /opt shared:1"), event(propagates, 1, "23 22 /opt/srv shared:2"), event(mounted, 1, "26 23 /opt/srv/new")},
			[]string{"1: 20 1 /", "1: 21 20 /proc", "1: 22 20 /opt shared:1", "1: 23 22 /opt/srv shared:2", "1: 24 23 /opt/srv/a", "1: 25 22 /new-b", "1: 26 23 /opt/srv/new"}},
		{"moved twice in one operation", host(root),
			[]nsctl.Event{event(moved, 1, "23 20 /opt"), event(moved, 1, "23 20 /usr")},
			[]string{"1: 20 1 /", "1: 21 20 /proc", "1: 22 20 /new", "1: 23 20 /usr", "1: 24 23 /usr/a", "1: 25 22 /new-b"}},
		{"pivot_root", host(root),
			[]nsctl.Event{event(moved, 1, "22 1 /"), event(moved, 1, "20 22 /old")},
			[]string{"1: 20 22 /old", "1: 21 20 /old/proc", "1: 22 1 /", "1: 23 22 /srv", "1: 24 23 /srv/a", "1: 25 22 /new-b"}},
		{"pivot_root into a mount below the new root", host(root),
			[]nsctl.Event{event(moved, 1, "20 24 /srv/a/old"), event(moved, 1, "22 1 /")},
			[]string{"1: 20 24 /srv/a/old", "1: 21 20 /srv/a/old/proc", "1: 22 1 /", "1: 23 22 /srv", "1: 24 23 /srv/a", "1: 25 22 /new-b"}},
		{"tucked beneath", host([]string{"20 1 /", "21 20 /a", "22 21 /a/b"}),
			[]nsctl.Event{event(mounted, 1, "23 20 /a"), event(moved, 1, "21 23 /a")},
			[]string{"1: 20 1 /", "1: 21 23 /a", "1: 22 21 /a/b", "1: 23 20 /a hidden by 21"}},
		{"the cover falls down", host([]string{"20 1 /", "21 20 /a", "22 21 /a"}),
			[]nsctl.Event{event(umounted, 1, "21 20 /a"), event(moved, 1, "22 20 /a")},
			[]string{"1: 20 1 /", "1: 22 20 /a"}},
		{"propagation", host([]string{"20 1 / shared:1"}), []nsctl.Event{event(propagates, 1, "20 1 /")}, []string{"1: 20 1 /"}},
		{"a number was used again", host([]string{"20 1 /", "21 20 /a"}),
			[]nsctl.Event{func() nsctl.Event { e := event(mounted, 1, "21 20 /b"); e.Mount.ID = 5000; return e }(), event(umounted, 1, "21 20 /a")},
			[]string{"1: 20 1 /", "1: 21 20 /b"}},
		{"what was missed", host([]string{"20 1 /", "21 20 /a"}, []string{"30 2 /"}),
			[]nsctl.Event{event(nsctl.EventResync, 0, ""), event(umounted, 1, "21 20 /a"), event(mounted, 2, "40 30 /b"), event(moved, 2, "30 40 /c")},
			[]string{"1: 20 1 /", "2: 30 40 /c", "2: 40 30 /b"}},
		{"a namespace is created, and used", host([]string{"20 1 /"}, nil, []string{"40 4 /"}),
			[]nsctl.Event{
				event(nsctl.EventNamespaceGone, 2, ""),
				{Kind: nsctl.EventNamespaceCreated, Op: 2, NS: 2, NSID: 202, Namespace: &nsctl.Namespace{
					NamespaceInfo: nsctl.NamespaceInfo{NS: 2, NSID: 202}, Mounts: []nsctl.Mount{*mount("30 2 /"), *mount("31 30 /a"), *mount("32 31 /a")}}},
				event(umounted, 2, "32 31 /a"), event(mounted, 2, "33 30 /b"),
			},
			[]string{"1: 20 1 /", "2: 30 2 /", "2: 31 30 /a", "2: 33 30 /b", "3: 40 4 /"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			untouched := describe(tc.before)
			got, err := replay.Apply(tc.before, tc.events)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(describe(got), tc.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(describe(got), "\n\t"), strings.Join(tc.want, "\n\t"))
			}
			if !slices.Equal(describe(tc.before), untouched) {
				t.Error("the snapshot before was changed")
			}
		})
	}
}

func TestApplySharesWhatDidNotChange(t *testing.T) {
	before := host([]string{"20 1 /"}, []string{"30 2 /"}, []string{"40 3 /"})
	e := event(mounted, 2, "50 30 /a")
	e.Time = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	after, err := replay.Apply(before, []nsctl.Event{e, event(nsctl.EventNamespaceGone, 1, "")})
	if err != nil {
		t.Fatal(err)
	}
	if &after.Namespaces[1].Mounts[0] != &before.Namespaces[2].Mounts[0] {
		t.Error("the mounts of a namespace without changes are not shared")
	}
	if !after.Taken.Equal(e.Time) {
		t.Errorf("taken at %s, want the time of the event", after.Taken)
	}
}

// Ids are unknown on old kernels, and the numbers of namespaces of other users.
func TestApplyWithoutIDs(t *testing.T) {
	before := host([]string{"20 1 /", "21 20 /a"}, []string{"30 2 /", "31 30 /b"})
	for i := range before.Namespaces {
		ns := &before.Namespaces[i]
		ns.NSID = 0
		for j := range ns.Mounts {
			ns.Mounts[j].ID = 0
		}
	}
	before.Namespaces[1].NS = 0
	get := func(e nsctl.Event) string {
		t.Helper()
		e.Mount.ID = 0
		after, err := replay.Apply(before, []nsctl.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(describe(after), ", ")
	}
	withID := event(umounted, 1, "21 20 /a")
	withID.NSID = 101
	for _, tc := range []struct {
		e    nsctl.Event
		want string
	}{
		{withID, "1: 20 1 /, 0: 30 2 /, 0: 31 30 /b"},
		{event(mounted, 1, "19 20 /x"), "1: 20 1 /, 1: 21 20 /a, 1: 19 20 /x, 0: 30 2 /, 0: 31 30 /b"},
		{event(umounted, 0, "31 30 /b"), "1: 20 1 /, 1: 21 20 /a, 0: 30 2 /"},
		{event(mounted, 0, "32 31 /b/c"), "1: 20 1 /, 1: 21 20 /a, 0: 30 2 /, 0: 31 30 /b, 0: 32 31 /b/c"},
	} {
		if got := get(tc.e); got != tc.want {
			t.Errorf("%s of %s gives %s\nwant %s", tc.e.Kind, tc.e.Mount.Mountpoint, got, tc.want)
		}
	}
	// An id that an event does not tell stays known.
	e := event(propagates, 1, "20 1 / shared:7")
	e.Mount.ID = 0
	after, err := replay.Apply(host([]string{"20 1 /"}), []nsctl.Event{e})
	if err != nil || after.Namespaces[0].Mounts[0].ID != 1020 {
		t.Error(after, err)
	}
}

func TestApplyMisfits(t *testing.T) {
	before := host([]string{"20 1 /", "21 20 /a"}, []string{"30 2 /"})
	reused := event(umounted, 1, "21 20 /a")
	reused.NSID = 999
	other := event(umounted, 1, "21 20 /a")
	other.Mount.ID, other.Mount.Mountpoint = 5000, "/a\n"
	for _, tc := range []struct {
		name string
		e    nsctl.Event
		want string
	}{
		{"no such mount", event(umounted, 1, "22 20 /b"), "event 7, umount: mount 22 at /b is not in mnt:[1]"},
		{"another mount of this number", other, `mount 21 at /a\n is not in mnt:[1]`},
		{"no such namespace", event(mounted, 3, "40 30 /b"), "there is no mnt:[3]"},
		{"another namespace of this number", reused, "there is no mnt:[1]"},
		{"in another namespace", event(moved, 2, "21 20 /a"), "mount 21 at /a is not in mnt:[2]"},
		{"it is there already", event(mounted, 1, "21 20 /a"), "mount 21 at /a is in mnt:[1] already"},
		{"a namespace that is there", nsctl.Event{Kind: nsctl.EventNamespaceCreated, Namespace: space(2)}, "mnt:[2] is there already"},
		{"a namespace that is not there", event(nsctl.EventNamespaceGone, 3, ""), "there is no mnt:[3]"},
		{"no mount", event(mounted, 1, ""), "no mount"},
		{"no namespace", event(nsctl.EventNamespaceCreated, 1, ""), "no namespace"},
		{"only an unknown id", nsctl.Event{Kind: umounted, NSID: 9, Mount: mount("1 1 /")}, "there is no namespace with id 9"},
		{"nothing known", nsctl.Event{Kind: umounted, Mount: mount("1 1 /")}, "there is no mnt:[?]"},
		{"a kind of a later mntscope", event("x", 1, "21 20 /a"), "this kind of event is not known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.e.Seq = 7
			_, err := replay.Apply(before, []nsctl.Event{tc.e})
			var wrong *replay.MisfitError
			if !errors.As(err, &wrong) || wrong.Seq != 7 || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v, want %q", err, tc.want)
			}
		})
	}
}

// What is before an event in the same operation, and what is after it, makes no difference.
func TestApplyInAnyOrder(t *testing.T) {
	before := host([]string{"20 1 /", "21 20 /proc", "22 20 /new", "23 22 /new/srv", "24 23 /new/srv/a", "25 21 /proc/x"})
	events := []nsctl.Event{
		event(moved, 1, "22 1 /"), event(moved, 1, "20 23 /srv/old"), event(propagates, 1, "24 23 /srv/a shared:3"), event(umounted, 1, "25 21 /proc/x"),
	}
	var want *nsctl.Snapshot
	for range 24 {
		got, err := replay.Apply(before, events)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", describe(got), describe(want))
		}
		// Rotating, and swapping two after each round, goes through many of the orders.
		events = append(events[1:], events[0])
		if events[0].Kind == umounted {
			events[1], events[2] = events[2], events[1]
		}
	}
}
