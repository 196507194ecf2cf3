package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// A NodeKind is a kind of file that mknod(2) makes.
type NodeKind uint32

// The kinds of nodes.
const (
	FIFO        NodeKind = unix.S_IFIFO
	CharDevice  NodeKind = unix.S_IFCHR
	BlockDevice NodeKind = unix.S_IFBLK
)

// MakeNode makes a node below d that only its owner may use. The device number is that of
// a device.
func (d Dir) MakeNode(name string, kind NodeKind, device FileDev) error {
	_, err := retry(func() (int, error) {
		return 0, unix.Mknodat(int(d), name, uint32(kind)|0o600, int(unix.Mkdev(device.Major, device.Minor)))
	})
	if err != nil {
		return &CallError{"mknod", name, err}
	}
	return nil
}

// SetModTime sets the time of the last modification of a file below d. It follows no
// symbolic link: the time is that of the link.
func (d Dir) SetModTime(name string, t time.Time) error {
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, {Sec: t.Unix(), Nsec: int64(t.Nanosecond())}}
	_, err := retry(func() (int, error) {
		return 0, unix.UtimesNanoAt(int(d), name, times, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err != nil {
		return &CallError{"utimensat", name, err}
	}
	return nil
}

// Link gives a file below d another name, below at. A symbolic link is not followed.
func (d Dir) Link(name string, at Dir, as string) error {
	if _, err := retry(func() (int, error) { return 0, unix.Linkat(int(d), name, int(at), as, 0) }); err != nil {
		return &CallError{"link", name, err}
	}
	return nil
}
