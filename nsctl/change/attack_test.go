package change_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// two gives a namespace with a mount that is meant, on /a, and one that is not, on /b.
func two(t *testing.T) (*scene, *nstest.NS) {
	t.Helper()
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/b"), nstest.Make("shared", "/a"), nstest.Make("shared", "/b"))
	return newScene(t, change.Options{Journal: t.TempDir()}, n), n
}

// wantChanged applies a plan that does not hold any more: nothing may happen.
func wantChanged(t *testing.T, s *scene, p *change.Plan, words ...string) *change.Plan {
	t.Helper()
	before := canonical(s.now(t))
	r, err := s.Apply(t.Context(), p)
	var changed *change.Changed
	if !errors.As(err, &changed) {
		t.Fatalf("the result is %v, the error %v", r, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
	if is := canonical(s.now(t)); is != before {
		t.Errorf("something was changed:\n%s", different(before, is))
	}
	return changed.Plan
}

// A symbolic link is swapped between preview and apply: the mount it leads to now is not
// touched, and a new plan says what would happen to that.
func TestLinkIsSwapped(t *testing.T) {
	s, n := two(t)
	for _, op := range []string{"mount --make-private /link", "umount -l /link", "mount -t tmpfs x /link/b", "mount --bind /link /link", "mount --move /link /b/x"} {
		n.Must(t, nstest.Mkdir("/a/b"), nstest.Mkdir("/b/b"), nstest.Mkdir("/b/x"), nstest.Symlink("/a", "/link"))
		p := s.plan(t, "n0", op)
		if p.Blocked != nil {
			t.Fatal(p.Blocked)
		}
		n.Must(t, nstest.Remove("/link"), nstest.Symlink("/b", "/link"))
		if fresh := wantChanged(t, s, p, "nothing was done"); op[:6] == "umount" && fresh.Prediction.Effects[0].Mount.Mountpoint != "/b" {
			t.Errorf("the new plan is about %s", fresh.Prediction.Effects[0].Mount.Mountpoint)
		}
		n.Must(t, nstest.Remove("/link"))
	}
}

// A link is swapped all the time while operations are done through it: the mount that was
// not meant is never changed.
func TestLinkIsSwappedAllTheTime(t *testing.T) {
	s, n := two(t)
	link := n.Path("/link")
	if err := os.Symlink("/a", link); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var swapper sync.WaitGroup
	swapper.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			_ = os.Symlink([]string{"/b", "/a"}[i%2], link+".new")
			_ = os.Rename(link+".new", link)
		}
	})
	defer func() { close(stop); swapper.Wait() }()
	done, refused := 0, 0
	for range 150 {
		op := nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/link"}
		p, err := s.Plan(t.Context(), change.Request{Op: op, NS: "n0"})
		if err != nil || p.Blocked != nil || len(p.Prediction.Effects) == 0 {
			continue
		}
		meant := p.Prediction.Effects[0].Mount.Mountpoint
		other := map[string]string{"/a": "/b", "/b": "/a"}[meant]
		if _, err := s.Apply(t.Context(), p); err != nil {
			refused++
		} else {
			done++
			n.Must(t, nstest.Make("shared", meant))
		}
		for _, m := range n.Mounts(t) {
			if m.Mountpoint == other && m.Propagation.Shared == 0 {
				t.Fatalf("%s was meant, and %s was changed", meant, other)
			}
		}
	}
	t.Logf("done %d times, refused %d times", done, refused)
}

// The mount at the path is replaced by another one, which gets the same number in mountinfo.
func TestMountIsReplaced(t *testing.T) {
	s, n := two(t)
	for _, op := range []string{"mount --make-private /a", "umount /a"} {
		p := s.plan(t, "n0", op)
		n.Must(t, nstest.Umount("/a"), nstest.Tmpfs("/a"), nstest.Make("shared", "/a"))
		wantChanged(t, s, p)
	}
}

// A mount appears on top of the one that was meant.
func TestMountIsCovered(t *testing.T) {
	s, n := two(t)
	p := s.plan(t, "n0", "umount /a")
	n.Must(t, nstest.Tmpfs("/a"))
	wantChanged(t, s, p)
}

// A copy that would be made has got a new receiver: what is shown is not all any more.
func TestReceiverAppears(t *testing.T) {
	s, n := two(t)
	n.Must(t, nstest.Mkdir("/a/x"))
	p := s.plan(t, "n0", "mount -t tmpfs x /a/x")
	n.Must(t, nstest.Mkdir("/peer"), nstest.Bind("/a", "/peer"))
	if fresh := wantChanged(t, s, p); len(fresh.Prediction.Effects) != 2 {
		t.Errorf("the new plan has %d effects, want 2", len(fresh.Prediction.Effects))
	}
}

// Names that want to write to the terminal, and are no text, come through the journal and
// back.
func TestHostileNames(t *testing.T) {
	s, n := two(t)
	for _, name := range []string{"/a/\x1b[2J", "/a/\xff\xfe", "/a/new\nline", "/a/\u202egnp.exe", "/a/ ' \" $(x) \\", "/a/-o", "/a/" + strings.Repeat("n", 255), "/a/x (deleted)", "/a/y//deleted"} {
		n.Must(t, nstest.Mkdir(name))
		before := canonical(s.now(t))
		op := nsctl.Op{Kind: nsctl.OpMount, FSType: "tmpfs", Source: name, Target: name}
		for _, op := range []nsctl.Op{op, {Kind: nsctl.OpMake, Type: nsctl.Private, Target: name}, {Kind: nsctl.OpBind, Source: name, Target: name}} {
			p, err := s.Plan(t.Context(), change.Request{Op: op, NS: "n0"})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Apply(t.Context(), p)
			if err != nil || len(r.Surprises) > 0 {
				t.Fatalf("%q: %v %+v", op, err, r)
			}
		}
		for range 3 {
			s.takeBack(t)
		}
		if is := canonical(s.now(t)); is != before {
			t.Errorf("%q came not back:\n%s", name, different(before, is))
		}
	}
}

// takeBack takes the last operation back, without a loss.
func (s *scene) takeBack(t *testing.T) {
	t.Helper()
	u, err := s.PlanUndo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if u.Blocked != nil || len(u.Losses) > 0 {
		t.Fatalf("undo of %s: %v %q", u.Entry.Op, u.Blocked, u.Losses)
	}
	done, err := s.ApplyUndo(t.Context(), u)
	if err != nil || len(done.Differences) > 0 {
		t.Fatalf("undo of %s: %v %q", u.Entry.Op, err, done.Differences)
	}
}

// Links of /proc lead wherever a process wants: they are not followed.
func TestLinksOfProc(t *testing.T) {
	n := nstest.Host(t).Clone(t, nstest.Propagation("rprivate"))
	s := newScene(t, change.Options{}, n)
	p := s.plan(t, "n0", fmt.Sprintf("mount --make-shared /proc/%d/root/mnt", n.PID()))
	if p.Blocked == nil || !strings.Contains(p.Blocked.Error(), "/proc") {
		t.Errorf("the plan is blocked by %v, prediction %+v", p.Blocked, p.Prediction.Outcome)
	}
}
