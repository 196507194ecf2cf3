package change_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

func TestJournalIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "mntscope")
	s := newScene(t, change.Options{Journal: dir}, bare(t, nstest.Host(t)))
	s.apply(t, "n0", "mount -t tmpfs x /a")
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, "journal"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has the mode %v, want %v", filepath.Base(path), info.Mode(), want)
		}
	}
}

func TestJournalDir(t *testing.T) {
	for _, tc := range []struct{ state, home, want string }{
		{"/s", "/h", "/s/mntscope"},
		{"", "/h", "/h/.local/state/mntscope"},
		{"relative", "/h", "/h/.local/state/mntscope"}, // as the XDG specification wants
		{"", "", ""},
	} {
		got := change.JournalDir(func(name string) string {
			return map[string]string{"XDG_STATE_HOME": tc.state, "HOME": tc.home}[name]
		})
		if got != tc.want {
			t.Errorf("XDG_STATE_HOME=%q HOME=%q: %q, want %q", tc.state, tc.home, got, tc.want)
		}
	}
}

// interrupted is a scene whose program ended between the first record of the last
// operation and the second.
func interrupted(t *testing.T, line string, setup ...nstest.Op) (*scene, *nstest.NS) {
	t.Helper()
	dir := t.TempDir()
	n := bare(t, nstest.Host(t))
	n.Must(t, setup...)
	s := newScene(t, change.Options{Journal: dir}, n)
	s.apply(t, "n0", "mount --make-shared /")
	s.apply(t, "n0", line)
	path := filepath.Join(dir, "journal")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	// A torn line, as after a crash of the host, in place of the last one.
	cut := append(bytes.Join(lines[:len(lines)-2], nil), lines[len(lines)-2][:20]...)
	if err := os.WriteFile(path, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	return newScene(t, change.Options{Journal: dir}, n), n
}

// An operation that was done before the program ended is found to be done, and can be
// taken back.
func TestInterruptedAfter(t *testing.T) {
	s, _ := interrupted(t, "mount -t tmpfs x /a")
	if u, err := s.PlanUndo(t.Context()); err != nil || u.Blocked == nil || !strings.Contains(u.Blocked.Error(), "was interrupted") {
		t.Fatalf("%+v %v", u, err)
	}
	said, err := s.Recover(t.Context())
	if err != nil || len(said) != 1 || !strings.Contains(said[0], "mount -t tmpfs x /a in mnt:[") || !strings.Contains(said[0], "it was done, and can be taken back") {
		t.Fatalf("%q %v", said, err)
	}
	if said, err := s.Recover(t.Context()); err != nil || len(said) > 0 {
		t.Errorf("told once more: %q %v", said, err)
	}
	s.takeBack(t)
	s.takeBack(t)
	if mounts := s.now(t).Namespaces[0].Mounts; len(mounts) != 1 || mounts[0].Propagation.Shared != 0 {
		t.Errorf("left: %+v", mounts)
	}
}

// An operation that was not done is found not to be.
func TestInterruptedBefore(t *testing.T) {
	s, n := interrupted(t, "mount -t tmpfs x /a")
	n.Must(t, nstest.Umount("/a"))
	said, err := s.Recover(t.Context())
	if err != nil || len(said) != 1 || !strings.Contains(said[0], "it was not done") {
		t.Errorf("%q %v", said, err)
	}
	s.takeBack(t)
}

// An operation of which only a part is left to be seen is not guessed about, but can be
// struck out.
func TestInterruptedHalfway(t *testing.T) {
	s, n := interrupted(t, "mount --rbind / /b", nstest.Tmpfs("/a"))
	n.Must(t, nstest.Make("rprivate", "/b"), nstest.Umount("/b/a"))
	said, err := s.Recover(t.Context())
	if err != nil || len(said) != 1 || !strings.Contains(said[0], "1 of 2 things that it was to do have happened") {
		t.Fatalf("%q %v", said, err)
	}
	if err := s.Forget(); err != nil {
		t.Fatal(err)
	}
	if u, err := s.PlanUndo(t.Context()); err != nil || u.Entry.Op != "mount --make-shared /" {
		t.Errorf("%+v %v", u, err)
	}
}

func TestDamagedJournal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journal"), []byte("{\"seq\":1}\nno json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newScene(t, change.Options{Journal: dir}, bare(t, nstest.Host(t)))
	_, err := s.Apply(t.Context(), s.plan(t, "n0", "mount -t tmpfs x /a"))
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "nothing is done") {
		t.Errorf("the error is %v", err)
	}
	if len(s.now(t).Namespaces[0].Mounts) != 1 {
		t.Error("it was done")
	}
}

func TestReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	s := newScene(t, change.Options{Journal: dir, ReadOnly: true}, bare(t, nstest.Host(t)))
	p := s.plan(t, "n0", "mount -t tmpfs x /a")
	if len(p.Prediction.Effects) != 1 {
		t.Errorf("the prediction is %+v", p.Prediction.Outcome)
	}
	if _, err := s.Apply(t.Context(), p); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("the error is %v", err)
	}
	p.Blocked = nil
	if _, err := s.Apply(t.Context(), p); err == nil {
		t.Error("it was done")
	}
	if _, err := s.ApplyUndo(t.Context(), &change.Undo{}); err == nil {
		t.Error("something was taken back")
	}
	if entries, err := s.History(); err != nil || len(entries) > 0 {
		t.Errorf("%v %v", entries, err)
	}
	if _, err := s.PlanUndo(t.Context()); !errors.Is(err, change.ErrNothingToUndo) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("there is a journal: %v", err)
	}
	if len(s.now(t).Namespaces[0].Mounts) != 1 {
		t.Error("it was done")
	}
}
