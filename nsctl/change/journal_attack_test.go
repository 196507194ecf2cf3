package change_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// A journal that somebody else may have planted, or cannot be written, is not used: nothing
// is done, with the reason.
func TestJournalThatCannotBeTrusted(t *testing.T) {
	root := os.Geteuid() == 0
	for _, tc := range []struct {
		name  string
		plant func(t *testing.T, n *nstest.NS, dir string) (instead string)
		want  string
	}{
		{"a symbolic link", func(t *testing.T, _ *nstest.NS, dir string) string {
			return plant(t, os.Symlink(filepath.Join(dir, "victim"), filepath.Join(dir, "journal")))
		}, "journal is a symbolic link"},
		{"a pipe", func(t *testing.T, _ *nstest.NS, dir string) string {
			return plant(t, syscall.Mkfifo(filepath.Join(dir, "journal"), 0o600))
		}, "is no regular file"},
		{"a directory", func(t *testing.T, _ *nstest.NS, dir string) string {
			return plant(t, os.Mkdir(filepath.Join(dir, "journal"), 0o700))
		}, "is a directory"},
		{"another user's file", func(t *testing.T, _ *nstest.NS, dir string) string {
			if !root {
				return "/usr"
			}
			file := filepath.Join(dir, "journal")
			return plant(t, errors.Join(os.WriteFile(file, nil, 0o600), os.Chown(file, 65534, 65534)))
		}, "belongs to another user (uid "},
		{"a file that others may write", func(t *testing.T, _ *nstest.NS, dir string) string {
			file := filepath.Join(dir, "journal")
			return plant(t, errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o622)))
		}, "others may write"},
		{"a directory that everybody may write to", func(t *testing.T, _ *nstest.NS, dir string) string {
			return plant(t, os.Chmod(dir, 0o777))
		}, "everybody may write to"},
		{"a file where the directory should be", func(t *testing.T, _ *nstest.NS, dir string) string {
			return plant(t, errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)))
		}, "not a directory"},
		{"a filesystem that is read-only", func(t *testing.T, n *nstest.NS, _ string) string {
			n.Must(t, nstest.Tmpfs("/ro"), nstest.ReadOnly("/ro"))
			return n.Path("/ro")
		}, "read-only file system"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := bare(t, nstest.Host(t))
			dir := filepath.Join(t.TempDir(), "state")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if instead := tc.plant(t, n, dir); instead != "" {
				dir = instead
			}
			s := newScene(t, change.Options{Journal: dir}, n)
			wantRefusedByJournal(t, s, tc.want)
			if tc.name == "a pipe" { // which nobody writes to
				wantUnreadable(t, dir, tc.want)
			}
			if _, err := os.Lstat(filepath.Join(dir, "victim")); err == nil {
				t.Error("the link was followed")
			}
		})
	}
}

func plant(t *testing.T, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

// wantRefusedByJournal tries an operation, which must not be done, because of the journal.
func wantRefusedByJournal(t *testing.T, s *scene, words ...string) {
	t.Helper()
	before := canonical(s.now(t))
	_, err := s.Apply(t.Context(), s.plan(t, "n0", "mount -t tmpfs x /a"))
	if err == nil {
		t.Fatal("it was done")
	}
	for _, word := range append(words, "the journal cannot be used", "nothing is done", "XDG_STATE_HOME") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
	if is := canonical(s.now(t)); is != before {
		t.Errorf("something was changed:\n%s", different(before, is))
	}
}

// wantUnreadable reads the journal, which fails, and soon.
func wantUnreadable(t *testing.T, dir, want string) {
	t.Helper()
	c := change.New(change.Options{Journal: dir, ReadOnly: true})
	read := make(chan error, 1)
	go func() {
		_, err := c.History()
		read <- err
	}()
	select {
	case err := <-read:
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("reading it waits for ever")
	}
}

// Who holds the journal and does nothing holds others up for a while only.
func TestJournalIsHeld(t *testing.T) {
	dir := t.TempDir()
	s := newScene(t, change.Options{Journal: dir}, bare(t, nstest.Host(t)))
	s.apply(t, "n0", "mount --make-shared /")
	file, err := os.Open(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := sys.Dir(file.Fd()).Lock(); err != nil {
		t.Fatal(err)
	}
	change.LosePatience(s.Changer, 50*time.Millisecond)
	wantRefusedByJournal(t, s, fmt.Sprintf("process %d has been changing something for 50ms", os.Getpid()), "try again when it is done")
	change.LosePatience(s.Changer, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.PlanUndo(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	sys.Dir(file.Fd()).Unlock()
	s.takeBack(t)
}

// On a disk that is full nothing is done that could not be written down before. What was done,
// and could not be written down afterwards, is found out later. The journal stays whole.
func TestDiskIsFull(t *testing.T) {
	n := bare(t, nstest.Host(t))
	n.Must(t, nstest.Mkdir("/small"), nstest.Mount("x", "/small", "tmpfs", 0, "size=32k,mode=700"), nstest.Touch("/small/ballast"))
	dir := n.Path("/small")
	s := newScene(t, change.Options{Journal: dir}, n)
	n.Must(t, nstest.Tmpfs("/a"))
	before, after := 0, 0
	for empty := 0; empty < 4096; empty += 150 { // so that the first page of the file ends somewhere else each time
		if err := os.WriteFile(filepath.Join(dir, "journal"), []byte(strings.Repeat("\n", empty)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 64<<10), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		was := s.now(t)
		op := "mount --make-shared /a"
		if was.Namespaces[0].Mounts[2].Propagation.Shared != 0 {
			op = "mount --make-private /a"
		}
		_, err := s.Apply(t.Context(), s.plan(t, "n0", op))
		is := canonical(s.now(t))
		var unverified *change.Unverified
		switch {
		case err == nil:
		case errors.As(err, &unverified):
			after++
			if is == canonical(was) {
				t.Errorf("it is said to be done: %v", err)
			}
		default:
			before++
			if is != canonical(was) || !strings.Contains(err.Error(), "no space left on device") {
				t.Fatalf("the error is %v, changed:\n%s", err, different(canonical(was), is))
			}
		}
		if err := os.Truncate(filepath.Join(dir, "ballast"), 0); err != nil {
			t.Fatal(err)
		}
		said, err := s.Recover(t.Context())
		if err != nil || len(said) > 1 || unverified != nil && (len(said) != 1 || !strings.Contains(said[0], "it was done")) {
			t.Fatalf("%q %v", said, err)
		}
	}
	if before == 0 || after == 0 {
		t.Error("the disk was never full at the right moment")
	}
	t.Logf("not done %d times, done and not written down %d times", before, after)
}
