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
// containers, and runs a program there.
func enter(root string, words []string) error {
	if err := errors.Join(
		sys.Mount("none", "/", "", sys.MountPrivate|sys.MountRecursive, ""),
		sys.Mount(root, root, "", sys.MountBind, ""),
		syscall.Chdir(root),
		sys.PivotRoot(".", "."),
		sys.Unmount(".", sys.UnmountDetach),
	); err != nil {
		return err
	}
	return sys.Exec("/bin/"+words[0], words, []string{"PATH=/bin", "HOME=/root", "TERM=xterm", "GORACE=atexit_sleep_ms=0"})
}

// newRoot builds a mini root of the test binary.
func newRoot(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	if err := miniroot.Build(root, self(t)); err != nil {
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
