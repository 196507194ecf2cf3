package change_test

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// What was done in a namespace that is gone does not stand in the way of what was done before:
// it is taken back elsewhere, and struck out with what is lost.
func TestUndoInANamespaceThatIsGone(t *testing.T) {
	n0 := bare(t, nstest.Host(t))
	n0.Must(t, nstest.Tmpfs("/a"), nstest.Make("shared", "/a"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0)
	before := canonical(s.now(t))
	s.apply(t, "n0", "mount -t tmpfs first /b")
	s.add(t, n0.Thread(t))
	s.apply(t, "n1", "mount -t tmpfs copied /a")
	s.apply(t, "n1", "mount -t tmpfs alone /b")
	gone := s.spaces[1].info.NS.String()
	s.spaces = s.spaces[:1]

	for _, want := range []struct {
		steps string
		lost  bool
	}{{"", true}, {"umount /a", true}, {"umount /b", false}} {
		u, err := s.PlanUndo(t.Context())
		if err != nil || u.Blocked != nil {
			t.Fatal(err, u.Blocked)
		}
		if steps := stepsOf(u); !strings.HasSuffix(steps, want.steps) || want.steps == "" && steps != "" {
			t.Errorf("the steps are %q, want %q", steps, want.steps)
		}
		if lost := slices.Contains(u.Losses, gone+" is gone"); lost != want.lost || len(u.Losses) > 1 {
			t.Errorf("the losses are %q", u.Losses)
		}
		if _, err := s.ApplyUndo(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
}

// Also what was moved, unmounted or changed there.
func TestUndoOfAllKindsInANamespaceThatIsGone(t *testing.T) {
	for _, line := range []string{
		"mount --move /a/sub /b", "umount /a/sub", "umount -l /a", "mount --make-rshared /a", "mount --rbind /a /b",
	} {
		t.Run(line, func(t *testing.T) {
			n0 := bare(t, nstest.Host(t))
			n1 := n0.Thread(t)
			n1.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/a/sub"))
			s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n1)
			s.apply(t, "n1", line)
			s.spaces = s.spaces[:1]
			u, err := s.PlanUndo(t.Context())
			if err != nil || u.Blocked != nil || len(u.Steps) > 0 || len(u.Losses) != 1 {
				t.Fatalf("%v, %v, steps %q, losses %q", err, u.Blocked, stepsOf(u), u.Losses)
			}
			if _, err := s.ApplyUndo(t.Context(), u); err != nil {
				t.Error(err)
			}
		})
	}
}
