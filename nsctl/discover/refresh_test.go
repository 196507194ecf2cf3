package discover_test

import (
	"reflect"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
)

// Reading the tables again gives what a whole scan gives, and notices namespaces that
// have come or gone.
func TestRefresh(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t, nstest.User())
	host.Must(t, nstest.Make("private", "/mnt"), nstest.Tmpfs("/mnt/a"), nstest.Tmpfs("/mnt/a/\xffb"), nstest.Tmpfs("/mnt/e"), nstest.Mkdir("/mnt/d"))
	scanner := discover.New(discover.Options{})
	for try := 0; ; try++ { // others make namespaces, too
		before, err := scanner.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		host.Must(t, nstest.Tmpfs("/mnt/c"), nstest.Move("/mnt/a", "/mnt/d"), nstest.Make("slave", "/mnt/e"), nstest.ReadOnly("/mnt/e"))
		fresh, ok, err := discover.Refresh(t.Context(), before, nil)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := scanner.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		host.Must(t, nstest.Umount("/mnt/c"), nstest.Move("/mnt/d", "/mnt/a"), nstest.Make("shared", "/mnt/e"))
		if !ok && try < 20 {
			continue
		}
		if !ok {
			t.Fatal("it never worked")
		}
		for _, pid := range []int{host.PID(), n.PID()} {
			if a, b := tableOf(t, fresh, pid), tableOf(t, whole, pid); !reflect.DeepEqual(a, b) {
				t.Errorf("the tables of %d differ:\n%+v\n%+v", pid, a, b)
			}
		}
		break
	}
	before, err := scanner.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host.Clone(t)
	if _, ok, err := discover.Refresh(t.Context(), before, nil); ok || err != nil {
		t.Errorf("a new namespace was not noticed: %v", err)
	}
}

func tableOf(t *testing.T, s *nsctl.Snapshot, pid int) []nsctl.Mount {
	t.Helper()
	for i := range s.Namespaces {
		for _, p := range s.Namespaces[i].Processes {
			if p.PID == pid {
				return s.Namespaces[i].Mounts
			}
		}
	}
	t.Fatalf("process %d is nowhere", pid)
	return nil
}
