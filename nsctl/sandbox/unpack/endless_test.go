package unpack_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"mntscope/nsctl/sandbox/unpack"
)

// noise gives what cannot be compressed.
func noise(n int) string {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return string(b)
}

// endless is a stream that is made while it is read.
type endless struct {
	buf  bytes.Buffer
	fill func(b *bytes.Buffer) // adds something, unless there is nothing more
	read int64
	heap uint64 // the most that was in use
}

func (e *endless) Read(p []byte) (int, error) {
	if e.buf.Len() == 0 {
		e.buf.Reset()
		if e.fill(&e.buf); e.buf.Len() == 0 {
			return 0, io.EOF
		}
	}
	before := e.read
	n, _ := e.buf.Read(p)
	e.read += int64(n)
	if e.read>>24 != before>>24 { // every 16 MiB
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		e.heap = max(e.heap, m.HeapAlloc)
	}
	return n, nil
}

// entries makes n entries, one after the other.
func entries(t testing.TB, n int, next func(i int) item) *endless {
	i := 0
	e := &endless{}
	w := tar.NewWriter(&e.buf)
	e.fill = func(*bytes.Buffer) {
		for range 100 {
			if i == n {
				return
			}
			it := next(i)
			must(t, w.WriteHeader(&it.Header))
			_, err := io.WriteString(w, it.data)
			must(t, err)
			i++
		}
	}
	return e
}

// again makes one entry n times.
func again(t testing.TB, n int, i item) *endless {
	data := archive(t, i)
	data = data[:len(data)-1024]
	return &endless{fill: func(b *bytes.Buffer) {
		for range 100 {
			if n--; n >= 0 {
				b.Write(data)
			}
		}
	}}
}

const tenMillion = 10_000_000

// bounded is more than what any of these needs, and far less than what they would if the
// archive were kept.
const bounded = 200 << 20

func TestTenMillionEntries(t *testing.T) {
	usual := int64(unpack.DefaultMaxEntries)
	if raceDetector {
		usual = 50_000 // it would take minutes
	}
	comment := item{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "g", PAXRecords: map[string]string{"comment": "x"}}}
	for _, tc := range []struct {
		name   string
		stream *endless
		limit  int64
		number int // of the entry that is one too many
		last   string
	}{
		{"files", entries(t, tenMillion, func(i int) item { return file(fmt.Sprintf("d%d/f%d", i/1000, i), "") }), 5_005, 5_001, "d5/f5000"},
		{"directories", entries(t, tenMillion, func(i int) item { return dir(fmt.Sprintf("d%d", i)) }), 5_000, 5_001, "d5000/"},
		{"the same directory, with the usual limit", again(t, tenMillion, dir("d")), usual, int(usual) + 1, "d/"},
		{"comments", again(t, tenMillion, comment), 100_000, 100_001, "g"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			o := unpack.Options{MaxEntries: tc.limit}
			if tc.limit == unpack.DefaultMaxEntries {
				o.MaxEntries = 0
			}
			summary, err := unpack.Unpack(t.Context(), tc.stream, p.target, o)
			if summary.Entries != tc.limit {
				t.Errorf("it counted %d entries", summary.Entries)
			}
			refusedEntry(t, err, fmt.Sprintf("more than %d entries", tc.limit), tc.last, tc.number)
			if tc.stream.heap > bounded {
				t.Errorf("it took %d MiB of memory", tc.stream.heap>>20)
			}
			p.untouched(t)
		})
	}
}

// zeros is so many zeros.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// compressedStream compresses a stream while it is read.
func compressedStream(t testing.TB, way string, r io.Reader) *endless {
	e := &endless{}
	w := compressor(t, way, &e.buf)
	var once sync.Once
	e.fill = func(b *bytes.Buffer) {
		for b.Len() == 0 {
			n, err := io.CopyN(w, r, 1<<20)
			must(t, ignoreEOF(err))
			if n == 0 {
				once.Do(func() { must(t, w.Close()) })
				return
			}
		}
	}
	return e
}

func ignoreEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // straight from io.CopyN
		return nil
	}
	return err
}

// header is the header of an entry without its contents.
func header(t testing.TB, h tar.Header) io.Reader {
	var b bytes.Buffer
	must(t, tar.NewWriter(&b).WriteHeader(&h))
	return &b
}

const hundredGB = 100 << 30

// TestHundredGigabytesOfZeros gives bombs: little to read, much to write.
func TestHundredGigabytesOfZeros(t *testing.T) {
	sparse := func(t testing.TB) io.Reader { // a file with nothing but a hole, in the old format of GNU tar
		block, err := io.ReadAll(header(t, tar.Header{Name: "bomb", Typeflag: tar.TypeReg, Mode: 0o644, Format: tar.FormatGNU}))
		must(t, err)
		block[156] = tar.TypeGNUSparse
		copy(block[386:], fmt.Sprintf("%011o\x00%011o\x00", int64(8<<30-512), 0))
		copy(block[483:], "\x80\x00\x00\x00\x00\x00\x00\x19\x00\x00\x00\x00") // 100 << 30
		checksum(block)
		return io.MultiReader(bytes.NewReader(block), zeros(1024))
	}
	one := func(t testing.TB) io.Reader {
		return io.MultiReader(header(t, tar.Header{Name: "bomb", Mode: 0o644, Size: hundredGB}), zeros(hundredGB))
	}
	many := func(t testing.TB) io.Reader {
		var all []io.Reader
		for i := range 100 {
			all = append(all, header(t, tar.Header{Name: fmt.Sprintf("bomb%d", i), Mode: 0o644, Size: 1 << 30}), zeros(1<<30))
		}
		return io.MultiReader(all...)
	}
	headers := func(testing.TB) io.Reader { // extended headers, each of which replaces the one before
		return &endless{fill: func(b *bytes.Buffer) { b.Write(extended(1 << 19)) }}
	}
	for _, tc := range []struct {
		name   string
		stream func(t testing.TB) io.Reader
		o      unpack.Options
		why    string
		entry  string
		number int
		bytes  int64 // that are written
	}{
		{"one file", one, unpack.Options{}, "with its 107374182400 bytes the archive would hold more than 8589934592", "bomb", 1, 0},
		{"a hole", sparse, unpack.Options{}, "with its 107374182400 bytes the archive would hold more than 8589934592", "bomb", 1, 0},
		{"a hundred files", many, unpack.Options{MaxBytes: 100 << 20}, "with its 1073741824 bytes", "bomb0", 1, 0},
		{"headers without end", headers, unpack.Options{}, "more than 8 MiB of headers", "", 1, 0},
		{"files of a megabyte", func(t testing.TB) io.Reader {
			return entries(t, 100_000, func(i int) item { return file(fmt.Sprintf("f%d", i), strings.Repeat("\x00", 1<<20)) })
		}, unpack.Options{MaxBytes: 4 << 20}, "would hold more than 4194304", "f4", 5, 4 << 20},
	} {
		for _, way := range ways() {
			t.Run(tc.name+" "+way, func(t *testing.T) {
				p := newPlace(t)
				stream := compressedStream(t, way, tc.stream(t))
				summary, err := unpack.Unpack(t.Context(), stream, p.target, tc.o)
				refusedEntry(t, err, tc.why, tc.entry, tc.number)
				if summary.Bytes != tc.bytes || onDisk(t, p.target) > tc.bytes+1<<20 {
					t.Errorf("it wrote %d bytes, %d on the disk", summary.Bytes, onDisk(t, p.target))
				}
				if stream.read > 64<<20 || stream.heap > bounded {
					t.Errorf("it read %d MiB, and took %d MiB of memory", stream.read>>20, stream.heap>>20)
				}
				p.untouched(t)
			})
		}
	}
}

// onDisk is how much is in the files of a directory.
func onDisk(t testing.TB, dir string) int64 {
	files, err := os.ReadDir(dir)
	must(t, err)
	total := int64(0)
	for _, f := range files {
		total += 512 * blocks(t, dir+"/"+f.Name())
	}
	return total
}
