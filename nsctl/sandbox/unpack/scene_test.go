package unpack_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/internal/nstest"
)

func TestMain(m *testing.M) { nstest.Main(m) }

// place is a directory to unpack into, beside things that must stay as they are.
type place struct {
	base   string // holds the others
	target string
	before string
}

// newPlace makes one. Whoever writes outside of the target changes what is beside it.
func newPlace(t testing.TB) place {
	base := t.TempDir()
	p := place{base: base, target: filepath.Join(base, "target")}
	t.Cleanup(func() { makeRemovable(t, p.target) })
	for _, dir := range []string{"target", "witness", "witness/dir"} {
		must(t, os.Mkdir(filepath.Join(base, dir), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(base, "witness/file"), []byte("as it was\n"), 0o600))
	must(t, os.Symlink("file", filepath.Join(base, "witness/link")))
	// Long ago, so that any touch shows.
	for _, name := range []string{"witness/file", "witness/dir", "witness", ""} {
		must(t, os.Chtimes(filepath.Join(base, name), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	}
	p.before = p.outside(t)
	return p
}

// outside describes all that is beside the target, with what any change of it changes.
func (p place) outside(t testing.TB) string {
	return describe(t, p.base, func(_ string, info fs.FileInfo) string {
		st := info.Sys().(*syscall.Stat_t)
		return fmt.Sprintf("mtime %v ctime %v links %d inode %d", st.Mtim, st.Ctim, st.Nlink, st.Ino)
	}, "target")
}

// untouched fails the test if anything outside of the target has changed.
func (p place) untouched(t testing.TB) {
	t.Helper()
	if after := p.outside(t); after != p.before {
		t.Errorf("something outside of the target was touched:\nbefore:\n%safter:\n%s", p.before, after)
	}
}

// describe gives a line for each file below a directory, and the directory itself, but for
// leaveOut and what is below it.
func describe(t testing.TB, dir string, more func(path string, info fs.FileInfo) string, leaveOut string) string {
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if name == leaveOut { // also its mode
			fmt.Fprintf(&b, "%q\n", name)
			return fs.SkipDir
		}
		contents := ""
		switch info.Mode().Type() {
		case 0:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			contents = fmt.Sprintf("%d bytes %x", len(data), sha256.Sum256(data))
		case fs.ModeSymlink:
			if contents, err = os.Readlink(path); err != nil {
				return err
			}
		}
		fmt.Fprintf(&b, "%q %v %s %s\n", name, info.Mode(), contents, more(name, info))
		return nil
	}))
	return b.String()
}

// makeRemovable gives the directories below dir the permissions that it takes to remove them.
func makeRemovable(t testing.TB, dir string) {
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	}))
}

// item is an entry of an archive and its contents.
type item struct {
	tar.Header
	data string
}

func file(name, data string) item {
	return item{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))}, data}
}

func dir(name string) item {
	return item{tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}, ""}
}

func symlink(name, to string) item {
	return item{tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}, ""}
}

func hardLink(name, to string) item {
	return item{tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to, Mode: 0o644}, ""}
}

func device(name string, kind byte, major, minor int64) item {
	return item{tar.Header{Typeflag: kind, Name: name, Mode: 0o666, Devmajor: major, Devminor: minor}, ""}
}

// with changes the header of an entry.
func (i item) with(change func(h *tar.Header)) item {
	change(&i.Header)
	return i
}

// archive makes an archive of entries.
func archive(t testing.TB, items ...item) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		if i.ModTime.IsZero() && i.Typeflag != tar.TypeXGlobalHeader {
			i.ModTime = time.Unix(1_500_000_000, 0)
		}
		must(t, w.WriteHeader(&i.Header))
		_, err := w.Write([]byte(i.data))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
