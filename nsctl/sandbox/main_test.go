package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/miniroot"
)

// makerEnv in the environment makes the test binary a program that makes a sandbox, as its
// first argument says, in the store that is the variable's value. It ends with standard input.
const makerEnv = "MNTSCOPE_TEST_MAKER"

func TestMain(m *testing.M) {
	if sandbox.Keeps(os.Args) {
		os.Exit(sandbox.Keep())
	}
	if command, ok := miniroot.Command(os.Args); ok {
		os.Exit(command())
	}
	if help, ok := change.AsHelper(); ok {
		os.Exit(help())
	}
	// The race detector waits a second at each end of a program.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil { //nolint:forbidigo // for the processes that the tests start
		panic(err)
	}
	if dir := os.Getenv(makerEnv); dir != "" {
		if err := makeFor(dir, os.Args[1]); err != nil {
			fmt.Println("failed:", err) //nolint:forbidigo // it is this program's output
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv(peerEnv); path != "" {
		if err := askAsPeer(path); err != nil {
			fmt.Println(err) //nolint:forbidigo // it is this program's output
		}
		os.Exit(0)
	}
	nstest.Main(m)
}

// wish is the argument of a maker.
type wish struct {
	Spec sandbox.Spec
	Argv []string // is run in it
	Wait bool     // for the end of standard input
}

func (w wish) String() string {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func makeFor(dir, text string) (err error) {
	var w wish
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return err
	}
	s, err := sandbox.Open(dir)
	if err != nil {
		return err
	}
	b, err := s.New(context.Background(), w.Spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	fmt.Println("made", b.Name) //nolint:forbidigo // as above
	if len(w.Argv) > 0 {
		status, err := s.Run(context.Background(), b.Name, sandbox.Program{Argv: w.Argv, Env: os.Environ(), Dir: "/", In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
		fmt.Println("ended with", status) //nolint:forbidigo // as above
		if err != nil {
			return err
		}
	}
	if w.Wait {
		_, err = io.Copy(io.Discard, os.Stdin)
	}
	return err
}

// storeDir is an empty directory for a store.
func storeDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) *sandbox.Store {
	t.Helper()
	s, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// store is an empty one.
func store(t testing.TB) *sandbox.Store {
	t.Helper()
	return open(t, storeDir(t))
}

// made makes a sandbox that ends with the test.
func made(t testing.TB, s *sandbox.Store, spec sandbox.Spec) *sandbox.Sandbox {
	t.Helper()
	spec.UserNS = spec.UserNS || os.Geteuid() != 0 && spec.In == ""
	b, err := s.New(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if spec.Keep {
			if err := s.Remove(b.Name); err != nil && !errors.Is(err, sandbox.ErrUnknown) {
				t.Error(err)
			}
		}
		if err := b.Close(); err != nil && !errors.Is(err, sandbox.ErrUnknown) {
			t.Error(err)
		}
	})
	return b
}

// ran runs a program in a sandbox and gives what it printed, and its exit status.
func ran(t testing.TB, s *sandbox.Store, name string, argv ...string) (out string, status int, err error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	status, err = s.Run(t.Context(), name, sandbox.Program{Argv: argv, Env: os.Environ(), Dir: "/", In: null, Out: file, Err: file})
	text, failed := os.ReadFile(file.Name())
	if failed != nil {
		t.Fatal(failed)
	}
	return string(text), status, err
}

// mustRun runs a program in a sandbox that must end well, and gives what it printed.
func mustRun(t testing.TB, s *sandbox.Store, name string, argv ...string) string {
	t.Helper()
	out, status, err := ran(t, s, name, argv...)
	if err != nil || status != 0 {
		t.Fatalf("%s: exit status %d, %v\n%s", strings.Join(argv, " "), status, err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// eventually waits until something that nobody tells of has become so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(limit) {
			t.Fatal("not " + what + " in time")
		}
		time.Sleep(time.Millisecond) //nolint:forbidigo // as the function says
	}
}

// reapOrphans frees the pids of processes that lost their parent, a maker that was killed, and
// have ended: the test has become their parent.
func reapOrphans(t testing.TB) {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list) // the thread may have ended
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && gone(pid) {
				_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
			}
		}
	}
}

// gone reports whether a process has ended; one that nobody has waited for has, too.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	fields := strings.Fields(string(stat[slices.Index(stat, ')')+1:]))
	return fields[0] == "Z" || fields[0] == "X"
}
