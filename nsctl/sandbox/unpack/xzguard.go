package unpack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errWindow is the error of an archive that asks for more memory than maxWindow.
var errWindow = errors.New("the compression needs too much memory")

// errFraming is the error of what the guard does not understand.
var errFraming = errors.New("xz: bad framing")

// xzGuard reads along in an xz file, whose blocks say in their headers how much memory they
// need, and ends it where one asks for too much. For this it follows the framing only: the
// streams, blocks, chunks and the index tell their lengths (xz-file-format.txt of XZ Utils,
// sections 2 to 4; the chunks of LZMA2 are in lzma2_decoder.c). Whether the rest is
// right is for the decoder to say.
type xzGuard struct {
	r     io.Reader
	limit int64
	err   error

	skip  int64              // bytes that do not matter
	want  int                // how many bytes the next step needs to see
	seen  []byte             // those seen so far
	step  func([]byte) error // takes them
	check int64              // length of the check at the end of a block
	count int64              // of bytes in the present block or index, for its padding
	ints  uint64             // integers of the index that are still to come
	value uint64             // the integer that is read now, of the first shift bits
	shift uint
}

func newXZGuard(r io.Reader, limit int64) *xzGuard {
	g := &xzGuard{r: r, limit: limit}
	g.then(12, g.streamHeader)
	return g
}

func (g *xzGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	if g.err = g.follow(p[:n]); g.err != nil {
		return 0, g.err // the decoder must not see what was refused
	}
	return n, err
}

// then says what comes next.
func (g *xzGuard) then(want int, step func([]byte) error) {
	g.want, g.step, g.seen = want, step, g.seen[:0]
}

// more asks for more of what the present step sees.
func (g *xzGuard) more(want int, step func([]byte) error) { g.want, g.step = want, step }

func (g *xzGuard) follow(p []byte) error {
	for len(p) > 0 {
		if g.skip > 0 {
			n := min(g.skip, int64(len(p)))
			g.skip -= n
			p = p[n:]
			continue
		}
		n := min(g.want-len(g.seen), len(p))
		g.seen = append(g.seen, p[:n]...)
		p = p[n:]
		if len(g.seen) == g.want {
			if err := g.step(g.seen); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *xzGuard) streamHeader(b []byte) error {
	if string(b[:6]) != "\xfd7zXZ\x00" || b[7] > 0xf {
		return errFraming
	}
	// The ids of checks are in groups of three of the same length.
	g.check = [...]int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]]
	g.then(1, g.blockOrIndex)
	return nil
}

func (g *xzGuard) blockOrIndex(b []byte) error {
	if b[0] == 0 {
		g.count, g.ints = 1, 0
		g.then(1, g.indexCount)
		return nil
	}
	g.more((int(b[0])+1)*4, g.blockHeader)
	return nil
}

// blockHeader finds the filter LZMA2, the only one that needs memory, and its dictionary.
func (g *xzGuard) blockHeader(b []byte) error {
	flags, rest := b[1], b[2:len(b)-4] // without the CRC32
	next := func() uint64 {
		v, n := binary.Uvarint(rest)
		rest = rest[max(n, 0):]
		return v
	}
	for bit := byte(0x40); bit != 0; bit <<= 1 { // the sizes of the block, where they are known
		if flags&bit != 0 {
			next()
		}
	}
	for range flags&3 + 1 {
		id, size := next(), next()
		if size > uint64(len(rest)) {
			return errFraming
		}
		properties := rest[:size]
		rest = rest[size:]
		if id != 0x21 {
			continue
		}
		if size != 1 || properties[0] > 40 {
			return errFraming
		}
		if d := dictionary(properties[0]); d > g.limit {
			return fmt.Errorf("%w: a dictionary of %d MiB, more than %d", errWindow, d>>20, g.limit>>20)
		}
	}
	g.count = 0
	g.then(1, g.chunk)
	return nil
}

// dictionary is the size that a byte stands for (section 5.3.1).
func dictionary(bits byte) int64 {
	if bits == 40 {
		return 1<<32 - 1
	}
	return int64(2|bits&1) << (bits/2 + 11)
}

func (g *xzGuard) chunk(b []byte) error {
	switch control := b[0]; {
	case control == 0: // the end of the block
		g.count++
		g.skip = -g.count&3 + g.check
		g.then(1, g.blockOrIndex)
	case control < 3:
		g.more(3, g.plainChunk)
	case control < 0x80:
		return errFraming
	case control < 0xc0:
		g.more(5, g.packedChunk)
	default:
		g.more(6, g.packedChunk) // with new properties
	}
	return nil
}

func (g *xzGuard) plainChunk(b []byte) error  { return g.chunkOf(b, b[1:]) }
func (g *xzGuard) packedChunk(b []byte) error { return g.chunkOf(b, b[3:]) }

func (g *xzGuard) chunkOf(header, size []byte) error {
	g.skip = int64(binary.BigEndian.Uint16(size)) + 1
	g.count += int64(len(header)) + g.skip
	g.then(1, g.chunk)
	return nil
}

// integer reads one of the index, which are of any length.
func (g *xzGuard) integer(b byte) (complete bool, err error) {
	g.count++
	if g.shift > 56 {
		return false, errFraming
	}
	g.value |= uint64(b&0x7f) << g.shift
	g.shift += 7
	return b < 0x80, nil
}

func (g *xzGuard) indexCount(b []byte) error {
	complete, err := g.integer(b[0])
	if complete {
		g.ints = 2 * g.value // the two sizes of each block
		g.nextInteger()
		return nil
	}
	g.then(1, g.indexCount)
	return err
}

func (g *xzGuard) indexRecord(b []byte) error {
	complete, err := g.integer(b[0])
	if complete {
		g.ints--
		g.nextInteger()
		return nil
	}
	g.then(1, g.indexRecord)
	return err
}

func (g *xzGuard) nextInteger() {
	g.value, g.shift = 0, 0
	if g.ints > 0 {
		g.then(1, g.indexRecord)
		return
	}
	const crcAndFooter = 4 + 12
	g.skip = -g.count&3 + crcAndFooter
	g.then(4, g.padding)
}

// padding is what may stand between two streams.
func (g *xzGuard) padding(b []byte) error {
	if string(b) != "\x00\x00\x00\x00" {
		g.more(12, g.streamHeader)
		return nil
	}
	g.then(4, g.padding)
	return nil
}
