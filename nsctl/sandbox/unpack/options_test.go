package unpack_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/sandbox/unpack"
)

func TestDevices(t *testing.T) {
	nodes := archive(t, device("dev/null", tar.TypeChar, 1, 3), device("dev/disk", tar.TypeBlock, 254, 7), file("a", "x"))
	t.Run("skipped", func(t *testing.T) {
		p := newPlace(t)
		summary, err := unpack.Unpack(t.Context(), bytes.NewReader(nodes), p.target, unpack.Options{Devices: unpack.SkipDevices})
		must(t, err)
		if got := list(t, p.target); got != "a -rw-r--r-- x, dev drwxr-xr-x" || summary.SkippedDevices != 2 || summary.Devices != 0 {
			t.Errorf("unpacked %s, and %+v", got, summary)
		}
	})
	t.Run("made", func(t *testing.T) {
		p := newPlace(t)
		summary, err := unpack.Unpack(t.Context(), bytes.NewReader(nodes), p.target, unpack.Options{Devices: unpack.MakeDevices})
		if os.Getuid() != 0 {
			if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), `entry 1, "dev/null": the device node cannot be made: operation not permitted; `) {
				t.Errorf("without privilege: %v", err)
			}
			return
		}
		must(t, err)
		var null, disk syscall.Stat_t
		must(t, syscall.Stat(filepath.Join(p.target, "dev/null"), &null))
		must(t, syscall.Stat(filepath.Join(p.target, "dev/disk"), &disk))
		if null.Mode != syscall.S_IFCHR|0o666 || null.Rdev != 1<<8|3 || disk.Mode != syscall.S_IFBLK|0o666 || disk.Rdev != 254<<8|7 || summary.Devices != 2 {
			t.Errorf("null is %o %x, disk is %o %x, and %+v", null.Mode, null.Rdev, disk.Mode, disk.Rdev, summary)
		}
	})
	t.Run("no number", func(t *testing.T) {
		p := newPlace(t)
		data := archive(t, device("a", tar.TypeChar, 1<<12, 0))
		_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, unpack.Options{Devices: unpack.MakeDevices})
		refusedEntry(t, err, "4096:0 is no device number", "a", 1)
	})
}

func TestOwners(t *testing.T) {
	owned := func(i item, uid, gid int) item {
		return i.with(func(h *tar.Header) { h.Uid, h.Gid, h.Mode, h.Format = uid, gid, 0o4755, tar.FormatPAX })
	}
	data := archive(t, owned(dir("."), 9, 8), owned(dir("d"), 7, 6), owned(file("d/f", "x"), 1000, 1001), owned(symlink("l", "f"), 5, 4), file("implied/f", ""))
	t.Run("given away", func(t *testing.T) {
		p := newPlace(t)
		_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, unpack.Options{Owners: true})
		if os.Getuid() != 0 {
			if !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), `entry 3, "d/f": it cannot be given to 1000:1001: operation not permitted; `) {
				t.Errorf("without privilege: %v", err)
			}
			return
		}
		must(t, err)
		for name, want := range map[string]syscall.Stat_t{
			".": {Uid: 9, Gid: 8, Mode: syscall.S_IFDIR | 0o4755}, "d": {Uid: 7, Gid: 6, Mode: syscall.S_IFDIR | 0o4755},
			"d/f": {Uid: 1000, Gid: 1001, Mode: syscall.S_IFREG | 0o4755}, "l": {Uid: 5, Gid: 4, Mode: syscall.S_IFLNK | 0o777},
			"implied": {Mode: syscall.S_IFDIR | 0o755},
		} {
			var got syscall.Stat_t
			must(t, syscall.Lstat(filepath.Join(p.target, name), &got))
			if got.Uid != want.Uid || got.Gid != want.Gid || got.Mode != want.Mode {
				t.Errorf("%s is %d:%d %o, want %d:%d %o", name, got.Uid, got.Gid, got.Mode, want.Uid, want.Gid, want.Mode)
			}
		}
	})
	t.Run("kept", func(t *testing.T) {
		p := newPlace(t)
		_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, unpack.Options{})
		must(t, err)
		info, err := os.Stat(filepath.Join(p.target, "d/f"))
		must(t, err)
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != os.Getuid() || info.Mode() != 0o755|fs.ModeSetuid {
			t.Errorf("it is %d's, %v", st.Uid, info.Mode())
		}
	})
	t.Run("nobody", func(t *testing.T) {
		p := newPlace(t)
		data := archive(t, owned(file("a", ""), 1<<32-1, 0))
		_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, unpack.Options{Owners: true})
		refusedEntry(t, err, "4294967295:0 is no owner", "a", 1)
	})
}

func TestNotEmpty(t *testing.T) {
	p := newPlace(t)
	must(t, os.WriteFile(filepath.Join(p.target, "mine"), nil, 0o600))
	_, err := unpack.Unpack(t.Context(), bytes.NewReader(archive(t, file("mine", "x"))), p.target, unpack.Options{})
	if !errors.Is(err, unpack.ErrNotEmpty) || list(t, p.target) != "mine -rw------- " {
		t.Errorf("%v, and there is %s", err, list(t, p.target))
	}
}

// reader fails, or does something, once so much was read.
type reader struct {
	r     io.Reader
	after int
	then  func() error
}

func (r *reader) Read(p []byte) (int, error) {
	if r.after <= 0 {
		if err := r.then(); err != nil {
			return 0, err
		}
	}
	n, err := r.r.Read(p[:min(len(p), 1000)])
	r.after -= n
	return n, err
}

func TestCancelled(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithCancel(t.Context())
	data := archive(t, file("a", "x"), file("b", strings.Repeat("x", 1<<20)))
	r := &reader{bytes.NewReader(data), 500_000, func() error { cancel(); return nil }}
	summary, err := unpack.Unpack(ctx, r, p.target, unpack.Options{})
	if !errors.Is(err, context.Canceled) || errors.Is(err, unpack.ErrRefused) || !strings.HasPrefix(err.Error(), `entry 2, "b": `) {
		t.Errorf("it says: %v", err)
	}
	if summary.Files != 1 || summary.Bytes > 700_000 {
		t.Errorf("it went on: %+v", summary)
	}
	p.untouched(t)
}

func TestUnreadable(t *testing.T) {
	broken := errors.New("the disk is broken")
	for _, way := range ways() {
		p := newPlace(t)
		data := compress(t, way, archive(t, file("a", "x"), file("b", noise(1<<20))))
		_, err := unpack.Unpack(t.Context(), &reader{bytes.NewReader(data), 500_000, func() error { return broken }}, p.target, unpack.Options{})
		if !errors.Is(err, broken) || err.Error() != `entry 2, "b": the archive cannot be read any further: the disk is broken` {
			t.Errorf("%s: it says: %v", way, err)
		}
	}
}

// TestChecksum damages what only the checksum of the compression tells of.
func TestChecksum(t *testing.T) {
	data := compress(t, "gzip", archive(t, file("a", "x")))
	data[len(data)-5] ^= 1
	p := newPlace(t)
	_, err := unpack.Unpack(t.Context(), bytes.NewReader(data), p.target, unpack.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "the archive is damaged") {
		t.Errorf("it says: %v", err)
	}
	data[len(data)-5] ^= 1
	p = newPlace(t)
	_, err = unpack.Unpack(t.Context(), bytes.NewReader(append(data, "garbage and more of it"...)), p.target, unpack.Options{})
	must(t, err)
}
