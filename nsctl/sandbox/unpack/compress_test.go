package unpack_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// ways are those in which an archive can be compressed.
func ways() []string { return []string{"", "gzip", "xz", "zstd"} }

// compress compresses an archive.
func compress(t testing.TB, way string, data []byte) []byte {
	var b bytes.Buffer
	w := compressor(t, way, &b)
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func compressor(t testing.TB, way string, to io.Writer) io.WriteCloser {
	switch way {
	case "gzip":
		return gzip.NewWriter(to)
	case "xz":
		w, err := xz.NewWriter(to)
		must(t, err)
		return w
	case "zstd":
		w, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
		must(t, err)
		return w
	}
	return plain{to}
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// mendXZ makes the header of the first block valid again.
func mendXZ(data []byte) {
	size := (int(data[12]) + 1) * 4
	header := data[12 : 12+size]
	binary.LittleEndian.PutUint32(header[size-4:], crc32.ChecksumIEEE(header[:size-4]))
}
