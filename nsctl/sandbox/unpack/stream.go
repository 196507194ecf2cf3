package unpack

import (
	"context"
	"errors"
	"io"
)

// input is the archive as it was given. It counts what was read, and ends when the context
// does. A Read that waits is waited for: who cancels closes what it waits on as well.
type input struct {
	ctx context.Context
	r   io.Reader
	n   int64
	err error // of r, to tell it from what is wrong with the data
}

func (i *input) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		i.err = err
		return 0, err
	}
	n, err := i.r.Read(p)
	i.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	return n, err
}

// maxHeaders is how much may stand between the contents of two files: archive/tar takes a
// megabyte for each of the four kinds of headers of one entry, but any number of them.
const maxHeaders = 8 << 20

var errHeaders = errors.New("headers without end")

// stream is the archive without its compression. It bounds the headers: otherwise a
// stream of nothing else would be read for ever without an entry ever being seen.
type stream struct {
	r     io.Reader
	left  int64 // of the headers; below 0 while contents are read
	ended bool  // there is nothing more
}

func (s *stream) headers()  { s.left = maxHeaders }
func (s *stream) contents() { s.left = -1 }

func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, errHeaders
	}
	if s.left > 0 && int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	if s.left > 0 {
		s.left -= int64(n)
	}
	s.ended = s.ended || errors.Is(err, io.EOF)
	return n, err
}
