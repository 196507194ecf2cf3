package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"mntscope/ui/uitest"
)

// room is a mount namespace with a shell in it. Nothing that is done there is seen by
// the machine, and it ends with the test.
type room struct{ *uitest.Shell }

// newRoom makes a namespace that is cut off from the machine, with an empty tmpfs on
// /mnt that is shared. Without root it is in a user namespace in which the shell is root.
func newRoom(t *testing.T) *room {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	r := open(t, cmd)
	r.Do(t, "mount -t tmpfs scratch /mnt && mount --make-shared /mnt")
	return r
}

// clone makes a namespace that starts as a copy, with the given propagation.
func (r *room) clone(t *testing.T, propagation string) *room {
	t.Helper()
	args := []string{"-t", strconv.Itoa(r.PID), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	return open(t, exec.CommandContext(t.Context(), "nsenter", append(args, "unshare", "-m", "--propagation", propagation, "/bin/sh")...))
}

func open(t *testing.T, cmd *exec.Cmd) *room {
	t.Helper()
	shell, err := uitest.StartShell(t, cmd)
	if err != nil {
		if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
			t.Skipf("no mount namespace can be made here: %v", err)
		}
		t.Fatal(err)
	}
	return &room{shell}
}
