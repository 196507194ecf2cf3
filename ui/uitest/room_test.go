package uitest_test

import (
	"bufio"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// room is a shell in a mount namespace, which ends with the test.
type room struct {
	ns  nsctl.NSNumber
	in  io.WriteCloser
	out *bufio.Reader
}

// enter starts the shell, by a command that leads into the namespace.
func enter(t *testing.T, cmd *exec.Cmd) *room {
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
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends it
		_ = cmd.Wait()
	})
	r := &room{in: in, out: bufio.NewReader(out)}
	if r.ns, err = nsctl.ParseNSNumber(strings.TrimSpace(r.do(t, "readlink /proc/self/ns/mnt"))); err != nil {
		t.Fatal(err)
	}
	return r
}

// do runs a line in the shell, which must end well, and gives what it prints.
func (r *room) do(t *testing.T, line string) string {
	t.Helper()
	if _, err := io.WriteString(r.in, line+"\nprintf '\\0ended with %d\\n' $?\n"); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var out strings.Builder
	for {
		text, err := r.out.ReadString('\n')
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

// propagation gives that of what is mounted at a path, as the kernel's table says.
func (r *room) propagation(t *testing.T, path string) nsctl.Propagation {
	t.Helper()
	return propagationOf(r.do(t, "cat /proc/self/mountinfo"), path)
}

// propagationOf gives that of the last mount at a path in a table.
func propagationOf(table, path string) (p nsctl.Propagation) {
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
