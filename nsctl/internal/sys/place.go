package sys

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// A Place is where a path leads, opened with O_PATH: nothing can be read from it, it takes
// no permission on the file itself, opens no device, and starts no automount.
type Place int

// OpenPlace opens the place that a path leads to, links at its end followed.
func OpenPlace(path string) (Place, error) { return Dir(unix.AT_FDCWD).OpenPlace(path) }

// OpenPlace opens a place below d.
func (d Dir) OpenPlace(name string) (Place, error) {
	fd, err := d.open(name, unix.O_PATH)
	return Place(fd), err
}

// Follow opens the place that a path leads to for a process with the root p: absolute
// links and ".." stay below p (openat2(2), Linux 5.6). Links of /proc that are no paths are
// refused with EXDEV.
func (p Place) Follow(path string) (Place, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	err := error(unix.EAGAIN) // while something is moved on the host, if the path has a ".."
	for try := 0; try < maxAgain && errors.Is(err, unix.EAGAIN); try++ {
		var fd int
		fd, err = retry(func() (int, error) { return unix.Openat2(int(p), path, &how) })
		if err == nil {
			return Place(fd), nil
		}
	}
	return -1, missingCall("openat2(2)", "5.6", &CallError{"openat2", path, err})
}

// maxAgain is how often a path is tried that the kernel was not sure of.
const maxAgain = 32

// Close closes the place.
func (p Place) Close() { closeFD(int(p)) }

// PlaceInfo is what is known of a place.
type PlaceInfo struct {
	Directory bool
	Removed   bool   // no name leads there any more
	Mount     uint64 // the id in mountinfo; 0 before Linux 5.8
	MountRoot bool   // the place is the root of its mount
	// UniqueMount is the id of the mount that is never used again; 0 before Linux 6.8.
	UniqueMount uint64
}

// Stat describes the place. It asks no file server, which may be dead.
func (p Place) Stat() (PlaceInfo, error) {
	var st unix.Statx_t
	flags := unix.AT_EMPTY_PATH | unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	if err := unix.Statx(int(p), "", flags, unix.STATX_TYPE|unix.STATX_NLINK|unix.STATX_MNT_ID, &st); err != nil {
		return PlaceInfo{}, &CallError{"statx", "", err}
	}
	info := PlaceInfo{Directory: st.Mode&unix.S_IFMT == unix.S_IFDIR, Removed: st.Nlink == 0}
	if st.Mask&unix.STATX_MNT_ID != 0 {
		info.Mount = st.Mnt_id
		info.MountRoot = st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
	}
	// It comes in place of the other id.
	if err := unix.Statx(int(p), "", flags, unix.STATX_MNT_ID_UNIQUE, &st); err != nil {
		return PlaceInfo{}, &CallError{"statx", "", err}
	}
	if st.Mask&unix.STATX_MNT_ID_UNIQUE != 0 {
		info.UniqueMount = st.Mnt_id
	}
	return info, nil
}

// Path gives the path of the place without links, from the root of the calling thread if
// it is below that, else from the root of its namespace; proc is an open /proc. For
// the file of a namespace it is the kernel's notation: mnt:[4026531841].
func (p Place) Path(proc Dir) (string, error) {
	return proc.Readlink("thread-self/fd/" + strconv.Itoa(int(p)))
}
