package sys

import (
	"io/fs"
	"os"
	"syscall"
)

// OwnersOf gives the owner, group and mode of a file below a root, links not followed.
func OwnersOf(root *os.Root, path string) (uid, gid int, mode fs.FileMode, err error) {
	info, err := root.Lstat(path)
	if err != nil {
		return 0, 0, 0, err
	}
	st := info.Sys().(*syscall.Stat_t) // as it is on Linux
	return int(st.Uid), int(st.Gid), info.Mode(), nil
}
