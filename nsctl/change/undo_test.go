package change_test

import (
	"errors"
	"strings"
	"testing"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// What somebody has mounted since in what is to be taken back is not taken away with it.
func TestUndoSparesOthers(t *testing.T) {
	n := bare(t, nstest.Host(t))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	s.apply(t, "n0", "mount -t tmpfs x /a")
	n.Must(t, nstest.Tmpfs("/a/theirs"))
	u, err := s.PlanUndo(t.Context())
	if err != nil || len(u.Steps) > 0 || len(u.Losses) == 0 || !strings.Contains(strings.Join(u.Losses, "\n"), "would take away what was there before") {
		t.Fatalf("%v: %s, losses %q", err, stepsOf(u), u.Losses)
	}
	n.Must(t, nstest.Umount("/a/theirs"))
	s.takeBack(t)
	if _, err := s.PlanUndo(t.Context()); !errors.Is(err, change.ErrNothingToUndo) {
		t.Errorf("the error is %v", err)
	}
}

// A plan to take something back that does not hold any more is not begun.
func TestUndoThatChanged(t *testing.T) {
	n := bare(t, nstest.Host(t))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n, n.Thread(t))
	n.Must(t, nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Bind("/a", "/b"))
	s.apply(t, "n0", "mount --make-private /a")
	u, err := s.PlanUndo(t.Context())
	if err != nil || len(u.Losses) > 0 {
		t.Fatal(err, u.Losses)
	}
	n.Must(t, nstest.Make("private", "/b")) // the group is gone
	before := canonical(s.now(t))
	_, err = s.ApplyUndo(t.Context(), u)
	var changed *change.UndoChanged
	if !errors.As(err, &changed) {
		t.Fatalf("the error is %v", err)
	}
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
	if steps := stepsOf(changed.Undo); !strings.HasSuffix(steps, "mount --make-shared /a") {
		t.Errorf("the new plan is %s", steps)
	}
}

// What cannot be brought back is said beforehand.
func TestUndoSaysWhatIsLost(t *testing.T) {
	n := bare(t, nstest.Host(t))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	n.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/b"))
	s.apply(t, "n0", "umount /a")
	u, err := s.PlanUndo(t.Context())
	if err != nil || len(u.Steps) > 0 || len(u.Losses) != 2 || !strings.Contains(u.Losses[0], "/a in mnt:[") || !strings.Contains(u.Losses[0], "is not mounted again") || !strings.Contains(u.Losses[1], "was unmounted for good") {
		t.Fatalf("%v: %s, losses %q", err, stepsOf(u), u.Losses)
	}
	// With the same filesystem mounted elsewhere, it is bound from there.
	s.apply(t, "n0", "mount --bind /b /a")
	s.apply(t, "n0", "umount /a")
	s.takeBack(t)
	if got := types(n.Mounts(t)); got["/a"] != "private" {
		t.Errorf("the mounts are %v", got)
	}
}

// A group that lost its members in another namespace gets them back, also those that only
// lost their master.
func TestUndoRestoresGroupsElsewhere(t *testing.T) {
	n0 := bare(t, nstest.Host(t))
	n0.Must(t, nstest.Make("shared", "/"))
	n1, n2 := n0.Thread(t), n0.Thread(t)
	n1.Must(t, nstest.Make("slave", "/"), nstest.Make("shared", "/"))
	n2.Must(t, nstest.Make("slave", "/"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n1, n2)
	before := canonical(s.now(t))
	r := s.apply(t, "n0", "mount --make-private /") // the last member: both lose their master
	if len(r.Observed) != 3 {
		t.Errorf("%d mounts changed, want 3", len(r.Observed))
	}
	s.takeBack(t)
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
}

// What was put beneath another mount goes again, though that covers it: in a private and in a
// shared one, where copies of it were put beneath others.
func TestUndoBeneath(t *testing.T) {
	for _, how := range []string{"private", "shared"} {
		for _, op := range []string{"mount --beneath -t tmpfs x /a", "mount --beneath --bind /b /a"} {
			t.Run(how+" "+op, func(t *testing.T) {
				n := bare(t, nstest.Host(t))
				n.Must(t, nstest.Make("r"+how, "/"), nstest.Tmpfs("/a"), nstest.Tmpfs("/a/in"), nstest.Tmpfs("/b"))
				s := newScene(t, change.Options{Journal: t.TempDir()}, n, n.Thread(t), n.Thread(t))
				s.spaces[2].Must(t, nstest.Make("rslave", "/"))
				before := canonical(s.now(t))
				s.apply(t, "n0", op)
				s.takeBack(t)
				if is := canonical(s.now(t)); is != before {
					t.Errorf("it came not back:\n%s", different(before, is))
				}
			})
		}
	}
}

// What was moved beneath another mount comes back.
func TestUndoMoveBeneath(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/b"), nstest.Touch("/b/f"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	before := canonical(s.now(t))
	s.apply(t, "n0", "mount --beneath --move /b /a")
	s.takeBack(t)
	if is := canonical(s.now(t)); is != before {
		t.Errorf("it came not back:\n%s", different(before, is))
	}
}
