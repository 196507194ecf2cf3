package discover

import (
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
)

func TestLocks(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/old"), nstest.Tmpfs("/mnt/covered"))
	less := host.Clone(t, nstest.User())
	host.Must(t, nstest.Tmpfs("/mnt/later"), nstest.Tmpfs("/mnt/old/inside"))
	less.Must(t, nstest.Tmpfs("/mnt/own"), nstest.Tmpfs("/mnt/covered"))

	s := readings[0].snapshot(t)
	l := NewLooker(graph.New(s))
	var refs []graph.Ref
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			if s.Namespaces[i].NS == less.NS() {
				refs = append(refs, graph.Ref{NS: i, Mount: j})
			}
		}
	}
	known, answers, failed := l.Locks(refs)
	if os.Geteuid() != 0 { // nobody else enters a namespace of another user namespace
		if answers != 0 || len(failed) != 1 {
			t.Errorf("got %d answers, errors %v", answers, failed)
		}
		return
	}
	if len(failed) != 0 {
		t.Error(failed)
	}
	got := map[string]nsctl.LockState{}
	for _, r := range refs {
		m := &known.Namespaces[r.NS].Mounts[r.Mount]
		if s.Namespaces[r.NS].Mounts[r.Mount].Locked != nsctl.LockUnknown {
			t.Error("the snapshot itself was changed")
		}
		if m.Locked == nsctl.LockUnknown {
			continue
		}
		answers--
		got[m.Mountpoint] = m.Locked
		if m.HiddenBy != 0 {
			t.Errorf("%s is hidden, and was asked about", m.Mountpoint)
		}
	}
	if answers != 0 {
		t.Errorf("%d more answers than said", answers)
	}
	for path, want := range map[string]nsctl.LockState{
		"/mnt": nsctl.Locked, "/mnt/old": nsctl.Locked, // came with the namespace
		"/mnt/later": nsctl.Unlocked, "/mnt/old/inside": nsctl.Unlocked, // the tops of what came later
		"/mnt/own": nsctl.Unlocked, "/mnt/covered": nsctl.Unlocked, // the upper one
	} {
		if got[path] != want {
			t.Errorf("%s: got %d, want %d", path, got[path], want)
		}
	}
	if after := readings[0].snapshot(t); countOf(after, less.NS()) != countOf(s, less.NS()) {
		t.Error("asking changed the namespace")
	}
}

func countOf(s *nsctl.Snapshot, number nsctl.NSNumber) int {
	for i := range s.Namespaces {
		if s.Namespaces[i].NS == number {
			return len(s.Namespaces[i].Mounts)
		}
	}
	return -1
}
