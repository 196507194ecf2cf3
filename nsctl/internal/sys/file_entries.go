package sys

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// EntryKind is what a directory says of a name in it, without a look at the file itself.
type EntryKind uint8

// The kinds of entries. Some filesystems tell none of them.
const (
	EntryUnknown EntryKind = iota
	EntryDirectory
	EntryOther // also a link, whatever that leads to
)

// Names calls each for every entry of d except . and .., in the kernel's order.
// The name is valid during the call only.
func (d Dir) Names(each func(name []byte)) error {
	return d.Entries(func(name []byte, _ EntryKind) bool {
		each(name)
		return true
	})
}

// Entries does what Names does, until each wants no more, and tells the kinds.
func (d Dir) Entries(each func(name []byte, kind EntryKind) (more bool)) error {
	buf := make([]byte, 8192)
	for {
		n, err := retry(func() (int, error) { return unix.Getdents(int(d), buf) })
		switch {
		case err != nil:
			return &CallError{"getdents", "", err}
		case n == 0:
			return nil
		}
		more, err := entriesOf(buf[:n], each)
		if err != nil || !more {
			return err
		}
	}
}

// direntName is the offset of d_name in struct linux_dirent64: u64 ino, s64 off, u16 reclen,
// u8 type, name, NUL.
const direntName = 19

// entriesOf goes through what the kernel has put into a buffer.
func entriesOf(buf []byte, each func(name []byte, kind EntryKind) bool) (more bool, err error) {
	for len(buf) >= direntName {
		reclen := int(buf[16]) | int(buf[17])<<8
		if reclen < direntName || reclen > len(buf) {
			return false, &CallError{"getdents", "", unix.EBADMSG}
		}
		name := buf[direntName:reclen]
		if end := bytes.IndexByte(name, 0); end >= 0 {
			name = name[:end]
		}
		kind := EntryOther
		switch buf[18] {
		case unix.DT_UNKNOWN:
			kind = EntryUnknown
		case unix.DT_DIR:
			kind = EntryDirectory
		}
		if s := string(name); s != "." && s != ".." && !each(name, kind) {
			return false, nil
		}
		buf = buf[reclen:]
	}
	return true, nil
}

// IsDirectory says that a name in d is a directory. It follows no link, starts no automount,
// and asks no file server.
func (d Dir) IsDirectory(name string) (bool, error) {
	var st unix.Statx_t
	flags := unix.AT_SYMLINK_NOFOLLOW | unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	err := unix.Statx(int(d), name, flags, unix.STATX_TYPE, &st)
	if errors.Is(err, unix.ENOENT) {
		return false, nil // it was removed since
	}
	if err != nil {
		return false, &CallError{"statx", name, err}
	}
	return st.Mode&unix.S_IFMT == unix.S_IFDIR, nil
}
