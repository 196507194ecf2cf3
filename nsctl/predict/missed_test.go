package predict_test

import (
	"fmt"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/replay"
)

// family is a host with a shared mount, its peer, its slave, and a private copy of it, each
// in a namespace of its own.
func family() *nsctl.Snapshot {
	s := &nsctl.Snapshot{}
	for i, p := range []nsctl.Propagation{{Shared: 5}, {Shared: 5}, {Master: 5}, {}} {
		root := nsctl.MountID(10 * (i + 1))
		s.Namespaces = append(s.Namespaces, nsctl.Namespace{
			NamespaceInfo: nsctl.NamespaceInfo{NS: nsctl.NSNumber(4026531841 + i), NSID: nsctl.NSID(i + 1), OwnerUserNS: 4026531837},
			Mounts: []nsctl.Mount{
				{MntID: root, ParentID: 1, Dev: nsctl.Dev{Minor: 1}, Root: "/", Mountpoint: "/", FSType: "ext4"},
				{MntID: root + 1, ParentID: root, Dev: nsctl.Dev{Minor: 2}, Root: "/", Mountpoint: "/mnt", FSType: "tmpfs", Propagation: p},
			},
		})
	}
	return s
}

// told gives an event about a mount in one of the namespaces of the family.
func told(kind nsctl.EventKind, space int, id nsctl.MountID, at string) nsctl.Event {
	parent := nsctl.MountID(10*(space+1) + 1)
	if at == "/mnt" {
		parent--
	}
	return nsctl.Event{
		Kind: kind, Op: 1, NS: nsctl.NSNumber(4026531841 + space), NSID: nsctl.NSID(space + 1),
		Mount: &nsctl.Mount{MntID: id, ParentID: parent, Dev: nsctl.Dev{Minor: uint32(id)}, Root: "/", Mountpoint: at, FSType: "tmpfs"},
	}
}

func TestMissed(t *testing.T) {
	mounts := []nsctl.Event{told(nsctl.EventMount, 0, 100, "/mnt/x"), told(nsctl.EventMount, 1, 101, "/mnt/x"), told(nsctl.EventMount, 2, 102, "/mnt/x")}
	below := told(nsctl.EventMount, 0, 103, "/mnt/x/y")
	below.Mount.ParentID = 100
	elsewhere := told(nsctl.EventMount, 0, 104, "/other")
	elsewhere.Mount.ParentID = 10
	moved := told(nsctl.EventMove, 0, 104, "/mnt/x")
	moved.Was = &nsctl.Was{Mountpoint: "/other", ParentID: 10}
	gone := told(nsctl.EventUmount, 0, 100, "/mnt/x")
	goneBelow := below
	goneBelow.Kind = nsctl.EventUmount
	unknown := told(nsctl.EventMount, 0, 100, "/mnt/x")
	unknown.NS, unknown.NSID = 7, 7
	for _, tc := range []struct {
		name          string
		earlier, then []nsctl.Event
		want          string
	}{
		{"a mount", nil, mounts, "[/mnt in 4026531844 private]"},
		{"an umount of what has come since", mounts, []nsctl.Event{gone}, "[]"},
		{"with what is mounted in it", append(mounts[:3:3], below), []nsctl.Event{gone, goneBelow}, "[]"},
		{"a move", []nsctl.Event{elsewhere}, []nsctl.Event{moved}, "[/mnt in 4026531844 private]"},
		{"a slave's own", nil, []nsctl.Event{told(nsctl.EventMount, 2, 100, "/mnt/x")}, "[/mnt in 4026531841 sends-only /mnt in 4026531842 sends-only /mnt in 4026531844 private]"},
		{"against expectation", nil, append(mounts[:1:1], told(nsctl.EventMount, 3, 103, "/mnt/x")), "[]"},
		{"an unknown namespace", nil, []nsctl.Event{unknown}, "the namespace was not known yet"},
		{"what could not be", nil, []nsctl.Event{gone}, "by what was known before, it would have failed with EINVAL"},
		{"after the namespace has gone", []nsctl.Event{{Kind: nsctl.EventNamespaceGone, NS: 4026531841, NSID: 1}}, mounts[:1], "the namespace was not known yet"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := family()
			then, err := replay.Apply(before, tc.earlier)
			if err != nil {
				t.Fatal(err)
			}
			list, err := predict.Missed(then, tc.then, 0)
			parts := []string{}
			for _, n := range list {
				parts = append(parts, fmt.Sprintf("%s in %d %s", n.Mountpoint, n.NS, n.Reason))
			}
			got := fmt.Sprint(parts)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if fmt.Sprint(before) != fmt.Sprint(family()) {
				t.Error("the snapshot before has changed")
			}
		})
	}
}

func TestTravels(t *testing.T) {
	for kind, want := range map[nsctl.EventKind]bool{
		nsctl.EventMount: true, nsctl.EventUmount: true, nsctl.EventMove: true, nsctl.EventPropagation: false, nsctl.EventRemount: false,
	} {
		if e := told(kind, 0, 100, "/mnt"); predict.Travels(&e) != want {
			t.Errorf("%s travels: %v", kind, !want)
		}
	}
	if predict.Travels(&nsctl.Event{Kind: nsctl.EventMount}) {
		t.Error("an event without a mount travels")
	}
}
