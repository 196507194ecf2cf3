package uitest

import (
	"bufio"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// Shell is a shell that is told line by line what to do in a mount namespace.
type Shell struct {
	NS  nsctl.NSNumber
	PID int

	in   io.WriteCloser
	out  *bufio.Reader
	wait func() error // nil once it has ended
}

// ShellOn is a shell that was started already, and reads and writes these.
func ShellOn(in io.WriteCloser, out io.Reader) *Shell {
	return &Shell{in: in, out: bufio.NewReader(out)}
}

// StartShell starts it, by a command that leads into the namespace; it ends with the test. The
// error says why the command could not be started.
func StartShell(t testing.TB, cmd *exec.Cmd) (*Shell, error) {
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
		return nil, err
	}
	s := ShellOn(in, out)
	s.PID, s.wait = cmd.Process.Pid, cmd.Wait
	t.Cleanup(s.End)
	if s.NS, err = nsctl.ParseNSNumber(strings.TrimSpace(s.Do(t, "readlink /proc/self/ns/mnt"))); err != nil {
		t.Fatal(err)
	}
	return s, nil
}

// Do runs a line, which must end well, and gives what it prints.
func (s *Shell) Do(t testing.TB, line string) string {
	t.Helper()
	if _, err := io.WriteString(s.in, line+"\nprintf '\\0ended with %d\\n' $?\n"); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var out strings.Builder
	for {
		text, err := s.out.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out.String())
		}
		before, status, ended := strings.Cut(text, "\x00ended with ")
		out.WriteString(before)
		if ended {
			if status != "0\n" {
				t.Fatalf("%s: exit status %s%s", line, status, out.String())
			}
			return out.String()
		}
	}
}

// Becomes puts another shell in place of this one, in the namespace that a command leads into.
func (s *Shell) Becomes(t testing.TB, command string) {
	t.Helper()
	// A shell may read more of its input than the line that it ends with: the next one is
	// written when the other shell is there.
	if _, err := io.WriteString(s.in, "exec "+command+" /bin/sh -c 'readlink /proc/self/ns/mnt; exec /bin/sh'\n"); err != nil {
		t.Fatal(err)
	}
	line, err := s.out.ReadString('\n')
	if err == nil {
		s.NS, err = nsctl.ParseNSNumber(strings.TrimSpace(line))
	}
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

// End ends the shell, and with it the namespace, if nothing else is in there.
func (s *Shell) End() {
	if s.wait == nil {
		return
	}
	_ = s.in.Close() // ends it; after the test's end it is killed anyway
	_ = s.wait()
	s.wait = nil
}

// Propagation gives that of what is mounted at a path, as the kernel's table says.
func (s *Shell) Propagation(t testing.TB, path string) nsctl.Propagation {
	t.Helper()
	return PropagationIn(s.Do(t, "cat /proc/self/mountinfo"), path)
}

// PropagationIn gives that of the last mount at a path in a table.
func PropagationIn(table, path string) (p nsctl.Propagation) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if fields[4] != path {
			continue
		}
		p = nsctl.Propagation{}
		for _, f := range fields[6:] {
			name, id, _ := strings.Cut(f, ":")
			number, _ := strconv.Atoi(id)
			switch name {
			case "shared":
				p.Shared = nsctl.GroupID(number)
			case "master":
				p.Master = nsctl.GroupID(number)
			case "unbindable":
				p.Unbindable = true
			}
		}
	}
	return p
}
