package nstest_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// leakEnv says what TestLeave is to leave behind.
const leakEnv = "MNTSCOPE_NSTEST_LEAVE"

// TestLeaksAreFound runs this test binary in a scene, where its only test leaves
// something behind.
func TestLeaksAreFound(t *testing.T) {
	host := nstest.Host(t)
	for _, tc := range []struct{ leave, says string }{
		{"nothing", ""},
		{"process", "child process"},
		{"orphan", "child process"},
		{"thread", "in mnt:["},
		{"descriptor", "/dev/null"},
		{"goroutine", "found unexpected goroutines"},
		{"mount", " /mnt/left rw"},
	} {
		t.Run(tc.leave, func(t *testing.T) {
			t.Parallel() // each waits a second for what it left to go away
			n := host.Clone(t, nstest.Propagation("rprivate"))
			out, err := n.Run("env", leakEnv+"="+tc.leave, n.Proc("exe"), "-test.run=^TestLeave$")
			failed := strings.Contains(string(out), "something was left behind") && err != nil
			if failed != (tc.says != "") || !strings.Contains(string(out), tc.says) {
				t.Errorf("%v\n%s", err, out)
			}
			adopt(t, string(out))
		})
	}
}

// adopt ends the process that was left behind, which now is a child of this one.
func adopt(t *testing.T, out string) {
	t.Helper()
	_, rest, found := strings.Cut(out, "child process ")
	if !found {
		return
	}
	pid, _, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(n)
	if err == nil {
		err = p.Kill()
	}
	if err == nil {
		_, err = p.Wait()
	}
	if err != nil {
		t.Error(err)
	}
}

func TestLeave(t *testing.T) {
	forever := make(chan struct{})
	switch os.Getenv(leakEnv) {
	case "":
		t.Skip("it is run by TestLeaksAreFound")
	case "process":
		if _, err := os.StartProcess("/bin/sleep", []string{"sleep", "60"}, &os.ProcAttr{}); err != nil {
			t.Fatal(err)
		}
	case "orphan":
		sh, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "sleep 60 & exit"}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sh.Wait(); err != nil {
			t.Fatal(err)
		}
	case "thread":
		left := make(chan error)
		go func() {
			runtime.LockOSThread()
			left <- sys.UnshareMounts()
			<-forever
		}()
		if err := <-left; err != nil {
			t.Fatal(err)
		}
	case "descriptor":
		if _, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0); err != nil {
			t.Fatal(err)
		}
	case "goroutine":
		go func() { <-forever }()
	case "mount":
		if err := os.MkdirAll("/mnt/left", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := sys.Mount("tmpfs", "/mnt/left", "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	}
}
