package change_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// wantRefused plans and applies an operation, which must be refused with all of these words,
// and change nothing.
func wantRefused(t *testing.T, s *scene, ns, op string, words ...string) {
	t.Helper()
	before := canonical(s.now(t))
	_, err := s.Apply(t.Context(), s.plan(t, ns, op))
	if err == nil {
		t.Fatalf("%s was done", op)
	}
	for _, word := range append(words, op) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
	if is := canonical(s.now(t)); is != before {
		t.Errorf("something was changed:\n%s", different(before, is))
	}
}

// What is busy is said with who uses it: a few of them, and how many there are beside.
func TestBusyWithMany(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/b"), nstest.Touch("/b/\x1bf"))
	s := newScene(t, change.Options{}, n)
	var first *nstest.NS
	for range 5 {
		user := n.Fork(t)
		user.Open(t, "/b/\x1bf")
		if first == nil || user.PID() < first.PID() {
			first = user
		}
	}
	wantRefused(t, s, "n0", "umount /b", "EBUSY", fmt.Sprintf("(pid %d, fd ", first.PID()), `/b/\x1bf`, ", and 2 more", "mntscope holders 0:")
}

// Who uses only the copy of a mount in another namespace keeps it busy, too.
func TestBusyElsewhere(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Make("shared", "/"), nstest.Tmpfs("/b"))
	other := n.Clone(t)
	other.Must(t, nstest.Chdir("/b"))
	s := newScene(t, change.Options{}, n, other)
	wantRefused(t, s, "n0", "umount /b", "EBUSY", fmt.Sprintf("(pid %d, cwd ", other.PID()))
	// What may be seen of the holders is not always all.
	s = newScene(t, change.Options{Holders: func(context.Context, *nsctl.Snapshot, nsctl.Dev) (*nsctl.FilesystemHolders, error) {
		return &nsctl.FilesystemHolders{Gaps: []nsctl.Gap{{PID: 1, Message: "what 1 uses may not be looked at"}}}, nil
	}}, n, other)
	wantRefused(t, s, "n0", "umount /b", "EBUSY", "by what may not be looked at: what 1 uses may not be looked at")
}

// fill fills a namespace with mounts up to the limit: trees of private mounts that are bound
// on themselves, side by side. (The table of mounts on top of each other would take the
// kernel minutes to show.)
func fill(t *testing.T, n *nstest.NS, limit int) {
	t.Helper()
	n.Must(t, nstest.Tmpfs("/a"), nstest.Make("private", "/a"), nstest.Tmpfs("/full"), nstest.Make("private", "/full"))
	left := limit - len(n.Mounts(t)) - 1 // the one below "/"
	trees := 0
	for size := 1; size <= left; size *= 2 { // the one on /a/3 is one of 4 mounts
		trees++
		n.Must(t, nstest.Rbind("/a", fmt.Sprintf("/a/%d", trees)))
		left -= size
	}
	for ; trees > 0; trees-- {
		if size := 1 << (trees - 1); left >= size {
			n.Must(t, nstest.Rbind(fmt.Sprintf("/a/%d", trees), fmt.Sprintf("/full/%d", trees)))
			left -= size
		}
	}
}

// A namespace that holds as many mounts as the kernel allows says which one is full: also
// where only a copy would go there, and where only the kernel knows.
func TestNoSpace(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Make("shared", "/"), nstest.Tmpfs("/b"))
	full := n.Thread(t)
	s := newScene(t, change.Options{}, n, full)
	if s.kernel.MountMax > 100_000 {
		t.Skipf("fs.mount-max is %d here", s.kernel.MountMax)
	}
	fill(t, full, s.kernel.MountMax)
	wantRefused(t, s, "n1", "mount --rbind /a/2 /b", "ENOSPC", fmt.Sprintf("%v would hold more than %d mounts (fs.mount-max)", full.NS(), s.kernel.MountMax), "sysctl fs.mount-max")
	wantRefused(t, s, "n0", "mount -t tmpfs x /b", "ENOSPC", fmt.Sprintf("%v would hold more than", full.NS()))
	s = newScene(t, change.Options{}, n) // as where the full one may not be looked at
	wantRefused(t, s, "n0", "mount -t tmpfs x /b", "ENOSPC", "a namespace that may not be looked at would hold more than")
}

// What is locked in a namespace of another owner stays, with the reason.
func TestLocked(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a"))
	less := n.Clone(t, nstest.User())
	s := newScene(t, change.Options{}, n, less)
	wantRefused(t, s, "n1", "umount /a", "EINVAL", "/a is locked", "would reveal what it covers")
	wantRefused(t, s, "n1", "umount -l /a", "EINVAL", "/a is locked")
	wantRefused(t, s, "n1", "mount --move /a /b", "EINVAL", "/a is locked")
}

// Without privilege the kernel's EPERM comes with who may.
func TestNotPermitted(t *testing.T) {
	n := bare(t, nstest.Host(t))
	s := newScene(t, change.Options{}, n.Clone(t, nstest.User()))
	wantRefused(t, s, "n0", "mount -t ext4 /f /b", "EPERM", "ext4 can be mounted only by root of the first user namespace", "is owned by user:[")
	if os.Geteuid() == 0 {
		return
	}
	c := change.New(change.Options{})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, line := range []string{"mount --make-private /", "mount -t tmpfs x /"} {
		op, err := nsctl.ParseOpLine(line)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(t.Context(), change.Request{Op: op})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.Apply(t.Context(), p); err == nil {
			t.Fatalf("%s was done", line)
		}
		for _, word := range []string{"EPERM", "CAP_SYS_ADMIN", "try as root"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("the error does not say %q: %v", word, err)
			}
		}
	}
}

// A container with very many mounts holds nobody up for long: what is done in it, and taken
// back, is that, or says what it is not. (With as many as the kernel allows, 100,000, all of
// this takes 40 s.)
func TestManyMounts(t *testing.T) {
	n := bare(t, nstest.Host(t))
	full := n.Thread(t)
	s := newScene(t, change.Options{Journal: t.TempDir()}, n, full)
	fill(t, full, 20_000)
	start := time.Now()
	lap := func(what string) {
		t.Helper()
		took := time.Since(start)
		t.Logf("%s took %.1f s", what, took.Seconds())
		if took > time.Minute {
			t.Errorf("%s took %v", what, took)
		}
		start = time.Now()
	}
	s.apply(t, "n0", "mount -t tmpfs x /b")
	s.takeBack(t)
	lap("an operation beside it, and undo")
	before := canonical(s.now(t))
	s.apply(t, "n1", "mount --make-rshared /full")
	lap("make-rshared of many in it")
	s.takeBack(t)
	if is := canonical(s.now(t)); is != before {
		t.Error("it did not come back")
	}
	lap("undo of that")
	s.apply(t, "n1", "umount -l /full")
	u, err := s.PlanUndo(t.Context())
	if err != nil || u.Blocked != nil {
		t.Fatal(err, u.Blocked)
	}
	if last := u.Losses[len(u.Losses)-1]; len(u.Losses) > 1000 || !strings.Contains(last, "are not mounted again one by one") {
		t.Errorf("%d losses, the last is %s", len(u.Losses), last)
	}
	if done, err := s.ApplyUndo(t.Context(), u); err != nil || len(done.Differences) > 0 {
		t.Errorf("%v %+v", err, done)
	}
	lap("umount of many in it, and undo")
}
