package unpack

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Unpack unpacks a tar archive, plain or compressed with gzip, xz or zstd, as its contents
// say, into the directory dir, which must be there, be empty, and allow its owner
// everything. See the package's documentation for what is refused and what is kept.
//
// An error about the archive or an entry is an [*Error]; one of the context matches its cause.
func Unpack(ctx context.Context, r io.Reader, dir string, o Options) (Summary, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = root.Close() }() // nothing was written to it
	if err := mustBeEmpty(root, dir); err != nil {
		return Summary{}, err
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxEntries <= 0 {
		o.MaxEntries = DefaultMaxEntries
	}
	u := &unpacker{Options: o, ctx: ctx, in: &input{ctx: ctx, r: r}, tree: newTree()}
	u.walker = newWalker(u.tree, root, u.missing)
	u.targets = newWalker(u.tree, root, nil)
	defer u.walker.close()
	defer u.targets.close()

	err = u.archive()
	if err == nil {
		err = u.finish()
	}
	u.report()
	return u.Summary, err
}

// mustBeEmpty makes sure that whatever is found in the directory later is from the archive.
func mustBeEmpty(root *os.Root, dir string) error {
	d, err := root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // was only read
	switch _, err := d.Readdirnames(1); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return &fs.PathError{Op: "unpack into", Path: dir, Err: ErrNotEmpty}
}

// unpacker is one call of Unpack.
type unpacker struct {
	Options
	Summary
	ctx      context.Context
	in       *input
	stream   *stream
	tree     *tree
	walker   *walker // to where the entries are
	targets  *walker // to what hard links are to
	number   int64   // of the entry
	name     string  // of the entry, as it stands in the archive
	declared bool    // the directory that is made next is the entry's own
	buf      []byte
	reported time.Time
}

// archive unpacks all entries.
func (u *unpacker) archive() error {
	opened, name, err := decompress(bufio.NewReaderSize(u.in, 64<<10))
	if err != nil {
		return u.unreadable(err)
	}
	defer func() { _ = opened.Close() }() // was only read
	u.Compression = name
	u.stream = &stream{r: bufio.NewReaderSize(opened, 64<<10)}
	u.buf = make([]byte, 128<<10)
	archive := tar.NewReader(u.stream)
	for {
		u.number++
		u.name = ""
		u.stream.headers()
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && !u.stream.ended:
			return u.rest()
		case errors.Is(err, io.EOF):
			return u.unreadable(io.ErrUnexpectedEOF)
		case err != nil:
			return u.unreadable(err)
		}
		u.name = header.Name
		u.stream.contents()
		err = u.count()
		if err == nil {
			err = u.entry(header, archive)
		}
		if err != nil {
			return u.about(err)
		}
		u.tell()
	}
}

// rest reads on to the end of the compressed data, where its checksum is, and so that who
// writes into a pipe is not stopped. What may follow without an end is left alone.
func (u *unpacker) rest() error {
	u.number = 0
	u.stream.contents()
	_, err := io.CopyN(io.Discard, u.stream, 1<<20)
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, gzip.ErrHeader) { // gzip(1) lets garbage follow as well
		return nil
	}
	return u.unreadable(err)
}

// count counts an entry, and is called before anything is made for it.
func (u *unpacker) count() error {
	if err := u.ctx.Err(); err != nil {
		return failed(err, "", "it was not begun")
	}
	if u.Entries >= u.MaxEntries {
		return refused("if you trust it, allow more entries", "the archive has more than %d entries", u.MaxEntries)
	}
	u.Entries++
	return nil
}

// missing counts a directory that is about to be made. That of an entry was counted with it.
func (u *unpacker) missing() error {
	if !u.declared {
		if err := u.count(); err != nil {
			return err
		}
	}
	u.Directories++
	return nil
}

// about adds to an error which entry it is about.
func (u *unpacker) about(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		e.Number, e.Entry = u.number, u.name
	}
	return err
}

// unreadable makes the error of an archive, or its compression, that could not be read.
func (u *unpacker) unreadable(err error) error {
	const again = "get it again"
	switch {
	case u.in.err != nil:
		err = failed(u.in.err, "", "the archive cannot be read any further")
	case errors.Is(err, errHeaders):
		err = refused(distrust, "it has more than %d MiB of headers", maxHeaders>>20)
	case errors.Is(err, tar.ErrFieldTooLong):
		err = refused(distrust, "it has a header of more than 1 MiB")
	case errors.Is(err, errWindow), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = refused("compress it again with ordinary options", "the compression needs more than %d MiB of memory", maxWindow>>20)
	case errors.Is(err, ErrRefused):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = failed(io.ErrUnexpectedEOF, again, "the archive is cut off here")
	case u.number <= 1 && u.Compression == "":
		err = failed(err, "give a tar archive, plain or compressed with gzip, xz or zstd", "this is no tar archive")
	default:
		err = failed(err, again, "the archive is damaged here")
	}
	return u.about(err)
}

// tell reports how far it is, now and then.
func (u *unpacker) tell() {
	if u.Progress != nil && time.Since(u.reported) >= progressPeriod {
		u.report()
		u.reported = time.Now()
	}
}

func (u *unpacker) report() {
	if u.Progress != nil {
		u.Progress(Progress{Read: u.in.n, Written: u.Bytes, Entries: u.Entries})
	}
}
