package discover

import (
	"os"
	"reflect"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// Reading the tables again gives what a whole scan gives, also of namespaces that have come
// or gone meanwhile.
func TestRefresh(t *testing.T) {
	for _, way := range []struct {
		name string
		scan func() *Scanner
	}{
		{"by ids", func() *Scanner { return New(Options{}) }},
		{"by the processes", func() *Scanner {
			s := New(Options{})
			s.features.walk, s.features.statmount = false, false
			return s
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			host := nstest.Host(t)
			n := host.Clone(t, nstest.User())
			host.Must(t, nstest.Make("private", "/mnt"), nstest.Tmpfs("/mnt/a"), nstest.Tmpfs("/mnt/a/\xffb"), nstest.Tmpfs("/mnt/e"), nstest.Mkdir("/mnt/d"))
			scanner := way.scan()
			read := func() *nsctl.Snapshot {
				s, err := scanner.Snapshot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			for try := 0; ; try++ { // a namespace of others is held by a file only
				ends := host.Clone(t)
				before := read()
				host.Must(t, nstest.Tmpfs("/mnt/c"), nstest.Move("/mnt/a", "/mnt/d"), nstest.Make("slave", "/mnt/e"), nstest.ReadOnly("/mnt/e"))
				ends.Exit(t)
				comes := host.Clone(t, nstest.Propagation("rslave"))
				fresh, ok, err := scanner.Refresh(t.Context(), before, nil)
				if err != nil {
					t.Fatal(err)
				}
				whole := read()
				tables, okTables, err := scanner.Tables(t.Context(), before, nil)
				if err != nil {
					t.Fatal(err)
				}
				host.Must(t, nstest.Umount("/mnt/c"), nstest.Move("/mnt/d", "/mnt/a"), nstest.Make("shared", "/mnt/e"))
				if (!ok || !okTables) && try < 20 {
					continue
				}
				if !ok || !okTables {
					t.Fatal("it never worked")
				}
				compareSpaces(t, fresh, whole, host.PID(), n.PID(), comes.PID())
				compareSpaces(t, tables, whole, host.PID(), n.PID())
				for _, s := range []*nsctl.Snapshot{fresh, tables} {
					if spaceOf(s, ends.PID()) != nil {
						t.Error("the namespace that has ended is still there")
					}
				}
				if spaceOf(tables, comes.PID()) != nil {
					t.Error("the namespace that has come is there, where only those before were asked for")
				}
				if !slices.IsSortedFunc(fresh.Namespaces, func(a, b nsctl.Namespace) int { return int(min(a.NS, 1)*min(b.NS, 1)) * int(a.NS-b.NS) }) {
					t.Error("the namespaces are not in the order of a scan")
				}
				break
			}
		})
	}
}

// A namespace that nothing but a file keeps alive, and what a mount of one leads to, is for
// a whole scan to find.
func TestRefreshGivesUp(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root is told of namespaces that no process is in")
	}
	host := nstest.Host(t)
	scanner := New(Options{})
	before, err := scanner.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held := host.HoldByFD(t, nstest.Propagation("rslave"))
	if _, ok, err := scanner.Refresh(t.Context(), before, nil); ok || err != nil {
		t.Errorf("%v without a process was not left to a scan: %v", held.NS, err)
	}
}

func compareSpaces(t *testing.T, fresh, whole *nsctl.Snapshot, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		a, b := spaceOf(fresh, pid), spaceOf(whole, pid)
		if a == nil || b == nil {
			t.Errorf("process %d is nowhere: %v %v", pid, a, b)
		} else if !reflect.DeepEqual(a, b) {
			t.Errorf("the namespaces of %d differ:\n%+v\n%+v", pid, a, b)
		}
	}
}

// spaceOf gives the namespace of a process, nil if there is none.
func spaceOf(s *nsctl.Snapshot, pid int) *nsctl.Namespace {
	for i := range s.Namespaces {
		if slices.ContainsFunc(s.Namespaces[i].Processes, func(p nsctl.Process) bool { return p.PID == pid }) {
			return &s.Namespaces[i]
		}
	}
	return nil
}
