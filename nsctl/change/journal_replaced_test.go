package change_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// Who has waited for the lock of a journal that was replaced by a shorter one meanwhile goes on
// with that.
func TestJournalIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	s := newScene(t, change.Options{Journal: dir}, bare(t, nstest.Host(t)))
	s.apply(t, "n0", "mount --make-shared /")
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := sys.Dir(old.Fd()).Lock(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := s.plan(t, "n0", "mount --make-private /")
	applied := make(chan error, 1)
	go func() {
		_, err := s.Apply(t.Context(), p)
		applied <- err
	}()
	for opened := 0; opened < 2 && len(applied) == 0; runtime.Gosched() { // he has opened the old one, too
		opened = 0
		for _, fd := range listProc(t, "fd") {
			if at, err := os.Readlink("/proc/self/fd/" + fd); err == nil && at == path {
				opened++
			}
		}
	}
	if err := errors.Join(os.WriteFile(path+".shorter", text, 0o600), os.Rename(path+".shorter", path)); err != nil {
		t.Fatal(err)
	}
	sys.Dir(old.Fd()).Unlock()
	if err := <-applied; err != nil {
		t.Fatal(err)
	}
	entries, err := s.History()
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries in the new journal, want 2: %v", len(entries), err)
	}
}

// A journal that was written anew in its place is not taken for the one that was read before.
func TestJournalIsRewritten(t *testing.T) {
	host := nstest.Host(t)
	from := t.TempDir()
	one := newScene(t, change.Options{Journal: from}, bare(t, host))
	one.apply(t, "n0", "mount --make-shared /")
	dir := t.TempDir()
	another := newScene(t, change.Options{Journal: dir}, bare(t, host))
	another.apply(t, "n0", "mount --make-unbindable /")
	another.apply(t, "n0", "mount --make-private /")
	text, err := os.ReadFile(filepath.Join(from, "journal"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "journal"), slices.Concat(text, text, text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	entries, err := another.History()
	if err != nil || len(entries) == 0 || entries[0].Op != "mount --make-shared /" {
		t.Errorf("%v: %v", entries, err)
	}
}

// A journal does not grow for ever: its oldest operations are dropped, and the others can still
// be taken back, also by somebody who had read it before.
func TestJournalIsShortened(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	n := bare(t, nstest.Host(t))
	s, other := newScene(t, change.Options{Journal: dir}, n), newScene(t, change.Options{Journal: dir}, n)
	const limit = 20_000
	change.LimitJournal(s.Changer, limit)
	change.LimitJournal(other.Changer, limit)
	if err := os.WriteFile(path+".new", []byte("left behind by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	var longest int64
	for i := range 100 {
		who := []*scene{s, other}[i/3%2]
		who.apply(t, "n0", []string{"mount --make-shared /", "mount --make-private /"}[i%2])
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("its mode is %v", info.Mode())
		}
		longest = max(longest, info.Size())
	}
	if longest > limit+5_000 || longest < limit/2 {
		t.Errorf("it was %d bytes long", longest)
	}
	entries, err := s.History()
	if err != nil || len(entries) < 3 || len(entries) > 50 || entries[len(entries)-1].Seq != 100 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if _, err := os.Stat(path + ".new"); !os.IsNotExist(err) {
		t.Errorf("something was left behind: %v", err)
	}
	taken := 0
	for ; ; taken++ {
		who := []*scene{s, other}[taken%2]
		if _, err := who.PlanUndo(t.Context()); errors.Is(err, change.ErrNothingToUndo) {
			break
		}
		if u, _ := who.PlanUndo(t.Context()); u.Entry.Seq > 100 {
			t.Fatalf("%+v", u.Entry)
		}
		who.takeBack(t)
	}
	if taken < len(entries)/2 || taken > len(entries) {
		t.Errorf("%d of %d were taken back", taken, len(entries))
	}
}
