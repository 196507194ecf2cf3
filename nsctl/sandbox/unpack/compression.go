package unpack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxWindow is how much of what was decompressed before a compressed archive may refer
// to, and so how much memory it takes: as much as the highest levels of xz (64 MiB) and
// zstd (128 MiB) use.
const maxWindow = 128 << 20

// compression is one way of compressing an archive, recognised by how it begins.
type compression struct {
	name  string
	magic []byte
	// open gives what was compressed; nil where this package cannot.
	open func(r *bufio.Reader) (io.ReadCloser, error)
}

func compressions() []compression {
	return []compression{
		{"gzip", []byte("\x1f\x8b"), openGzip},
		{"xz", []byte("\xfd7zXZ\x00"), openXZ},
		{"zstd", []byte("\x28\xb5\x2f\xfd"), openZstd},
		{"bzip2", []byte("BZh"), nil},
		{"lz4", []byte("\x04\x22\x4d\x18"), nil},
		{"lzip", []byte("LZIP"), nil},
		{"zip", []byte("PK\x03\x04"), nil},
	}
}

// decompress gives an archive without its compression, and the compression's name.
func decompress(r *bufio.Reader) (io.ReadCloser, string, error) {
	begin, err := r.Peek(6)
	if len(begin) == 0 {
		if errors.Is(err, io.EOF) {
			return nil, "", refused("look at what it was made from", "the archive is empty")
		}
		return nil, "", failed(err, "", "the archive cannot be read")
	}
	for _, c := range compressions() {
		switch {
		case !bytes.HasPrefix(begin, c.magic):
			continue
		case c.open == nil:
			return nil, "", refused("make it a tar archive, plain or compressed with gzip, xz or zstd", "the archive is compressed with %s", c.name)
		}
		opened, err := c.open(r)
		if err != nil {
			return nil, c.name, err
		}
		return opened, c.name, nil
	}
	return io.NopCloser(r), "", nil
}

func openGzip(r *bufio.Reader) (io.ReadCloser, error) {
	return gzip.NewReader(r)
}

// openXZ watches what the package does not bound: it makes room for as much as the
// archive asks for, up to 4 GiB.
func openXZ(r *bufio.Reader) (io.ReadCloser, error) {
	opened, err := xz.NewReader(bufio.NewReader(newXZGuard(r, maxWindow)))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(opened), nil
}

func openZstd(r *bufio.Reader) (io.ReadCloser, error) {
	opened, err := zstd.NewReader(r,
		zstd.WithDecoderConcurrency(1), // without goroutines: nothing goes on after the end
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow),
		zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		return nil, err
	}
	return opened.IOReadCloser(), nil
}
