package watch

import (
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// A namespace that was met when the kernel did not tell its id is the same one when it does.
func TestNamespaceWhoseIDIsToldLater(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	w := stepwise(t)
	i := slices.IndexFunc(w.state.spaces, func(s *space) bool { return s.info.NS == host.NS() })
	s := w.state.spaces[i]
	id := s.info.NSID
	delete(w.state.byID, id)
	s.info.NSID = 0
	w.state.forgetIDs(s) // nor those of its mounts
	host.Must(t, nstest.Mkdir("/mnt/b"), nstest.Tmpfs("/mnt/b"))
	w.meetAgain(id)
	w.stepUntil(at(nsctl.EventMount, host, "/mnt/b"))
	host.Must(t, nstest.Umount("/mnt/a"))
	w.stepUntil(at(nsctl.EventUmount, host, "/mnt/a"))
	for _, e := range w.events {
		if e.NS == host.NS() && (e.Kind == nsctl.EventNamespaceCreated || e.Kind == nsctl.EventNamespaceGone) {
			t.Errorf("it was taken for another: %s", describe([]nsctl.Event{e}))
		}
	}
	if w.state.byID[id] != s || s.info.Kind == "" {
		t.Errorf("it is not known by its id: %+v", s.info)
	}
}

// meetAgain welcomes a namespace as if a walk had seen it for the first time.
func (s *stepped) meetAgain(id nsctl.NSID) {
	s.t.Helper()
	err := discover.Walk(func(file sys.NamespaceFile, other nsctl.NSID) bool {
		if other != id {
			return false
		}
		number, err := file.Number()
		if err != nil {
			s.t.Fatal(err)
		}
		s.welcome(namespaceFile{NamespaceFile: file, id: id, number: nsctl.NSNumber(number), pids: discover.Members()[nsctl.NSNumber(number)]})
		return true
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// A new namespace that a scan meets before a walk does is heard by fanotify a moment later,
// and not polled as well: a table that poll makes the watch read has no unique ids.
func TestNewNamespacesAreNotPolled(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	w := stepwise(t)
	newcomer := host.Clone(t)
	scan, err := discover.New(discover.Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := newFound()
	w.merge(scan, w.clock.Load(), f)
	w.peekEverywhere(f)
	i := slices.IndexFunc(w.state.spaces, func(s *space) bool { return s.info.NS == newcomer.NS() })
	if i < 0 || w.peeks.bySpace[w.state.spaces[i]] != nil {
		t.Errorf("it is the %d. that is known, and polled", i)
	}
}
