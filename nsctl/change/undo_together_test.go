package change_test

import (
	"errors"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// applyWith does an operation together with another one, and gives the number of the first.
func (s *scene) applyWith(t *testing.T, ns, line string, first int64) int64 {
	t.Helper()
	op, err := nsctl.ParseOpLine(line)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan(t.Context(), change.Request{Op: op, NS: ns, With: first})
	if err != nil {
		t.Fatalf("%s in %s: %v", line, ns, err)
	}
	r, err := s.Apply(t.Context(), p)
	if err != nil {
		t.Fatalf("%s in %s: %v", line, ns, err)
	}
	if first == 0 {
		return r.Seq
	}
	return first
}

// together does operations that are one to the user.
func (s *scene) together(t *testing.T, ns string, lines ...string) {
	t.Helper()
	first := int64(0)
	for _, line := range lines {
		first = s.applyWith(t, ns, line, first)
	}
}

// What was done together is taken back together: all of it is as it was then.
func TestUndoTakesAllThatWasDoneTogether(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup []nstest.Op
		lines []string
	}{
		{"both of a group", []nstest.Op{nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Bind("/a", "/b")},
			[]string{"mount --make-private /a", "mount --make-private /b"}},
		{"a slave and its master", []nstest.Op{nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Bind("/a", "/b"), nstest.Make("slave", "/b")},
			[]string{"mount --make-unbindable /b", "mount --make-private /a"}},
		{"one mount twice", []nstest.Op{nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Bind("/a", "/b")},
			[]string{"mount --make-slave /a", "mount --make-shared /a", "mount --make-unbindable /a"}},
		{"what is mounted in each other", []nstest.Op{nstest.Tmpfs("/a"), nstest.Mkdir("/a/x"), nstest.Tmpfs("/a/x"), nstest.Bind("/a/x", "/b/a"), nstest.Bind("/a", "/b/b"), nstest.Make("shared", "/a/x")},
			[]string{"umount /a/x", "umount /a"}},
		{"new mounts in each other", nil,
			[]string{"mount -t tmpfs x /a", "mount --make-shared /a", "mount --bind /a /b", "mount -t tmpfs y /b"}},
		{"what comes and goes", []nstest.Op{nstest.Tmpfs("/a"), nstest.Bind("/a", "/b")},
			[]string{"mount --make-shared /a", "umount /a", "mount --bind /b /a", "mount --move /a /old"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := bare(t, nstest.Host(t))
			n.Must(t, tc.setup...)
			s := newScene(t, change.Options{Journal: t.TempDir()}, n)
			s.apply(t, "n0", "mount --make-private /")
			before := canonical(s.now(t))
			s.together(t, "n0", tc.lines...)
			u, err := s.PlanUndo(t.Context())
			if err != nil || u.Blocked != nil || len(u.Takes()) != len(tc.lines) || len(u.Losses) > 0 {
				t.Fatalf("%v: %s, losses %q", err, stepsOf(u), u.Losses)
			}
			s.takeBack(t)
			if is := canonical(s.now(t)); is != before {
				t.Error(different(before, is))
			}
			if u, err = s.PlanUndo(t.Context()); err != nil || u.Entry.Seq != 1 || len(u.With) > 0 {
				t.Errorf("after that, %+v is taken back: %v", u, err)
			}
			s.takeBack(t)
			list, err := s.History()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if e.Undoes == 0 && e.State != change.EntryUndone {
					t.Errorf("%+v is not taken back", e)
				}
				if with := e.With == 2; e.Undoes == 0 && with != (e.Seq > 2) {
					t.Errorf("%+v was done with the wrong one", e)
				}
			}
		})
	}
}

// What was done in between by somebody else is taken back in between.
func TestUndoOfWhatWasDoneInBetween(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Tmpfs("/a"), nstest.Tmpfs("/b"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n)
	before := canonical(s.now(t))
	first := s.applyWith(t, "n0", "mount --make-shared /a", 0)
	s.apply(t, "n0", "mount -t tmpfs theirs /old")
	s.applyWith(t, "n0", "mount --make-shared /b", first)
	for _, want := range []string{"make-shared /b", "tmpfs theirs", "make-shared /a"} {
		u, err := s.PlanUndo(t.Context())
		if err != nil || len(u.With) > 0 || !strings.Contains(u.Entry.Op, want) {
			t.Fatalf("%v: %+v is taken back, want %s", err, u.Takes(), want)
		}
		s.takeBack(t)
	}
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
}

// Of several that were done together, one whose namespace is gone is left out, and said.
func TestUndoOfWhatIsGoneInPart(t *testing.T) {
	n0 := bare(t, nstest.Host(t))
	n0.Must(t, nstest.Tmpfs("/a"))
	n1 := n0.Thread(t)
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n1)
	first := s.applyWith(t, "n0", "mount --make-shared /a", 0)
	s.applyWith(t, "n1", "mount --make-shared /a", first)
	s.spaces = s.spaces[:1]
	u, err := s.PlanUndo(t.Context())
	if err != nil || u.Blocked != nil || len(u.Steps) != 1 || !strings.Contains(strings.Join(u.Losses, "\n"), "is gone") {
		t.Fatalf("%v: %s, losses %q", err, stepsOf(u), u.Losses)
	}
	if _, err := s.ApplyUndo(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if got := types(n0.Mounts(t)); got["/a"] != "private" {
		t.Errorf("the mounts are %v", got)
	}
	if _, err := s.PlanUndo(t.Context()); !errors.Is(err, change.ErrNothingToUndo) {
		t.Errorf("the error is %v", err)
	}
}
