package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

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

// AwaitReadable waits until a read of the file would not block, or the time is over, which
// is rounded up to milliseconds.
func (f File) AwaitReadable(limit time.Duration) error {
	fds := []unix.PollFd{{Fd: int32(f), Events: unix.POLLIN}}
	ms := int((limit + time.Millisecond - 1) / time.Millisecond)
	if _, err := retry(func() (int, error) { return unix.Poll(fds, ms) }); err != nil {
		return &CallError{"poll", "", err}
	}
	return nil
}
