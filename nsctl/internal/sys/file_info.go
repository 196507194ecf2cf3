package sys

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// FileDetails are what a [fs.FileInfo] has of a file beside what it says (stat(2)).
type FileDetails struct {
	Inode        uint64
	Links        uint64
	UID, GID     int
	Major, Minor uint32 // of a device file
}

// Details gives what is behind the answer of os.Stat or os.Lstat.
func Details(info fs.FileInfo) FileDetails {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileDetails{}
	}
	return FileDetails{
		Inode: stat.Ino, Links: uint64(stat.Nlink), UID: int(stat.Uid), GID: int(stat.Gid), //nolint:unconvert // 32 bits on some machines
		Major: unix.Major(uint64(stat.Rdev)), Minor: unix.Minor(uint64(stat.Rdev)), //nolint:unconvert // the same
	}
}
