package sys_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/sys"
)

// What has the shape of a link in /proc but is no path is refused, links that are paths are
// followed.
func TestOpenPlainly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		dir:                                     nil,
		filepath.Join(dir, "link/link"):         nil,
		"/proc/self/root" + dir:                 syscall.ELOOP,
		"/proc/self/cwd":                        syscall.ELOOP,
		"/proc/self/ns/mnt":                     syscall.ELOOP,
		filepath.Join(dir, "none"):              syscall.ENOENT,
		filepath.Join(dir, "link", "none", "x"): syscall.ENOENT,
	} {
		place, err := sys.OpenPlainly(path)
		if err == nil {
			place.Close()
		}
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// A name below a directory leads nowhere else.
func TestOpenBelow(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "in"), 0o700), os.Symlink("in", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	above, err := sys.OpenPlainly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer above.Close()
	for name, want := range map[string]error{"in": nil, "link": syscall.ELOOP, "..": syscall.EXDEV, "/": syscall.EXDEV, "none": syscall.ENOENT} {
		place, err := above.OpenBelow(name)
		if err == nil {
			place.Close()
		}
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestUniqueMount(t *testing.T) {
	root, err := sys.OpenPlainly("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	proc, err := sys.OpenPlainly("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	infoA, errA := root.Stat()
	infoB, errB := proc.Stat()
	a, b := infoA.UniqueMount, infoB.UniqueMount
	if errA != nil || errB != nil || a == b || a < 1<<31 || b < 1<<31 {
		t.Errorf("%d %v, %d %v", a, errA, b, errB)
	}
}
