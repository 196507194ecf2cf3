package miniroot_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/miniroot"
)

// enterRoot in the environment makes the test binary go to that root and be the program
// that its arguments name. In the root it is the program itself.
const enterRoot = "MNTSCOPE_TEST_ENTER"

func TestMain(m *testing.M) {
	if run, ok := miniroot.Command(os.Args); ok {
		os.Exit(run())
	}
	if root := os.Getenv(enterRoot); root != "" {
		fmt.Fprintln(os.Stderr, enter(root, os.Args[1:]))
		os.Exit(99)
	}
	nstest.Main(m)
}

// enter makes a directory the root of the process's own mount namespace, as it is done for
// containers, and runs a program there. On /sys it leaves a proc: in a user namespace none
// can be mounted where no other is to be seen (mount_too_revealing in fs/namespace.c).
func enter(root string, words []string) error {
	steps := []func() error{
		func() error { return sys.Mount("none", "/", "", sys.MountPrivate|sys.MountRecursive, "") },
		func() error { return sys.Mount(root, root, "", sys.MountBind, "") },
		func() error { return sys.Mount("proc", root+"/sys", "proc", 0, "") },
		func() error {
			if !raceDetector {
				return nil
			}
			return sys.Mount("proc", root+"/proc", "proc", 0, "")
		},
		func() error { return syscall.Chdir(root) },
		func() error { return sys.PivotRoot(".", ".") },
		func() error { return sys.Unmount(".", sys.UnmountDetach) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return sys.Exec("/bin/"+words[0], words, []string{"PATH=/bin", "HOME=/root", "TERM=xterm", "GORACE=atexit_sleep_ms=0"})
}

// newRoot builds a mini root of the test binary.
func newRoot(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	if err := miniroot.Build(root, "/proc/self/exe"); err != nil {
		t.Fatal(err)
	}
	return root
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// in prepares a run of a command of a root, in namespaces of its own.
func in(t testing.TB, root string, words ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), self(t), words...)
	cmd.Env = append(os.Environ(), enterRoot+"="+root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// withoutProc is for tests with commands that have no /proc.
func withoutProc(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector needs /proc")
	}
}

// result is how a command ended, and what it wrote.
type result struct {
	status   int
	out, err string
}

func run(t testing.TB, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
			nstest.Unavailable(t, fmt.Sprintf("no namespace can be made here: %v", err))
		}
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// shell runs a text in the shell of a root.
func shell(t testing.TB, root, text string) result {
	t.Helper()
	return run(t, in(t, root, "sh", "-c", text))
}

// want compares all of a result. Of standard error it is enough that it has the words.
func (r result) want(t *testing.T, status int, out string, errs ...string) {
	t.Helper()
	if r.status != status || r.out != out {
		t.Errorf("status %d, and\n%swanted status %d, and\n%s", r.status, r.out, status, out)
	}
	for _, words := range errs {
		if !strings.Contains(r.err, words) {
			t.Errorf("standard error does not say %q:\n%s", words, r.err)
		}
	}
	if len(errs) == 0 && r.err != "" {
		t.Errorf("standard error has\n%s", r.err)
	}
}
