package sandbox_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl/internal/nstest"
)

func itoa(n int) string { return strconv.Itoa(n) }

// maker is a program that makes a sandbox, which can be killed.
type maker struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	name string // of the sandbox
}

// prepareMaker makes a program ready to start; in a scene, if there is one.
func prepareMaker(t testing.TB, host *nstest.NS, dir string, w wish) *maker {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv := []string{self, w.String()}
	if host != nil {
		enter := []string{"nsenter", "-t", itoa(host.PID()), "-m", "--"}
		if os.Geteuid() != 0 {
			enter = []string{"nsenter", "-t", itoa(host.PID()), "-U", "--preserve-credentials", "-m", "--"}
		}
		argv = append(enter, argv...)
	}
	m := &maker{cmd: exec.Command(argv[0], argv[1:]...)} //nolint:gosec // the test says what
	m.cmd.Env = append(os.Environ(), makerEnv+"="+dir)
	m.cmd.Stderr = os.Stderr
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.out = bufio.NewReader(out)
	return m
}

// startMaker starts a program and waits until it has made the sandbox.
func startMaker(t testing.TB, host *nstest.NS, dir string, w wish) *maker {
	t.Helper()
	m := prepareMaker(t, host, dir, w)
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.kill() })
	line := m.line(t)
	name, ok := strings.CutPrefix(line, "made ")
	if !ok {
		t.Fatal(line)
	}
	m.name = name
	return m
}

func (m *maker) line(t testing.TB) string {
	t.Helper()
	line, err := m.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the maker ended: %v %q", err, line)
	}
	return strings.TrimSuffix(line, "\n")
}

// end lets the program end by itself.
func (m *maker) end(t testing.TB) {
	t.Helper()
	if err := m.in.Close(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(m.out)
	if err == nil {
		err = m.cmd.Wait()
	}
	if err != nil {
		t.Fatalf("%v: %s", err, rest)
	}
}

func (m *maker) kill() {
	if m.cmd.ProcessState == nil {
		_ = m.cmd.Process.Kill() // it may have ended
		_ = m.cmd.Wait()
	}
}
