package sys_test

import (
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

func newPoller(t *testing.T) *sys.Poller {
	t.Helper()
	poller, err := sys.NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(poller.Close)
	return poller
}

// ready waits until exactly these tags are ready; without any, it only looks.
func ready(t *testing.T, poller *sys.Poller, want ...uint64) {
	t.Helper()
	limit := time.Duration(0)
	if len(want) > 0 {
		limit = 30 * time.Second
	}
	var got []uint64
	for deadline := time.Now().Add(limit); len(got) == 0; { // it may return early
		if err := poller.Wait(limit, func(tag uint64) { got = append(got, tag) }); err != nil {
			t.Fatal(err)
		}
		if !time.Now().Before(deadline) {
			break
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("ready are %d, want %d", got, want)
	}
}

func TestPollerOfMountinfo(t *testing.T) {
	host := nstest.Host(t)
	other := host.Clone(t, nstest.Propagation("rprivate"))
	poller := newPoller(t)
	open := func(n *nstest.NS) sys.File {
		f, err := sys.Open(n.Proc("mountinfo"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		return f
	}
	add := func(f sys.File, tag uint64) {
		t.Helper()
		if err := poller.Add(f, sys.Changed, tag); err != nil {
			t.Fatal(err)
		}
	}
	here, there := open(host), open(other)
	add(here, 1<<40|1)
	add(there, 2)
	ready(t, poller)
	host.Must(t, nstest.Mkdir("/mnt/a"), nstest.Tmpfs("/mnt/a"), nstest.Tmpfs("/mnt/a"))
	ready(t, poller, 1<<40|1)
	ready(t, poller) // it is told once, and nothing needs to be read
	host.Must(t, nstest.Umount("/mnt/a"))
	other.Must(t, nstest.Tmpfs("/mnt/b"))
	ready(t, poller, 2, 1<<40|1)

	// What happens before Add is told by nobody, as its documentation says.
	late := open(host)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	ready(t, poller, 1<<40|1)
	add(late, 3)
	ready(t, poller)

	if err := poller.Remove(here); err != nil {
		t.Fatal(err)
	}
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	ready(t, poller, 3)
	if err := poller.Add(here, sys.Changed, math.MaxUint64); !errors.Is(err, unix.EINVAL) {
		t.Errorf("the tag that Wake has: %v, want EINVAL", err)
	}
}

// The kernel wakes those who poll mountinfo for a change of propagation that was made
// with mount_setattr(2), and not for one that was made with mount(2).
func TestPollerOfPropagation(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	f, err := sys.Open(host.Proc("mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	poller := newPoller(t)
	if err := poller.Add(f, sys.Changed, 1); err != nil {
		t.Fatal(err)
	}
	host.Must(t, nstest.Make("private", "/mnt/a"))
	ready(t, poller)
	host.Must(t, nstest.MakeBySetattr("shared", "/mnt/a"))
	ready(t, poller, 1)
}

func TestPollerOfAProcess(t *testing.T) {
	host := nstest.Host(t)
	child := host.Fork(t)
	f, err := sys.OpenProcess(child.PID())
	need(t, err)
	defer f.Close()
	poller := newPoller(t)
	if err := poller.Add(f, sys.Readable, 1); err != nil {
		t.Fatal(err)
	}
	ready(t, poller)
	child.Exit(t)
	ready(t, poller, 1)
	ready(t, poller, 1) // as long as nobody removes it
	if _, err := sys.OpenProcess(child.PID()); !errors.Is(err, unix.ESRCH) || !sys.Gone(err) {
		t.Errorf("a process that ended: %v, want ESRCH", err)
	}
}

func TestPollerWake(t *testing.T) {
	poller, err := sys.NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	woken := make(chan error)
	go func() {
		woken <- poller.Wait(sys.Forever, func(tag uint64) { t.Errorf("tag %d", tag) })
	}()
	poller.Wake()
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := poller.Wait(20*time.Millisecond, func(uint64) {}); err != nil {
		t.Fatal(err)
	}
	if passed := time.Since(start); passed > 10*time.Second {
		t.Errorf("waited %v", passed)
	}
	poller.Close()
	// The number of its descriptor is another file's now, to which Wake must not write.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	poller.Wake()
	poller.Close()
	if _, err := w.WriteString("whole"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var text [64]byte
	if n, err := r.Read(text[:]); err != nil || string(text[:n]) != "whole" {
		t.Errorf("read %q, %v", text[:n], err)
	}
}
