package sys

import "golang.org/x/sys/unix"

// MountsChanged reports whether a mount was attached, detached or remounted in
// the namespace of an open mountinfo file since the file was opened or last asked.
func (f File) MountsChanged() (bool, error) {
	fds := []unix.PollFd{{Fd: int32(f), Events: unix.POLLPRI}}
	_, err := retry(func() (int, error) { return unix.Poll(fds, 0) })
	if err != nil {
		return false, &CallError{"poll", "mountinfo", err}
	}
	return fds[0].Revents&(unix.POLLPRI|unix.POLLERR) != 0, nil
}
