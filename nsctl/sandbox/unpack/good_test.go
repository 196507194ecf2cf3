package unpack_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/sandbox/unpack"
)

// whole describes all of a tree that an archive keeps.
func whole(t testing.TB, dir string) string {
	// As an ordinary user one cannot look into everything that he owns, so the modes are
	// noted first.
	modes := map[string]fs.FileMode{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() != 0 && d.Type() != fs.ModeDir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		modes[path] = info.Mode()
		return os.Chmod(path, 0o700)
	}))
	defer func() { makeRemovable(t, dir) }()
	return describe(t, dir, func(path string, info fs.FileInfo) string {
		st := info.Sys().(*syscall.Stat_t)
		links := 0
		if !info.IsDir() {
			links = int(st.Nlink)
		}
		return fmt.Sprintf("%v owner %d:%d device %x links %d %v", modes[filepath.Join(dir, path)],
			st.Uid, st.Gid, st.Rdev, links, info.ModTime().UnixNano())
	}, "")
}

// makeTree makes a tree with all that an archive can keep, and without root.
func makeTree(t testing.TB, dir string) {
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"bin", "empty", "usr/share/doc", "locked", "secret", "tmp", strings.Repeat("deep/", 20)} {
		must(t, os.MkdirAll(at(name), 0o755))
	}
	for name, data := range map[string]string{
		"bin/busybox": strings.Repeat("\x7fELF and more", 50_000), "usr/share/doc/a": "a\n", "nothing": "",
		"locked/inside": "x", "secret/inside": "x", "tmp/unreadable": "x", "tmp/suid": "x",
		"Főtanúsítvány.pem": "UTF-8", "latin1 \xe9\xff": "not UTF-8", "space and 'quotes' \"": "x", `back\slash`: "x",
		"usr/" + strings.Repeat("long name ", 9): "x", strings.Repeat("deep/", 20) + "file": "x",
	} {
		must(t, os.WriteFile(at(name), []byte(data), 0o644))
	}
	must(t, os.Link(at("bin/busybox"), at("bin/sh")))
	must(t, os.Link(at("bin/busybox"), at("usr/share/sh")))
	for name, to := range map[string]string{"bin/ls": "busybox", "lib": "usr/lib", "usr/mtab": "/proc/mounts", "dangling": "../../nowhere"} {
		must(t, os.Symlink(to, at(name)))
	}
	must(t, syscall.Mkfifo(at("tmp/fifo"), 0o622))
	f, err := os.Create(at("holes"))
	must(t, err)
	_, err = f.WriteAt([]byte("after a hole"), 1<<20)
	must(t, err)
	must(t, f.Truncate(3<<19))
	must(t, f.Close())
	for name, mode := range map[string]fs.FileMode{
		"tmp": 0o777 | fs.ModeSticky, "tmp/suid": 0o755 | fs.ModeSetuid | fs.ModeSetgid, "bin/busybox": 0o755,
		"tmp/fifo": 0o622, "usr/share": 0o775 | fs.ModeSetgid, "nothing": 0o666,
	} {
		must(t, os.Chmod(at(name), mode))
	}
	age(t, dir)
	must(t, os.Chmod(at("tmp/unreadable"), 0o440))
	must(t, os.Chmod(at("secret"), 0o511))
	must(t, os.Chmod(at("locked"), 0o555))
}

// age gives everything below dir a time of its own, long ago.
func age(t testing.TB, dir string) {
	var paths []string
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	}))
	for i := len(paths) - 1; i >= 0; i-- {
		when := fmt.Sprintf("@%d.%09d", 1_400_000_000+i, 1000+i)
		output, err := exec.Command("touch", "-h", "-d", when, paths[i]).CombinedOutput()
		if err != nil {
			t.Fatalf("touch: %v\n%s", err, output)
		}
	}
}

// TestLikeTar unpacks what tar(1) packed, and compares with what it unpacks itself.
func TestLikeTar(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Fatal(err) // every Debian has it
	}
	source := t.TempDir()
	t.Cleanup(func() { makeRemovable(t, source) })
	makeTree(t, source)
	readable := os.Getuid() == 0
	if !readable { // he could not pack it
		must(t, os.Chmod(filepath.Join(source, "secret"), 0o555))
	}
	for _, format := range [][]string{
		{"--format=gnu"}, {"--format=pax"}, {"--format=ustar"}, {"--format=oldgnu", "--sparse"},
		{"--format=pax", "--sparse"}, {"--format=pax", "--sparse", "--sparse-version=0.0"}, {"--format=pax", "--sparse", "--sparse-version=0.1"},
	} {
		packed := tarOf(t, source, format...)
		theirs := t.TempDir()
		t.Cleanup(func() { makeRemovable(t, theirs) })
		tarInto(t, packed, theirs)
		want := whole(t, theirs)
		for _, way := range ways() {
			t.Run(strings.Join(format, " ")+" "+way, func(t *testing.T) {
				p := newPlace(t)
				data := compress(t, way, packed)
				var last unpack.Progress
				o := unpack.Options{Owners: os.Getuid() == 0, Progress: func(p unpack.Progress) { last = p }}
				summary, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, o)
				must(t, err)
				if holes := blocks(t, filepath.Join(p.target, "holes")); len(format) > 1 && holes > 1024 {
					t.Errorf("the holes are filled: %d blocks", holes)
				}
				if got := whole(t, p.target); got != want {
					t.Errorf("unpacked differently:\n%s", difference(want, got))
				}
				p.untouched(t)
				if summary.Compression != way || last.Written != summary.Bytes || last.Entries != summary.Entries {
					t.Errorf("the summary is %+v, the last progress %+v of %d bytes", summary, last, len(data))
				}
				if s := summary; s.Files != 14 || s.Symlinks != 4 || s.HardLinks != 2 || s.FIFOs != 1 ||
					s.Entries != s.Files+s.Symlinks+s.HardLinks+s.FIFOs+s.Directories+1 { // the root is an entry, but was there
					t.Errorf("it counted %+v", s)
				}
			})
		}
	}
}

// tarOf packs a directory.
func tarOf(t testing.TB, dir string, options ...string) []byte {
	cmd := exec.Command("tar", append(options, "-C", dir, "-c", ".")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	packed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	return packed
}

// tarInto unpacks with tar(1).
func tarInto(t testing.TB, packed []byte, dir string) {
	cmd := exec.Command("tar", "-C", dir, "-x", "-p")
	cmd.Stdin = bytes.NewReader(packed)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, output)
	}
}

func blocks(t testing.TB, path string) int64 {
	info, err := os.Stat(path)
	must(t, err)
	return info.Sys().(*syscall.Stat_t).Blocks
}

// difference gives the lines that only one of two texts has.
func difference(want, got string) string {
	var b strings.Builder
	only := func(sign, a, other string) {
		for line := range strings.Lines(a) {
			if !strings.Contains(other, line) {
				b.WriteString(sign + line)
			}
		}
	}
	only("-", want, got)
	only("+", got, want)
	return b.String()
}

// TestUsual unpacks what is unusual, but happens in good archives.
func TestUsual(t *testing.T) {
	odd := func(name string, mode int64) item { return dir(name).with(func(h *tar.Header) { h.Mode = mode }) }
	global := item{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "of git archive"}}}
	for _, tc := range []struct {
		name  string
		items []item
		want  string // name, mode, contents
	}{
		{"names that begin with a dot", []item{dir("."), dir("./etc"), file("./etc/./hostname", "x"), file("etc//issue", "y")},
			`etc drwxr-xr-x, etc/hostname -rw-r--r-- x, etc/issue -rw-r--r-- y`},
		{"directories that only names tell of", []item{file("a/b/c", "x")}, `a drwxr-xr-x, a/b drwxr-xr-x, a/b/c -rw-r--r-- x`},
		{"a directory after what is in it", []item{file("a/b", "x"), odd("a", 0o500)}, `a dr-x------, a/b -rw-r--r-- x`},
		{"a directory that must not be written to", []item{odd("a", 0o555), file("a/b", "x"), dir("a/c")}, `a dr-xr-xr-x, a/b -rw-r--r-- x, a/c drwxr-xr-x`},
		{"a directory twice", []item{odd("a", 0o700), file("a/b", "x"), odd("a", 0o755)}, `a drwxr-xr-x, a/b -rw-r--r-- x`},
		{"a file twice", []item{file("a", "first"), file("a", "last")}, `a -rw-r--r-- last`},
		{"a file in place of a symbolic link", []item{symlink("a", "../witness/file"), file("a", "x")}, `a -rw-r--r-- x`},
		{"a symbolic link in place of a file", []item{file("a", "x"), symlink("a", "b")}, `a Lrwxrwxrwx b`},
		{"a hard link in place of another", []item{file("a", "x"), file("b", "y"), hardLink("c", "a"), hardLink("c", "b")},
			`a -rw-r--r-- x, b -rw-r--r-- y, c -rw-r--r-- y`},
		{"a file replaced that has another name", []item{file("a", "x"), hardLink("b", "a"), file("a", "y")}, `a -rw-r--r-- y, b -rw-r--r-- x`},
		{"a hard link to itself", []item{file("a", "x"), hardLink("a", "./a")}, `a -rw-r--r-- x`},
		{"links that lead out and are not followed", []item{symlink("a", "/etc/passwd"), symlink("b", "../../witness")}, `a Lrwxrwxrwx /etc/passwd, b Lrwxrwxrwx ../../witness`},
		{"a whiteout of an image layer", []item{file("etc/.wh.passwd", "")}, `etc drwxr-xr-x, etc/.wh.passwd -rw-r--r-- `},
		{"names of other scripts", []item{file("日本", "x"), file("caf\u00e9\xff", "y")}, "caf\u00e9\xff -rw-r--r-- y, 日本 -rw-r--r-- x"},
		{"a comment", []item{global, file("a", "x")}, `a -rw-r--r-- x`},
		{"nothing", nil, ``},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			_, err := unpack.Unpack(t.Context(), bytes.NewReader(archive(t, tc.items...)), p.target, unpack.Options{})
			must(t, err)
			p.untouched(t)
			if got := list(t, p.target); got != tc.want {
				t.Errorf("unpacked %s\n    want %s", got, tc.want)
			}
		})
	}
}

// list gives what is below a directory.
func list(t testing.TB, dir string) string {
	var files []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		text := name + " " + info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			must(t, err)
			text += " " + string(data)
		} else if info.Mode().Type() == fs.ModeSymlink {
			to, err := os.Readlink(path)
			must(t, err)
			text += " " + to
		}
		files = append(files, text)
		return nil
	}))
	return strings.Join(files, ", ")
}

// TestDeep goes as deep as an archive may, twice at once: to a file and to a link to it.
func TestDeep(t *testing.T) {
	p := newPlace(t)
	left, right := strings.Repeat("l/", 255), strings.Repeat("r/", 255)
	summary, err := unpack.Unpack(t.Context(), bytes.NewReader(archive(t, file(left+"f", "x"), hardLink(right+"f", left+"f"))), p.target, unpack.Options{})
	must(t, err)
	data, err := os.ReadFile(filepath.Join(p.target, right, "f"))
	must(t, err)
	if string(data) != "x" || summary.Directories != 510 {
		t.Errorf("there is %q, %+v", data, summary)
	}
}

// TestRootOfTheArchive checks that the archive says what the directory itself is to be.
func TestRootOfTheArchive(t *testing.T) {
	p := newPlace(t)
	when := time.Unix(1_500_000_000, 0)
	root := dir(".").with(func(h *tar.Header) { h.Mode = 0o711; h.ModTime = when })
	_, err := unpack.Unpack(t.Context(), bytes.NewReader(archive(t, root, file("a", "x"))), p.target, unpack.Options{})
	must(t, err)
	info, err := os.Stat(p.target)
	must(t, err)
	if info.Mode() != fs.ModeDir|0o711 || !info.ModTime().Equal(when) {
		t.Errorf("it is %v of %v", info.Mode(), info.ModTime())
	}
}
