package sandbox_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/sandbox"
)

func TestExitStatus(t *testing.T) {
	s := store(t)
	for _, pid := range []bool{false, true} {
		b := made(t, s, sandbox.Spec{PID: pid})
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, []byte("no program"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			name   string
			argv   []string
			status int
			out    string
			err    string
		}{
			{"success", []string{"true"}, 0, "", ""},
			{"status", []string{"sh", "-c", "echo out; echo err >&2; exit 7"}, 7, "out\nerr\n", ""},
			{"killed", []string{"sh", "-c", "kill -KILL $$"}, 128 + 9, "", ""},
			{"not found", []string{"no-such-program"}, 127, "", "no-such-program: no such file or directory"},
			{"not found by its path", []string{"/no/such/program"}, 127, "", "no such file or directory"},
			{"not executable", []string{script}, 126, "", "permission denied"},
			{"a directory", []string{"/tmp"}, 126, "", "permission denied"},
			{"bytes", []string{"printf", "%s", "\xff\x01"}, 0, "\xff\x01", ""},
			{"a NUL", []string{"echo", "a\x00b"}, 126, "", "a NUL"},
			{"where it is", []string{"sh", "-c", "echo $MNTSCOPE_SANDBOX"}, 0, b.Name + "\n", ""},
			{"too long", []string{"echo", strings.Repeat("x", 300<<10)}, 1, "", "longer than 192 KiB"},
			{"long", []string{"sh", "-c", "echo ${#1}", "sh", strings.Repeat("x", 60<<10)}, 0, "61440\n", ""},
		} {
			t.Run(tc.name, func(t *testing.T) {
				out, status, err := ran(t, s, b.Name, tc.argv...)
				if status != tc.status || out != tc.out {
					t.Errorf("exit status %d, output %q; want %d and %q", status, out, tc.status, tc.out)
				}
				switch {
				case tc.err == "" && err != nil, tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
					t.Errorf("the error is %v, want %q", err, tc.err)
				}
			})
		}
	}
	if _, status, err := ran(t, s, "nobody", "true"); status != sandbox.StatusFailed || !errors.Is(err, sandbox.ErrUnknown) {
		t.Errorf("in no sandbox: %d, %v", status, err)
	}
}

// The program's streams are the caller's own: a pipe that it reads ends, and one that it
// writes ends with it.
func TestStreams(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{})
	inReader, in := pipe(t)
	out, outWriter := pipe(t)
	go func() {
		_, _ = io.WriteString(in, "some text")
		_ = in.Close()
	}()
	status, err := s.Run(t.Context(), b.Name, sandbox.Program{Argv: []string{"cat"}, Env: os.Environ(), In: inReader, Out: outWriter, Err: os.Stderr})
	if err != nil || status != 0 {
		t.Fatal(status, err)
	}
	if err := outWriter.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if err != nil || string(text) != "some text" {
		t.Errorf("%q, %v", text, err)
	}
}

func pipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.Close()
		_ = w.Close()
	})
	return r, w
}

// Whoever asked for a program takes it along when he goes, with what it started.
func TestProgramEndsWithItsCaller(t *testing.T) {
	s := store(t)
	for _, pid := range []bool{false, true} {
		b := made(t, s, sandbox.Spec{PID: pid})
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a directory
			t.Fatal(err)
		}
		told, writer := pipe(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() {
			// One in a process group of its own, that SIGHUP does nothing to.
			_, err := s.Run(ctx, b.Name, sandbox.Program{
				Argv: []string{"bash", "-c", "trap '' HUP; set -m; sleep 1000 & echo started; wait"}, Env: os.Environ(), Dir: dir, In: told, Out: writer, Err: os.Stderr,
			})
			done <- err
		}()
		line := make([]byte, len("started\n"))
		if _, err := io.ReadFull(told, line); err != nil {
			t.Fatal(err)
		}
		before := len(b.Processes())
		if before < 3 {
			t.Fatalf("%d processes run in it", before)
		}
		enough := errors.New("enough")
		cancel(enough)
		if err := <-done; !errors.Is(err, enough) {
			t.Errorf("Run gave %v", err)
		}
		eventually(t, "ended", func() bool { return len(b.Processes()) == 1 })
	}
}

// Signals that ask the caller to end are for the program.
func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		dir := storeDir(t)
		m := startMaker(t, nil, dir, wish{
			Spec: sandbox.Spec{UserNS: os.Geteuid() != 0},
			Argv: []string{"sh", "-c", "trap 'echo caught; exit 5' INT TERM HUP; echo ready; read x"},
		})
		if line := m.line(t); line != "ready" {
			t.Fatal(line)
		}
		if err := m.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if first, second := m.line(t), m.line(t); first != "caught" || second != "ended with 5" {
			t.Errorf("%v: %q, %q", signal, first, second)
		}
		m.end(t)
	}
}

// Orphans are the keeper's to reap.
func TestOrphans(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{})
	mustRun(t, s, b.Name, "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do (sleep 0.01 &) ; done")
	eventually(t, "reaped", func() bool {
		out, err := exec.CommandContext(t.Context(), "ps", "-o", "pid=", "--ppid", strconv.Itoa(b.PID)).Output()
		return err != nil && len(out) == 0 // ps fails where it finds none
	})
}
