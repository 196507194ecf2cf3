package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// ThreadCPU gives the processor time that the calling thread has used. It means
// something only in a goroutine that is locked to its thread.
func ThreadCPU() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

// ProcessCPU gives the processor time that all threads of the process have used.
func ProcessCPU() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

func clock(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0 // every kernel that runs Go has these clocks
	}
	return time.Duration(ts.Nano())
}

// ThreadID gives the calling thread's id.
func ThreadID() int { return unix.Gettid() }

// UnshareFS gives the calling thread a root, working directory and umask of its
// own, which it needs before it can enter another mount namespace
// (setns(2): EINVAL otherwise).
func UnshareFS() error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return &CallError{"unshare", "CLONE_FS", err}
	}
	return nil
}

// EnterMountNamespace moves the calling thread into a mount namespace, and its root
// and working directory to the top of it.
func (n NamespaceFile) EnterMountNamespace() error {
	_, err := retry(func() (int, error) { return 0, unix.Setns(int(n.File), unix.CLONE_NEWNS) })
	if err != nil {
		return &CallError{"setns", "mount namespace", err}
	}
	return nil
}

// Monotonic reads CLOCK_MONOTONIC, the clock that the kernel's own records can have.
func Monotonic() time.Duration { return clock(unix.CLOCK_MONOTONIC) }
