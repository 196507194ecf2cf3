package unpack_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl/sandbox/unpack"
)

// hostile is an archive that is refused.
type hostile struct {
	name string
	// items are the entries, the last of which is the one refused.
	items func(base string) []item
	why   string // part of the error
	// outside says that a careless unpacker leaves the target with it.
	outside bool
}

func of(items ...item) func(string) []item { return func(string) []item { return items } }

func hostiles() []hostile {
	long := strings.Repeat("long/", 900)
	return []hostile{
		{"dot dot", of(file("../witness/file", "x")), `leads out of its directory with ".."`, true},
		{"dot dot to something new", of(file("../new", "x")), `leads out`, true},
		{"dot dot further in", of(dir("a"), file("a/b/../../../witness/file", "x")), `leads out`, true},
		{"dot dot that stays inside", of(file("a/../b", "x")), `leads out`, false},
		{"dot dot at the end", of(dir("a/..")), `leads out`, false},
		{"a directory outside", of(dir("../witness/new")), `leads out`, true},
		{"a symbolic link outside", of(symlink("../witness/new", "file")), `leads out`, true},
		{"absolute", func(base string) []item { return []item{file(base+"/witness/file", "x")} }, `the name is absolute`, true},
		{"absolute directory", func(base string) []item { return []item{dir(base + "/witness/new")} }, `the name is absolute`, true},
		{"absolute with many slashes", of(file("///etc/passwd", "x")), `the name is absolute`, false},
		{"the root of the file system", of(dir("")), `the name is absolute`, false},

		{"write through an absolute symbolic link", func(base string) []item {
			return []item{symlink("a", base+"/witness/dir"), file("a/new", "x")}
		}, `leads through "a", a symbolic link`, true},
		{"write through a relative symbolic link", of(symlink("a", "../witness"), file("a/new", "x")), `leads through "a", a symbolic link`, true},
		{"write through a symbolic link that stays inside", of(dir("b"), symlink("a", "b"), file("a/new", "x")), `leads through "a", a symbolic link`, false},
		{"write through a chain of links", of(symlink("a", "b"), symlink("b", "../witness"), file("a/new", "x")), `leads through "a"`, true},
		{"write through a link further in", of(symlink("a/b/c", "../../../witness"), file("a/b/c/new", "x")), `leads through "c"`, true},
		{"a directory in place of a symbolic link", of(symlink("a", "../witness/dir"), dir("a")), `leads through "a"`, true},
		{"a directory through a symbolic link", of(symlink("a", "../witness"), dir("a/new")), `leads through "a"`, true},
		{"a link through a link", of(symlink("a", "../witness"), symlink("a/new", "file")), `leads through "a"`, true},
		{"a hard link through a link", of(file("f", "x"), symlink("a", "../witness"), hardLink("a/new", "f")), `leads through "a"`, true},
		{"a symbolic link in place of a directory", of(dir("a"), symlink("a", "../witness")), `an earlier entry made a directory of that name`, false},
		{"a file in place of a directory", of(file("a/b", "x"), file("a", "x")), `an earlier entry made a directory of that name`, false},
		{"below a file", of(file("a", "x"), file("a/b", "x")), `made "a", which is no directory`, false},
		{"a directory in place of a file", of(file("a", "x"), dir("a")), `made "a", which is no directory`, false},
		{"the target itself a symbolic link", of(symlink("./", "../witness")), `replace the directory that is unpacked into`, false},

		{"hard link outside", of(hardLink("a", "../witness/file")), `hard link to "../witness/file": the name leads out`, true},
		{"hard link to an absolute name", func(base string) []item { return []item{hardLink("a", base+"/witness/file")} }, `the name is absolute`, true},
		{"hard link through a symbolic link", of(symlink("a", "../witness"), hardLink("b", "a/file")), `hard link to "a/file": the way there leads through "a"`, true},
		{"hard link to a symbolic link", func(base string) []item {
			return []item{symlink("a", base+"/witness/file"), hardLink("b", "a")}
		}, `hard link to "a": that is no file, but a symbolic link`, false},
		{"hard link to a directory", of(dir("a"), hardLink("b", "a")), `no file, but a directory`, false},
		{"hard link to the root", of(hardLink("b", ".")), `that is a directory`, false},
		{"hard link to what comes later", of(hardLink("b", "a")), `no such file in the archive before it`, false},
		{"hard link into a directory that is not there", of(hardLink("b", "a/b")), `no directory "a" in the archive before it`, false},
		{"hard link to nothing", of(hardLink("b", "")), `hard link to "": it has no name`, false},

		{"character device", of(device("dev/null", tar.TypeChar, 1, 3)), `node of a character device (1:3)`, false},
		{"block device", of(device("dev/vda", tar.TypeBlock, 254, 0)), `node of a block device (254:0)`, false},

		{"escape sequence in a name", of(file("a\x1b]0;pwned\a", "x")), `the name has control characters`, false},
		{"newline in a name", of(file("a\nb", "x")), `the name has control characters`, false},
		{"delete in the name of a directory", of(dir("a\x7f")), `the name has control characters`, false},
		{"C1 control in a name", of(file("a\u009b31m", "x")), `the name has control characters`, false},
		{"control characters in a symbolic link", of(symlink("a", "\x1b[31m")), `a path with control characters`, false},
		{"control characters in a hard link", of(hardLink("a", "\x1b[31m")), `hard link to "\x1b[31m": the name has control`, false},

		{"a name longer than any path", of(file(long+"x", "")), `longer than any path`, false},
		{"a name of a megabyte", of(file(strings.Repeat("x", 1_000_000), "")), `longer than any path`, false},
		{"a long name with an escape sequence", of(file("\x1b[31m"+long+"x", "")), `entry 1, "\x1b[31mlong/`, false},
		{"a part longer than a name", of(file(strings.Repeat("x", 256), "")), `longer than 255 bytes`, false},
		{"too deep", of(dir(strings.Repeat("d/", 256) + "d")), `257 directories deep`, false},
		{"a symbolic link longer than any path", of(symlink("a", long)), `a path of 4500 bytes`, false},
		{"a symbolic link to nothing", of(symlink("a", "")), `a path of 0 bytes`, false},
		{"a time beyond reason", of(file("a", "").with(func(h *tar.Header) { h.ModTime = time.Unix(1<<40, 0); h.Format = tar.FormatPAX })), `time of modification`, false},
		{"a mode beyond reason", of(file("a", "").with(func(h *tar.Header) { h.Mode = 1 << 40; h.Format = tar.FormatGNU })), `mode is beyond`, false},
		{"an unknown type", of(file("a", "").with(func(h *tar.Header) { h.Typeflag = 'M' })), `its type 'M' is none of a file`, false},
		{"more entries than allowed", of(dir("a"), dir("b"), file("c/d/e", ""), file("f", "")), `more than 5 entries`, false},
		{"more directories than allowed in one name", of(file("a/b/c/d/e/f", "")), `more than 5 entries`, false},
		{"more bytes than allowed", of(file("a", strings.Repeat("x", 600)), file("b", strings.Repeat("x", 401))), `would hold more than 1000`, false},
	}
}

// TestHostile unpacks each archive that is made to do harm, and looks whether it did.
func TestHostile(t *testing.T) {
	for _, tc := range hostiles() {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			items := tc.items(p.base)
			_, err := unpack.Unpack(t.Context(), bytes.NewReader(archive(t, items...)), p.target, small())
			p.untouched(t)
			refusedEntry(t, err, tc.why, items[len(items)-1].Name, len(items))
		})
	}
}

// small allows little, so that much is soon too much.
func small() unpack.Options { return unpack.Options{MaxBytes: 1000, MaxEntries: 5} }

// refusedEntry checks that an error refuses an entry, and says so in a line that is safe.
func refusedEntry(t testing.TB, err error, why, name string, number int) {
	t.Helper()
	var e *unpack.Error
	if !errors.Is(err, unpack.ErrRefused) || !errors.As(err, &e) {
		t.Fatalf("not refused: %v", err)
	}
	if e.Entry != name || e.Number != int64(number) {
		t.Errorf("it is about entry %d, %.80q, not %d, %.80q", e.Number, e.Entry, number, name)
	}
	text := err.Error()
	if !strings.Contains(text, why) || e.Try == "" || !strings.HasSuffix(text, e.Try) {
		t.Errorf("it says %q, not %q and what to try", text, why)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) || len(text) > 2000 {
		t.Errorf("not fit for a terminal: %q", text)
	}
}

// TestCarelessUnpackerIsNoticed shows that the archives do harm, and that it is noticed: it
// gives them to an unpacker that does what they say.
func TestCarelessUnpackerIsNoticed(t *testing.T) {
	for _, tc := range hostiles() {
		if !tc.outside {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			for _, i := range tc.items(p.base) {
				careless(p.target, i)
			}
			if p.outside(t) == p.before {
				t.Error("nothing outside was touched, or it was not noticed")
			}
		})
	}
}

// careless obeys an entry, as far as it can.
func careless(target string, i item) {
	at := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return target + "/" + name
	}
	name := at(strings.TrimSuffix(i.Name, "/"))
	_ = os.MkdirAll(filepath.Dir(filepath.Clean(name)), 0o755)
	switch i.Typeflag {
	case tar.TypeReg:
		_ = os.WriteFile(filepath.Clean(name), []byte(i.data), 0o644)
	case tar.TypeDir:
		_ = os.MkdirAll(filepath.Clean(name), 0o755)
		_ = os.Chtimes(filepath.Clean(name), i.ModTime, time.Unix(1_500_000_000, 0))
	case tar.TypeSymlink:
		_ = os.Symlink(i.Linkname, name)
	case tar.TypeLink:
		_ = os.Link(at(i.Linkname), name)
	}
}

// TestDamaged unpacks what is no archive, or only part of one.
func TestDamaged(t *testing.T) {
	whole := archive(t, dir("a"), file("a/b", strings.Repeat("contents ", 100)))
	negative := archive(t, file("a", ""))
	copy(negative[124:136], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00") // the size, in base 256
	checksum(negative[:512])
	absurd := archive(t, file("a", ""))
	copy(absurd[124:136], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
	checksum(absurd[:512])
	for _, tc := range []struct {
		name string
		data []byte
		why  string
	}{
		{"nothing", nil, "the archive is empty"},
		{"text", []byte(strings.Repeat("no archive at all\n", 100)), "this is no tar archive"},
		{"a short text", []byte("no archive"), "cut off"},
		{"zip", []byte("PK\x03\x04........"), "compressed with zip"},
		{"bzip2", []byte("BZh9......"), "compressed with bzip2"},
		{"cut off in a header", whole[:600], "entry 2: the archive is cut off here"},
		{"cut off in a file", whole[:1500], `entry 2, "a/b": the archive is cut off here`},
		{"cut off at the end", whole[:len(whole)-1024], "entry 3: the archive is cut off here"},
		{"text, compressed", compress(t, "gzip", []byte(strings.Repeat("no archive\n", 100))), "entry 1: the archive is damaged here"},
		{"a negative size", negative, "this is no tar archive"},
		{"an absurd size", absurd, `entry 1, "a": with its 9223372036854775807 bytes the archive would hold more than 1000`},
		{"an extended header of two megabytes", extended(2 << 20), "a header of more than 1 MiB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			_, err := unpack.Unpack(t.Context(), bytes.NewReader(tc.data), p.target, small())
			p.untouched(t)
			if err == nil || !strings.Contains(err.Error(), tc.why) {
				t.Errorf("it says %v, not %q", err, tc.why)
			}
		})
	}
}

// extended is an extended header of that size.
func extended(size int) []byte {
	text := fmt.Sprintf("%d comment=", size)
	text += strings.Repeat("x", size-len(text)-1) + "\n"
	block := make([]byte, 512)
	copy(block, "x")
	copy(block[100:], "0000644\x00")
	copy(block[124:], fmt.Sprintf("%011o\x00", size))
	block[156] = tar.TypeXHeader
	copy(block[257:], "ustar\x0000")
	checksum(block)
	return append(block, text...)
}

// checksum makes a block a valid header.
func checksum(block []byte) {
	copy(block[148:156], "        ")
	sum := 0
	for _, b := range block[:512] {
		sum += int(b)
	}
	copy(block[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// TestTooMuchMemory gives archives whose compression asks for gigabytes of memory.
func TestTooMuchMemory(t *testing.T) {
	whole := archive(t, file("a", "x"))
	xz := compress(t, "xz", whole)
	xz[12+4] = 40 // the dictionary of the first block: 4 GiB
	mendXZ(xz)
	// A frame that starts with a window of 256 MiB (windowLog 28).
	zstd := append([]byte("\x28\xb5\x2f\xfd\x00"), byte((28-10)<<3))
	for name, data := range map[string][]byte{"xz": xz, "zstd": binary.LittleEndian.AppendUint64(zstd, 0)} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, small())
			if err == nil || !strings.Contains(err.Error(), "needs more than 128 MiB of memory") || !errors.Is(err, unpack.ErrRefused) {
				t.Errorf("it says: %v", err)
			}
		})
	}
}
