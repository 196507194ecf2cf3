package unpack

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"mntscope/nsctl/internal/sys"
)

// file makes a file and writes its contents.
func (u *unpacker) file(h *tar.Header, name string, contents io.Reader) error {
	if h.Size > u.MaxBytes-u.Bytes {
		return refused("if you trust it, allow more bytes",
			"with its %d bytes the archive would hold more than %d", h.Size, u.MaxBytes)
	}
	var f *os.File
	root := u.walker.here().root
	err := replace(root, name, func() (err error) {
		f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return wrote(err, "the file cannot be made")
	}
	if err = u.write(f, h, contents); err == nil {
		err = u.dress(h, name, f)
	}
	if e := f.Close(); err == nil {
		err = wrote(e, notWritten)
	}
	if err == nil {
		u.Files++
	}
	return err
}

const notWritten = "the file cannot be written"

// write copies the contents. Holes, in an archive that has them, become holes.
func (u *unpacker) write(f *os.File, h *tar.Header, contents io.Reader) error {
	sparse := isSparse(h)
	for {
		n, err := contents.Read(u.buf)
		// archive/tar gives no more than was declared; this is for the day when it does.
		if u.Bytes += int64(n); u.Bytes > u.MaxBytes {
			return refused(distrust, "the archive holds more than it says, and than %d bytes", u.MaxBytes)
		}
		var e error
		if sparse && isZero(u.buf[:n]) {
			_, e = f.Seek(int64(n), io.SeekCurrent)
		} else if n > 0 {
			_, e = f.Write(u.buf[:n])
		}
		if e != nil {
			return wrote(e, notWritten)
		}
		switch {
		case errors.Is(err, io.EOF):
			if sparse {
				return wrote(f.Truncate(h.Size), notWritten)
			}
			return nil
		case err != nil:
			return u.unreadable(err)
		}
		u.tell()
	}
}

// isSparse reports whether an entry has holes, in one of the four formats of GNU tar.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func isZero(p []byte) bool { return len(bytes.TrimLeft(p, "\x00")) == 0 }

// wrote makes the error, if any, of something that could not be made or written.
func wrote(err error, why string, args ...any) error {
	try := ""
	switch errno := sys.ErrnoName(err); {
	case err == nil:
		return nil
	case errno == "ENOSPC", errno == "EDQUOT":
		try = "free space or inodes in the file system of the directory, or use another one"
	case errno == "EMLINK":
		try = "use a directory in another file system, which allows more links to one file"
	}
	return failed(err, try, why, args...)
}
