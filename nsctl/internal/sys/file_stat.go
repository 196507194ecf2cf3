package sys

import "golang.org/x/sys/unix"

// FileStat is what tells where a file is (statx(2)).
type FileStat struct {
	Dev  FileDev // of the filesystem, as stat(2) gives it
	Rdev FileDev // of a device file
	// MountID is the mount that the file was reached through, the first field of
	// mountinfo; 0 before Linux 5.8, which does not tell.
	MountID int32
	// BlockDevice says that it is the file of a block device.
	BlockDevice bool
}

// FileDev is a device number.
type FileDev struct{ Major, Minor uint32 }

// Stat looks at a file below d. It follows links, also those of /proc that are no paths.
// Like FileID it asks no server and mounts nothing; only the way to the file may wait
// for a server, if it is an ordinary path.
func (d Dir) Stat(name string) (FileStat, error) {
	st, err := retry(func() (unix.Statx_t, error) {
		var st unix.Statx_t
		err := unix.Statx(int(d), name, unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE|unix.STATX_MNT_ID, &st)
		return st, err
	})
	if err != nil {
		return FileStat{}, &CallError{"statx", name, err}
	}
	s := FileStat{
		Dev: FileDev{st.Dev_major, st.Dev_minor}, Rdev: FileDev{st.Rdev_major, st.Rdev_minor},
		BlockDevice: st.Mode&unix.S_IFMT == unix.S_IFBLK,
	}
	if st.Mask&unix.STATX_MNT_ID != 0 {
		s.MountID = int32(st.Mnt_id)
	}
	return s, nil
}
