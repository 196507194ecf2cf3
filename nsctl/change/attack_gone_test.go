package change_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// The namespace ends between preview and apply.
func TestNamespaceIsGone(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t, nstest.Propagation("rprivate"))
	c := change.New(change.Options{Journal: t.TempDir()})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	op, err := nsctl.ParseOpLine("mount --make-shared " + nstest.Scratch)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(t.Context(), change.Request{Op: op, NS: fmt.Sprint(n.PID())})
	if err != nil || p.Blocked != nil {
		t.Fatal(err, p.Blocked)
	}
	n.Exit(t)
	if _, err := c.Apply(t.Context(), p); err == nil || !strings.Contains(err.Error(), "the namespace is gone") {
		t.Errorf("the error is %v", err)
	}
}

// The pid that led to the namespace belongs to a process in another one now: that is never
// changed.
func TestPIDIsReused(t *testing.T) {
	host := nstest.Host(t)
	n, other := bare(t, host), bare(t, host)
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	p := s.plan(t, "n0", "mount --make-shared /")
	s.spaces[0].info.Processes = []nsctl.Process{{PID: other.PID()}}
	s.spaces[0].info.HeldBy = nil
	_, err := s.Apply(t.Context(), p)
	if m := other.Mounts(t); m[0].Propagation.Shared != 0 {
		t.Error("the wrong namespace was changed")
	}
	// Where the kernel opens namespaces by their ids (Linux 6.18), it was the right one.
	if done := n.Mounts(t)[0].Propagation.Shared != 0; done != (err == nil) {
		t.Errorf("done: %v, the error is %v", done, err)
	}
	if err != nil && !strings.Contains(err.Error(), "the mount namespace is gone") {
		t.Errorf("the error is %v", err)
	}
}

// A namespace ends just while something is done in it: it is done, or there is an error, soon.
func TestNamespaceEndsMeanwhile(t *testing.T) {
	host := nstest.Host(t)
	stays := bare(t, host)
	stays.Must(t, nstest.Make("rshared", "/"))
	done, failed := 0, 0
	for range 60 {
		n := stays.Thread(t)
		s := newScene(t, change.Options{Journal: t.TempDir()}, stays, n)
		p := s.plan(t, "n1", "mount -t tmpfs x /a")
		var end sync.WaitGroup
		end.Go(func() { n.Exit(t) })
		_, err := s.Apply(t.Context(), p)
		var unverified *change.Unverified
		if err == nil || errors.As(err, &unverified) {
			done++
		} else {
			failed++
		}
		end.Wait()
		copies := stays.Mounts(t)[1:]
		if err == nil && len(copies) != 1 {
			t.Fatalf("there is no error, and %d mounts of it", len(copies))
		}
		for _, m := range copies {
			if err != nil && unverified == nil {
				t.Fatalf("%s is mounted, and the error is %v", m.Mountpoint, err)
			}
			stays.Must(t, nstest.Umount(m.Mountpoint))
		}
	}
	t.Logf("done %d times, failed %d times", done, failed)
}
