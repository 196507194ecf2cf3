package sys

import "golang.org/x/sys/unix"

// Ended is how a process ended.
type Ended struct {
	Status int `json:"status"`           // 0 if it was killed
	Signal int `json:"signal,omitempty"` // that killed it, or 0
}

// WaitForChild waits until a child of the process has ended, which then is there to be
// reaped. It fails with ECHILD if there is no child at all.
func WaitForChild() error {
	_, err := retry(func() (int, error) {
		return 0, unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT, nil)
	})
	if err != nil {
		return &CallError{"waitid", "", err}
	}
	return nil
}

// Reap gives a child that has ended, whose pid is free from then on; 0 if there is none.
func Reap() (pid int, how Ended, err error) {
	var status unix.WaitStatus
	pid, err = retry(func() (int, error) { return unix.Wait4(-1, &status, unix.WNOHANG, nil) })
	if err != nil {
		return 0, how, &CallError{"wait4", "", err}
	}
	if status.Signaled() {
		return pid, Ended{Signal: int(status.Signal())}, nil
	}
	return pid, Ended{Status: status.ExitStatus()}, nil
}
