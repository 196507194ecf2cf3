package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// With --json, also what was not done is told as JSON, with why, besides the line for a person.
func TestRefusalsAsJSON(t *testing.T) {
	c := newChanging(t)
	pid := strconv.Itoa(c.PID)
	read := func(args []string, into any) {
		t.Helper()
		r := finished(t, c.outside(t, args...))
		if err := json.Unmarshal([]byte(r.out), into); err != nil || r.status != exitFailed || !strings.HasPrefix(r.err, "mntscope: ") {
			t.Fatalf("%v: exit status %d, %v\n%s%s", args, r.status, err, r.out, r.err)
		}
	}
	for _, tc := range []struct{ flag, line, why string }{
		{"--yes", "mount -t tmpfs x /proc", "--yes-really /proc"},
		{"--yes", "umount /none", "ENOENT"},
		{"--readonly", "mount --make-private /mnt", "read-only"},
	} {
		var a nsctl.Applied
		read(append([]string{"apply", "--json", tc.flag, "--ns", pid, "--"}, strings.Fields(tc.line)...), &a)
		if a.Op != tc.line || !strings.Contains(a.Error, tc.why) || len(a.Observed) != 0 {
			t.Errorf("%s %s: %+v", tc.flag, tc.line, a)
		}
	}
	c.applied(t, pid, "mount --make-private /mnt")
	var u undoPlan
	read([]string{"undo", "--json", "--readonly"}, &u)
	if u.Undoes.Seq != 1 || len(u.Steps) != 1 || u.Steps[0].Op != "mount --make-shared /mnt" || len(u.Steps[0].Observed) != 0 || !strings.Contains(u.Error, "read-only") {
		t.Errorf("undo: %+v", u)
	}
	if is := c.typeOf(t, "/mnt"); is != "private" {
		t.Errorf("/mnt is %s", is)
	}
}

// Nobody is asked about what he has not seen: with --json, the prediction stands with the
// question.
func TestAskedWithJSON(t *testing.T) {
	c := newChanging(t)
	for _, args := range [][]string{
		{"apply", "--json", "--ns", strconv.Itoa(c.PID), "--", "mount", "--make-private", "/mnt"},
		{"undo", "--json"},
	} {
		term := uitest.Start(t, c.outside(t, args...), 120, 40, append(c.env, beProgram+"=1", quickRace, "NO_COLOR=1")...)
		term.WaitForText("[y/N]")
		before, _, _ := strings.Cut(term.Screen().Text(), "[y/N]")
		if !strings.Contains(before, "1 mount changes, in 1 namespace") || strings.Contains(before, "{") {
			t.Errorf("%s asks after\n%s", args[0], before)
		}
		term.Type("y\r")
		if status, screen := term.WaitForExit(); status != exitDone || !strings.Contains(screen.Text(), `"surprises":[]`) {
			t.Errorf("exit status %d\n%s", status, screen.Text())
		}
	}
}

// Who agrees to a danger agrees to what is none, and is not asked.
func TestYesReallyIsAYes(t *testing.T) {
	c := newChanging(t)
	r := finished(t, c.outside(t, "apply", "--yes-really", "/proc", "--ns", strconv.Itoa(c.PID), "--", "mount", "--make-private", "/mnt"))
	if r.status != exitDone || r.err != "" || c.typeOf(t, "/mnt") != "private" {
		t.Errorf("exit status %d, %s%s", r.status, r.out, r.err)
	}
}
