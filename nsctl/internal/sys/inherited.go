package sys

import (
	"strconv"
	"strings"
)

// CloseInherited closes the descriptors from a number on that whoever started the process
// left open for it, by mistake. Those of the Go runtime are left alone, which waits with them
// (epoll, eventfd). It is called before anything else is opened.
func CloseInherited(from int) {
	dir, err := OpenDir("/proc/self/fd")
	if err != nil {
		return // there is nothing to be done about it
	}
	defer dir.Close()
	var open []int
	_ = dir.Names(func(name []byte) { // what was listed before an error counts
		if fd, err := strconv.Atoi(string(name)); err == nil && fd >= from && fd != int(dir) {
			open = append(open, fd)
		}
	})
	for _, fd := range open {
		if target, err := dir.Readlink(strconv.Itoa(fd)); err == nil && !strings.HasPrefix(target, "anon_inode:[event") {
			closeFD(fd)
		}
	}
}
