package main

import (
	"strconv"
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

func TestApplyUsage(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, `no operation was given: the operation stands behind "--", as in "mntscope apply -- umount /mnt"`},
		{"options without dashes", []string{"mount", "--bind", "/a", "/b"}, `unknown flag: --bind; the operation stands behind "--", as in "mntscope apply`},
		{"another command", []string{"--", "mkfs", "/dev/\x1bsda"}, `"mkfs" is unknown; expected mount`},
		{"a relative directory", []string{"--cwd", "a", "--", "umount", "b"}, "--cwd a is not an absolute path"},
		{"an empty namespace", []string{"--yes", "--ns", "", "--", "umount", "/none"}, "--ns is empty; leave it out, or give it a value"},
		{"an empty directory", []string{"--yes", "--cwd=", "--", "umount", "/none"}, "--cwd is empty"},
		{"no mount", []string{"--yes", "--mount", "0", "--", "umount", "/none"}, "--mount 0 is no ID of a mount"},
		{"nobody to ask", []string{"--", "umount", "/none"}, "nobody can be asked, as standard input is no terminal: --yes says yes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, append([]string{"apply"}, tc.args...)...).wantFailure(t, exitUsage, tc.want)
		})
	}
	mntscope(t, "undo").wantFailure(t, exitUsage, "nobody can be asked")
	mntscope(t, "undo", "x").wantFailure(t, exitUsage, `unexpected argument "x"`)
}

// What is not done says why, in one line, and with the status 1.
func TestApplyRefuses(t *testing.T) {
	c := newChanging(t)
	pid := strconv.Itoa(c.PID)
	for _, tc := range []struct {
		name  string
		args  []string
		words []string
	}{
		{"danger", []string{"--yes", "--ns", pid, "--", "mount", "-t", "tmpfs", "x", "/proc"}, []string{"nothing was done: /proc would be covered in mnt:[", "--yes-really /proc"}},
		{"another danger than was agreed to", []string{"--yes-really", "/sys", "--ns", pid, "--", "mount", "-t", "tmpfs", "x", "/proc"}, []string{"--yes-really /proc"}},
		{"read-only", []string{"--readonly", "--ns", pid, "--", "mount", "--make-private", "/mnt"}, []string{"read-only"}},
		{"another mount", []string{"--yes", "--mount", "1", "--ns", pid, "--", "mount", "--make-private", "/mnt"}, []string{"there is no mount 1 in the namespace"}},
		{"no such namespace", []string{"--yes", "--ns", "bogus", "--", "umount", "/mnt"}, []string{"no such mount namespace: bogus"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := finished(t, c.outside(t, append([]string{"apply"}, tc.args...)...))
			r.out = "" // the prediction
			r.wantFailure(t, exitFailed, tc.words...)
		})
	}
	r := finished(t, c.outside(t, "apply", "--yes", "--ns", pid, "--", "umount", "/none"))
	if r.status != exitFailed || r.err != "" || !strings.Contains(r.out, "will fail with ENOENT") {
		t.Errorf("a refusal: exit status %d, %q %q", r.status, r.out, r.err)
	}
	finished(t, c.outside(t, "undo", "--yes")).wantFailure(t, exitFailed, "there is nothing to take back")
}

// On a terminal it asks, and does nothing without a yes.
func TestApplyAsks(t *testing.T) {
	c := newChanging(t)
	pid := strconv.Itoa(c.PID)
	for _, tc := range []struct {
		name, answer string
		args         []string
		question     string
		want         string // the type of /mnt afterwards
	}{
		{"no by default", "\r", []string{"mount", "--make-private", "/mnt"}, "[y/N]", "shared"},
		{"no", "n\r", []string{"mount", "--make-private", "/mnt"}, "[y/N]", "shared"},
		{"the end of the input", "\x04", []string{"mount", "--make-private", "/mnt"}, "[y/N]", "shared"},
		{"an interrupt", "\x03", []string{"mount", "--make-private", "/mnt"}, "[y/N]", "shared"},
		{"yes", "y\r", []string{"mount", "--make-private", "/mnt"}, "[y/N]", "private"},
		{"yes to a danger", "y\r", []string{"mount", "-t", "tmpfs", "x", "/proc"}, "type /proc:", "private"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := c.outside(t, append([]string{"apply", "--ns", pid, "--"}, tc.args...)...)
			term := uitest.Start(t, cmd, 120, 40, append(c.env, beProgram+"=1", quickRace, "NO_COLOR=1")...)
			term.WaitForText(tc.question)
			term.Type(tc.answer)
			status, screen := term.WaitForExit()
			if done := status == exitDone; done != (tc.name == "yes") {
				t.Errorf("exit status %d\n%s", status, screen.Text())
			} else if !done && !strings.Contains(screen.Text(), "nothing was done") {
				t.Errorf("it does not say that nothing was done:\n%s", screen.Text())
			}
			if is := c.typeOf(t, "/mnt"); is != tc.want {
				t.Errorf("/mnt is %s, want %s", is, tc.want)
			}
		})
	}
}

func TestUndoList(t *testing.T) {
	c := newChanging(t)
	c.applied(t, strconv.Itoa(c.PID), "mount --make-private /mnt")
	c.applied(t, strconv.Itoa(c.PID), "mount -t tmpfs 'a b' /mnt")
	if r := finished(t, c.outside(t, "undo", "--yes", "--json")); r.status != exitDone || !strings.Contains(r.out, `"losses":[]`) {
		t.Errorf("exit status %d %s %s", r.status, r.out, r.err)
	}
	r := finished(t, c.outside(t, "undo", "--list"))
	for _, word := range []string{"mount --make-private /mnt", "done", "undone", "mount -t tmpfs 'a b' /mnt", "umount /mnt (takes back 2)", c.NS.String()[5 : len(c.NS.String())-1]} {
		if !strings.Contains(r.out, word) {
			t.Errorf("the list does not say %q:\n%s", word, r.out)
		}
	}
	if r.status != exitDone || r.err != "" {
		t.Errorf("exit status %d, %q", r.status, r.err)
	}
}

// An operation in a namespace that has ended is struck out, so that what was done before it
// can be taken back.
func TestUndoAfterItsNamespace(t *testing.T) {
	c := newChanging(t)
	c.applied(t, strconv.Itoa(c.PID), "mount --make-private /mnt")
	other := c.clone(t, "private")
	c.applied(t, strconv.Itoa(other.PID), "mount -t tmpfs x /mnt")
	other.End()
	for _, want := range [][]string{
		{"There is nothing that could be done about that", other.NS.String() + " is gone", "struck out"},
		{"make-shared /mnt", "taken back, as predicted"},
	} {
		r := finished(t, c.outside(t, "undo", "--yes"))
		for _, words := range want {
			if r.status != exitDone || !strings.Contains(r.out, words) {
				t.Errorf("exit status %d, no %q in\n%s%s", r.status, words, r.out, r.err)
			}
		}
	}
	if is := c.typeOf(t, "/mnt"); is != "shared" {
		t.Errorf("/mnt is %s", is)
	}
}

// A rejoin says what was missed, and does not mount it unasked.
func TestRejoinTellsWhatWasMissed(t *testing.T) {
	c := newChanging(t)
	c.Do(t, "mkdir /mnt/a /mnt/b")
	other := c.clone(t, "private")
	c.Do(t, "mount -t tmpfs a /mnt/a && mount -t tmpfs b /mnt/b")
	rejoin := []string{"--yes", "--ns", strconv.Itoa(other.PID), "--", "rejoin", "/mnt", "--to", strconv.Itoa(c.PID) + ":/mnt"}
	const missed = "(--with-submounts does that first):\n- /mnt/a\n- /mnt/b\n"
	if r := finished(t, c.outside(t, append([]string{"apply"}, rejoin...)...)); r.status != exitDone || !strings.Contains(r.out, missed) {
		t.Errorf("exit status %d\n%s%s", r.status, r.out, r.err)
	}
	if r := finished(t, c.outside(t, "undo", "--yes")); r.status != exitDone {
		t.Fatal(r.err)
	}
	r := finished(t, c.outside(t, append([]string{"apply", "--with-submounts"}, rejoin...)...))
	if r.status != exitDone || strings.Contains(r.out, "Missed") || other.typeOf(t, "/mnt/b") != "shared" {
		t.Errorf("exit status %d\n%s%s", r.status, r.out, r.err)
	}
}
