package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
)

// room is a mount namespace with a shell in it. Nothing that is done there is seen by
// the machine, and it ends with the test.
type room struct {
	pid  int
	ns   nsctl.NSNumber
	in   io.WriteCloser
	out  *bufio.Reader
	wait func() error
}

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
	r.do(t, "mount -t tmpfs scratch /mnt && mount --make-shared /mnt")
	return r
}

// clone makes a namespace that starts as a copy, with the given propagation.
func (r *room) clone(t *testing.T, propagation string) *room {
	t.Helper()
	args := []string{"-t", strconv.Itoa(r.pid), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	return open(t, exec.CommandContext(t.Context(), "nsenter", append(args, "unshare", "-m", "--propagation", propagation, "/bin/sh")...))
}

func open(t *testing.T, cmd *exec.Cmd) *room {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		if os.Geteuid() != 0 && os.Getenv("CI") != "true" {
			t.Skipf("no mount namespace can be made here: %v", err)
		}
		t.Fatal(err)
	}
	r := &room{pid: cmd.Process.Pid, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() { r.end(t) })
	r.wait = cmd.Wait
	link := r.do(t, "readlink /proc/self/ns/mnt")
	if r.ns, err = nsctl.ParseNSNumber(strings.TrimSpace(link)); err != nil {
		t.Fatal(err)
	}
	return r
}

// do runs a line of shell in the room, which must end well, and gives what it prints.
func (r *room) do(t *testing.T, line string) string {
	t.Helper()
	const end = "\x00ended with "
	if _, err := io.WriteString(r.in, line+"\nprintf '\\0ended with %d\\n' $?\n"); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var out strings.Builder
	for {
		text, err := r.out.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out.String())
		}
		before, status, ended := strings.Cut(text, end)
		out.WriteString(before)
		if ended {
			if status != "0\n" {
				t.Fatalf("%s: exit status %s%s", line, status, out.String())
			}
			return out.String()
		}
	}
}

// end ends the shell, and with it the namespace, once.
func (r *room) end(t *testing.T) {
	t.Helper()
	if r.wait == nil {
		return
	}
	_ = r.in.Close() // ends it; after the test's end it is killed anyway
	_ = r.wait()
	r.wait = nil
}
