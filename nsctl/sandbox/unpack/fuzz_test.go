package unpack_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"mntscope/nsctl/sandbox/unpack"
)

// small enough that a search for more soon meets the limits.
func fuzzed() unpack.Options {
	return unpack.Options{MaxBytes: 20_000, MaxEntries: 50, Devices: unpack.SkipDevices}
}

// harmless unpacks an archive and checks what must hold whatever is in it.
func harmless(t *testing.T, data []byte) error {
	p := newPlace(t)
	o := fuzzed()
	summary, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, o)
	p.untouched(t)
	if e := (*unpack.Error)(nil); err != nil && !errors.As(err, &e) {
		t.Errorf("an error of no entry: %v", err)
	}
	if err == nil {
		makeRemovable(t, p.target)
	}
	files, size := int64(-1), int64(0) // without the target itself
	must(t, filepath.WalkDir(p.target, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		files++
		info, err := d.Info()
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		if d.Type()&fs.ModeDevice != 0 {
			t.Errorf("it made a device node: %q", path)
		}
		return err
	}))
	// Hard links have the same contents again.
	if files > o.MaxEntries || summary.Entries > o.MaxEntries || summary.Bytes > o.MaxBytes || size > o.MaxBytes*(summary.HardLinks+1) {
		t.Errorf("beyond the limits: %d files of %d bytes, %+v", files, size, summary)
	}
	return err
}

// FuzzUnpack gives any bytes. With mend the headers in them are made valid again, as a
// changed header is otherwise only ever a wrong checksum.
func FuzzUnpack(f *testing.F) {
	for _, h := range hostiles() {
		if data := archive(f, h.items("/nowhere")...); len(data) < 64<<10 { // a search needs small ones
			f.Add(data, false)
			f.Add(data, true)
		}
	}
	good := archive(f, dir("."), dir("a"), file("a/b", "contents"), hardLink("c", "a/b"), symlink("d", "a"), file("a/e", "more"))
	for _, way := range ways() {
		f.Add(compress(f, way, good), false)
	}
	f.Add(extended(5000), true)
	f.Fuzz(func(t *testing.T, data []byte, mend bool) {
		if mend {
			data = mended(data)
		}
		_ = harmless(t, data) // most are no archives
	})
}

// mended makes every block that is not empty a valid header, but for contents of files.
func mended(data []byte) []byte {
	data = bytes.Clone(data)
	for at := 0; at+512 <= len(data); at += 512 {
		block := data[at : at+512]
		if bytes.Count(block, []byte{0}) < 512 {
			checksum(block)
		}
		if h, err := tar.NewReader(bytes.NewReader(block)).Next(); err == nil && h.Size > 0 && h.Size < int64(len(data)) {
			at += int(h.Size+511) / 512 * 512
		}
	}
	return data
}

// FuzzOrders makes archives of few names that get into each other's way: every
// three bytes are an entry.
func FuzzOrders(f *testing.F) {
	f.Add([]byte{2, 0, 3, 0, 1, 0})                                                   // a link out, and a file in its place
	f.Add([]byte{2, 0, 3, 0, 3, 0})                                                   // a link out, and a file below it
	f.Add([]byte{1, 0, 0, 3, 5, 0})                                                   // a directory, and a hard link to it
	f.Add([]byte{0, 0, 0, 3, 1, 0, 0})                                                // a file, and a hard link to it
	f.Fuzz(func(t *testing.T, orders []byte) { _ = harmless(t, ordered(t, orders)) }) // some are refused, some not
}

// ordered makes the archive that bytes stand for.
func ordered(t testing.TB, orders []byte) []byte {
	names := []string{"a", "b", "a/b", "a/c", "b/a", "a/b/c", "b/a/../a", "../witness/file", "./a/", "../witness"}
	links := []string{"a", "b", "a/b", "../witness", "../witness/file", ".", "..", "/", "b/file", "/proc/self/cwd", "c"}
	var items []item
	for ; len(orders) >= 3; orders = orders[3:] {
		name, link := names[int(orders[1])%len(names)], links[int(orders[2])%len(links)]
		next := []item{file(name, "overwritten"), dir(name), symlink(name, link), hardLink(name, link), device(name, tar.TypeFifo, 0, 0)}[int(orders[0])%5]
		if next.Typeflag != tar.TypeDir && name[len(name)-1] == '/' {
			next.Name = name[:len(name)-1]
		}
		if next.Typeflag == tar.TypeDir && orders[2]%3 == 0 {
			next.Mode = 0 // nobody may do anything there
		}
		items = append(items, next)
	}
	return archive(t, items...)
}

// TestRandomOrders does what FuzzOrders does for some thousand archives, always the same.
func TestRandomOrders(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	const archives = 500
	for range archives {
		orders := make([]byte, 3*(1+r.IntN(6)))
		for i := range orders {
			orders[i] = byte(r.Uint32())
		}
		if harmless(t, ordered(t, orders)) != nil {
			refused++
		}
		if t.Failed() {
			t.Fatalf("with %v", orders)
		}
	}
	if refused < archives/10 || refused > archives*9/10 {
		t.Errorf("%d of %d were refused: they are too much alike to show anything", refused, archives)
	}
}
