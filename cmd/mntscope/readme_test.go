package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui"
)

var update = flag.Bool("update", false, "write the output of the commands and the key table into the README")

const top = "../.." // of the repository, where the README's commands are run

// The README shows what the program prints: each command in a "console" block is
// run in a shell, and followed by its output. The key table is the explorer's own.
func TestREADME(t *testing.T) {
	path := filepath.Join(top, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := withKeys(t, withOutputs(t, string(text)))
	switch {
	case want == string(text):
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a page for everybody
			t.Fatal(err)
		}
	default:
		t.Errorf("the README is out of date: write it anew with \"go test ./cmd/mntscope -run README -update\"\n%s", firstDifference(string(text), want))
	}
}

func withKeys(t *testing.T, text string) string {
	t.Helper()
	head, rest, begins := strings.Cut(text, "<!-- keys: ")
	mark, rest, marked := strings.Cut(rest, "-->\n")
	_, tail, ends := strings.Cut(rest, "<!-- keys end -->")
	if !begins || !marked || !ends {
		t.Fatal("the README has no place for the key table")
	}
	return head + "<!-- keys: " + mark + "-->\n" + strings.TrimSpace(ui.KeyTable()) + "\n<!-- keys end -->" + tail
}

// withOutputs puts behind each command in a console block what it prints now.
func withOutputs(t *testing.T, text string) string {
	t.Helper()
	bin := t.TempDir()
	t.Setenv("XDG_STATE_HOME", t.TempDir()) // for sandboxes, which the README removes itself
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "mntscope")); err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case line == "```console\n":
			inside = true
		case line == "```\n":
			inside = false
		case inside && !isCommand:
			continue // output as it was
		}
		b.WriteString(line)
		if inside && isCommand {
			b.WriteString(r.shell(t.Context(), t, bin, command))
		}
	}
	r.leaves(t)
	return b.String()
}

// reader is who follows the README. As root he does it on a host whose mounts are all
// shared, as with systemd, which is not this one.
type reader struct {
	host   *room // nil for an ordinary user, whose mounts nobody else sees
	before string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	if os.Geteuid() != 0 {
		return &reader{}
	}
	r := &reader{host: newRoom(t)}
	r.host.Do(t, "umount /mnt && mount --make-rshared /")
	r.before = r.host.Do(t, "cat /proc/self/mountinfo")
	return r
}

// leaves checks that he has left his host as it was.
func (r *reader) leaves(t *testing.T) {
	t.Helper()
	if r.host == nil {
		return
	}
	if after := r.host.Do(t, "cat /proc/self/mountinfo"); after != r.before {
		t.Errorf("following the README changes the mounts of the host: %s", firstDifference(r.before, after))
	}
}

func (r *reader) shell(ctx context.Context, t *testing.T, bin, command string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Dir = top
	if r.host != nil {
		dir, err := filepath.Abs(top)
		if err != nil {
			t.Fatal(err)
		}
		// nsenter begins at the root directory.
		cmd = exec.CommandContext(ctx, "nsenter", "-t", strconv.Itoa(r.host.PID), "-m", "/bin/sh", "-c", "cd "+nsctl.ShellQuote(dir)+"\n"+command)
	}
	cmd.Env = append(os.Environ(), beProgram+"=1", quickRace, "LC_ALL=C.UTF-8", "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	finding := cmd.ProcessState.ExitCode() == exitFailed && len(out) > 0
	if err != nil && !finding {
		t.Errorf("%s: %v", strings.TrimSpace(command), err)
	}
	if strings.Contains("\n"+string(out), "\n$ ") {
		t.Fatalf("%s: a line of its output would be taken for a command, and run: it begins with \"$ \"", strings.TrimSpace(command))
	}
	return string(out)
}

func firstDifference(a, b string) string {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			return "has:  " + linesA[i] + "\nwant: " + linesB[i]
		}
	}
	return "one is longer"
}
