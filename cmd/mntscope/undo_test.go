package main

import (
	"strconv"
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

// What cannot be taken back as things are is not struck out by a yes that was given in
// advance: somebody may take away what is in the way.
func TestUndoWaits(t *testing.T) {
	c := newChanging(t)
	pid := strconv.Itoa(c.PID)
	c.applied(t, pid, "mount --make-private /mnt")
	c.applied(t, pid, "mount -t tmpfs ours /mnt")
	c.Do(t, "mkdir /mnt/in && mount -t tmpfs theirs /mnt/in")
	undo := func(status int, args ...string) result {
		t.Helper()
		r := finished(t, c.outside(t, append([]string{"undo"}, args...)...))
		if r.status != status {
			t.Fatalf("undo %v: exit status %d\n%s%s", args, r.status, r.out, r.err)
		}
		return r
	}
	if r := undo(exitFailed, "--yes"); !strings.Contains(r.err, "as things are") || !strings.Contains(r.out, "would take away what was there before") {
		t.Errorf("%s%s", r.out, r.err)
	}
	c.Do(t, "umount /mnt/in")
	undo(exitDone, "--yes")
	if r := undo(exitFailed, "--forget"); !strings.Contains(r.err, "operation 1, mount --make-private /mnt, can be taken back") {
		t.Error(r.err)
	}

	c.applied(t, pid, "mount -t tmpfs ours /mnt")
	c.Do(t, "mkdir /mnt/in && mount -t tmpfs theirs /mnt/in")
	undo(exitDone, "--forget")
	c.Do(t, "umount /mnt/in /mnt")
	undo(exitDone, "--yes")
	if is := c.typeOf(t, "/mnt"); is != "shared" {
		t.Errorf("/mnt is %s", is)
	}
	undo(exitDone, "--forget") // there is nothing any more
}

// Somebody who sees that nothing can be done is asked what his yes does.
func TestUndoAsksToStrikeOut(t *testing.T) {
	c := newChanging(t)
	c.Do(t, "mkdir /mnt/a && mount -t tmpfs lost /mnt/a")
	c.applied(t, strconv.Itoa(c.PID), "umount /mnt/a")
	term := uitest.Start(t, c.outside(t, "undo"), 120, 40, append(c.env, beProgram+"=1", quickRace, "NO_COLOR=1")...)
	term.WaitForText("Strike it out? [y/N]")
	term.Type("y\r")
	if status, screen := term.WaitForExit(); status != exitDone || !strings.Contains(screen.Text(), "struck out") {
		t.Errorf("exit status %d\n%s", status, screen.Text())
	}
}

// A group that one step makes has the same name in the next.
func TestStepsOfAnUndoNameNewGroups(t *testing.T) {
	c := newChanging(t)
	other := c.clone(t, "slave")
	c.applied(t, strconv.Itoa(c.PID), "mount --make-private /mnt") // other loses its master
	r := finished(t, c.outside(t, "undo", "--yes"))
	if r.status != exitDone || !strings.Contains(r.out, "private → master:new1 (slave)") || strings.Contains(r.out, "1000000") {
		t.Errorf("exit status %d\n%s%s", r.status, r.out, r.err)
	}
	if is := other.typeOf(t, "/mnt"); is != "slave" {
		t.Errorf("/mnt is %s there", is)
	}
}
