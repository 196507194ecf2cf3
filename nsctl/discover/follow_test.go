package discover

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// following runs Follow in the background and gives out what it delivers. The channel
// holds the newest update only, as the explorer does.
func following(t *testing.T, s *Scanner) <-chan Update {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	updates := make(chan Update, 1)
	var wait sync.WaitGroup
	wait.Go(func() {
		err := s.Follow(ctx, func(u Update) {
			select {
			case <-updates:
			default:
			}
			updates <- u
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wait.Wait()
	})
	return updates
}

// await takes updates until one is as wanted.
func await(t *testing.T, updates <-chan Update, what string, wanted func(Update) bool) Update {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case u := <-updates:
			if u.Snapshot == nil {
				t.Fatal("an update without a snapshot")
			}
			if wanted(u) {
				return u
			}
		case <-timeout:
			t.Fatalf("no update came in which %s", what)
		}
	}
}

func hasMountAt(s *nsctl.Snapshot, ns nsctl.NSNumber, path string) bool {
	for _, n := range s.Namespaces {
		for _, m := range n.Mounts {
			if n.NS == ns && m.Mountpoint == path {
				return true
			}
		}
	}
	return false
}

func TestFollowSeesChanges(t *testing.T) {
	host := nstest.Host(t)
	s := New(Options{})
	updates := following(t, s)
	first := await(t, updates, "the first scan is complete", func(u Update) bool { return u.Read == u.Total && u.Total > 0 })
	if hasMountAt(first.Snapshot, host.NS(), "/mnt/new") {
		t.Fatal("the mount is there before it is made")
	}
	host.Must(t, nstest.Mkdir("/mnt/new"), nstest.Tmpfs("/mnt/new"))
	s.Rescan()
	second := await(t, updates, "the new mount appears", func(u Update) bool {
		return hasMountAt(u.Snapshot, host.NS(), "/mnt/new")
	})
	// What did not change is shared with the snapshot before.
	for i := range first.Snapshot.Namespaces {
		a := &first.Snapshot.Namespaces[i]
		for j := range second.Snapshot.Namespaces {
			b := &second.Snapshot.Namespaces[j]
			if a.NS == b.NS && a.NS != host.NS() && len(a.Mounts) > 0 && sameMounts(a.Mounts, b.Mounts) && &a.Mounts[0] != &b.Mounts[0] {
				t.Errorf("the unchanged mounts of %v are held twice", a.NS)
			}
		}
	}
	host.Exit(t)
	s.Rescan()
	await(t, updates, "the namespace is gone", func(u Update) bool {
		for _, n := range u.Snapshot.Namespaces {
			if n.NS == host.NS() {
				return false
			}
		}
		return true
	})
}

func sameMounts(a, b []nsctl.Mount) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestSameStateLooksAtEverything(t *testing.T) {
	uid := func(n uint32) *uint32 { return &n }
	state := func() *nsctl.Snapshot {
		return &nsctl.Snapshot{
			Taken: time.Now(),
			Namespaces: []nsctl.Namespace{{
				NamespaceInfo: nsctl.NamespaceInfo{
					NS: 1, NSID: 1, Kind: nsctl.KindContainer, Name: "a", OwnerUserNS: 1, OwnerUID: uid(0), ProcessCount: 1,
					Container: &nsctl.Container{Manager: "m"},
					Processes: []nsctl.Process{{PID: 1}}, HeldBy: []nsctl.Holder{{PID: 1}},
				},
				Mounts: []nsctl.Mount{{MntID: 1}},
			}},
			Gaps: []nsctl.Gap{{PID: 1}},
		}
	}
	if !sameState(state(), state()) {
		t.Fatal("equal states are taken for different")
	}
	for name, change := range map[string]func(s *nsctl.Snapshot, ns *nsctl.Namespace){
		"number":    func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.NS = 2 },
		"id":        func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.NSID = 2 },
		"kind":      func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Kind = nsctl.KindOther },
		"name":      func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Name = "b" },
		"container": func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Container = nil },
		"manager":   func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Container = &nsctl.Container{Manager: "n"} },
		"owner":     func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.OwnerUserNS = 2 },
		"uid":       func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.OwnerUID = uid(1) },
		"no uid":    func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.OwnerUID = nil },
		"count":     func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.ProcessCount = 2 },
		"process":   func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Processes[0].Comm = "x" },
		"holder":    func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.HeldBy = nil },
		"mount":     func(_ *nsctl.Snapshot, ns *nsctl.Namespace) { ns.Mounts[0].Propagation.Shared = 1 },
		"namespace": func(s *nsctl.Snapshot, _ *nsctl.Namespace) { s.Namespaces = nil },
		"gap":       func(s *nsctl.Snapshot, _ *nsctl.Namespace) { s.Gaps = nil },
	} {
		t.Run(name, func(t *testing.T) {
			changed := state()
			change(changed, &changed.Namespaces[0])
			if sameState(state(), changed) {
				t.Error("the change goes unnoticed")
			}
		})
	}
}

// What was delivered must not change any more while the scan goes on: the explorer
// reads it. The race detector sees it if it does, and so does a comparison.
func TestPartialResultsStayAsTheyAre(t *testing.T) {
	host := nstest.Host(t)
	propagateFrom(t, host) // which is put in last where the kernel was not asked
	statmount := reading{name: "statmount", scan: func() *Scanner {
		s := New(Options{})
		s.features.mountinfo = false
		return s
	}}
	for _, r := range append(slices.Clone(readings), statmount) {
		t.Run(r.name, func(t *testing.T) {
			type kept struct {
				snapshot *nsctl.Snapshot
				text     string
			}
			var all []kept
			var reading sync.WaitGroup
			s := r.scan()
			s.every = 0
			_, err := s.snapshot(t.Context(), func(u Update) {
				all = append(all, kept{u.Snapshot, encoded(t, u.Snapshot)})
				reading.Go(func() { encoded(t, u.Snapshot) })
			})
			if err != nil {
				t.Fatal(err)
			}
			reading.Wait()
			if len(all) == 0 {
				t.Fatal("nothing was delivered")
			}
			for i, k := range all {
				if got := encoded(t, k.snapshot); got != k.text {
					t.Errorf("delivered result %d has changed:\n%s\nbefore:\n%s", i, got, k.text)
				}
			}
		})
	}
}

func encoded(t *testing.T, s *nsctl.Snapshot) string {
	t.Helper()
	var b strings.Builder
	if err := s.Encode(&b); err != nil {
		t.Error(err)
	}
	return b.String()
}
