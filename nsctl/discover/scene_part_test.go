package discover

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// A process in a chroot sees a part of the table, or nothing of it. The whole is
// read, whoever is in the namespace.
func TestChroot(t *testing.T) {
	for _, tc := range []struct {
		name string
		jail string // where the process is locked in
		with string // where another process of the namespace is locked in, if there is one
	}{
		{"only process, on a mount point", "/mnt/jail", ""},
		{"only process, between mount points", "/mnt/jail/between", ""},
		{"only process, no mounts below", "/mnt/jail/empty", ""},
		{"first of several processes", "/mnt/jail", "/"},
		{"several, all in chroots", "/mnt/jail/empty", "/mnt/jail/between"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := nstest.Host(t).Clone(t, nstest.Propagation("rprivate"))
			n.Must(t, nstest.Tmpfs("/mnt/jail"), nstest.Tmpfs("/mnt/jail/between/mounted"), nstest.Mkdir("/mnt/jail/empty"),
				nstest.Tmpfs("/mnt/outside"))
			whole := n.Mounts(t)
			if tc.with != "" {
				n.Fork(t).Must(t, nstest.Chroot(tc.with))
			}
			n.Must(t, nstest.Chroot(tc.jail))
			if len(n.Mounts(t)) >= len(whole) {
				t.Fatalf("the process sees all %d mounts", len(whole))
			}
			for _, r := range readings {
				t.Run(r.name, func(t *testing.T) {
					s := r.snapshot(t)
					if r.byID || os.Geteuid() == 0 || tc.with == "/" {
						compare(t, s, n.NS(), whole)
					} else {
						namespaceOf(t, s, n.NS())
						wantGap(t, s, n.NS(), "mounts")
					}
				})
			}
		})
	}
}

// After pivot_root(2) a process is at the root of its namespace: nothing is missing.
func TestPivotedRoot(t *testing.T) {
	n := nstest.Host(t).Clone(t, nstest.Propagation("rprivate"))
	n.Must(t, nstest.Tmpfs("/mnt/root"), nstest.Mkdir("/mnt/root/old"), nstest.Pivot("/mnt/root", "/mnt/root/old"))
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			compare(t, s, n.NS(), n.Mounts(t))
		})
	}
}

// What is not about a namespace is read as well.
func TestHost(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile("/proc/sys/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	got := readings[0].snapshot(t).Host
	want := nsctl.Host{Name: got.Name, Kernel: read("kernel/osrelease"), BootID: read("kernel/random/boot_id")}
	want.MountMax, _ = strconv.Atoi(read("fs/mount-max"))
	if got != want || got.MountMax == 0 {
		t.Errorf("the host is %+v, want %+v", got, want)
	}
}

func TestOwnNamespace(t *testing.T) {
	own, err := nstest.NumberOf("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	mounts, err := nstest.ReadMountinfo("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			ns := namespaceOf(t, s, own)
			compareMounts(t, ns.Mounts, mounts)
			if s.Observer != (nsctl.Observer{PID: os.Getpid(), UID: os.Geteuid(), NS: own}) {
				t.Errorf("the observer is %+v", s.Observer)
			}
		})
	}
}

// What a user may not see is told.
func TestGapsOfAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may see everything")
	}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			s := r.snapshot(t)
			what := map[string]bool{}
			for _, g := range s.Gaps {
				what[g.What] = true
				if g.Message == "" {
					t.Errorf("a gap without a word: %+v", g)
				}
			}
			// Descriptors of pid 1 are root's, and namespaces may be held where nobody looks.
			if !what["fds"] || !what["namespaces"] {
				t.Errorf("gaps: %+v", s.Gaps)
			}
			roundTrip(t, s)
		})
	}
}

func TestListingIsTheSnapshotWithoutMounts(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	held := host.HoldByBind(t, "/mnt/ns/held")
	ours := []nsctl.NSNumber{host.NS(), held.NS, host.Clone(t, nstest.User()).NS(), host.Thread(t).NS()}
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			wantSameListing(t, r, ours)
		})
	}
}

// wantSameListing compares a listing with a snapshot. Whoever else reads this host holds each
// namespace for a moment, and may do so between the two: it is tried again.
func wantSameListing(t *testing.T, r reading, ours []nsctl.NSNumber) {
	t.Helper()
	var problem string
	for range 20 {
		if problem = compareListing(t, r, ours); problem == "" {
			return
		}
	}
	t.Error(problem)
}

// compareListing says in which of the namespaces a listing differs from a snapshot.
func compareListing(t *testing.T, r reading, ours []nsctl.NSNumber) string {
	t.Helper()
	s := r.snapshot(t)
	l, err := r.scan().Listing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listed := map[nsctl.NSNumber]nsctl.NamespaceSummary{}
	for _, ns := range l.Namespaces {
		listed[ns.NS] = ns
	}
	for _, number := range ours {
		whole, got := namespaceOf(t, s, number), listed[number]
		if got.MountCount != len(whole.Mounts) {
			return fmt.Sprintf("%v has %d mounts, listed are %d", number, len(whole.Mounts), got.MountCount)
		}
		if !SameInfo(&got.NamespaceInfo, &whole.NamespaceInfo) {
			return fmt.Sprintf("%v is listed as\n%+v\nbut is\n%+v", number, got.NamespaceInfo, whole.NamespaceInfo)
		}
	}
	return ""
}

// Unique ids come with statmount(2), and are put to a table from mountinfo
// afterwards: both must be the same.
func TestUniqueIDs(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Tmpfs("/mnt/a/b"), nstest.Make("private", "/mnt"), nstest.Make("rprivate", "/mnt/a"),
		nstest.Mkdir("/mnt/c"), nstest.Move("/mnt/a", "/mnt/c"), nstest.Mkdir("/mnt/jail"))
	n := host.Clone(t, nstest.User())
	read := func() map[nsctl.MountID]nsctl.UniqueID {
		s := readings[0].snapshot(t)
		ids, seen := map[nsctl.MountID]nsctl.UniqueID{}, map[nsctl.UniqueID]bool{}
		for _, m := range slices.Concat(namespaceOf(t, s, host.NS()).Mounts, namespaceOf(t, s, n.NS()).Mounts) {
			if m.ID < 1<<31 || seen[m.ID] {
				t.Errorf("mount %d has id %d", m.MntID, m.ID)
			}
			ids[m.MntID], seen[m.ID] = m.ID, true
		}
		return ids
	}
	fromMountinfo := read()
	host.Must(t, nstest.Chroot("/mnt/jail"))
	n.Must(t, nstest.Chroot("/mnt/jail"))
	if byID := read(); !maps.Equal(byID, fromMountinfo) {
		t.Errorf("statmount gives %v, mountinfo and listmount together %v", byID, fromMountinfo)
	}
}

func TestCancelledScan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := New(Options{}).Snapshot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it gives %v, %v", s, err)
	}
	if l, err := New(Options{}).Listing(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it gives %v, %v", l, err)
	}
}
