package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl/change"
)

// A rejoin with what was missed is one thing to undo, and each of them is listed.
func TestUndoOfRejoinWithSubmounts(t *testing.T) {
	c := newChanging(t)
	c.Do(t, "mount -t tmpfs data /mnt && mount --make-shared /mnt && mkdir /mnt/a /mnt/b")
	cut := c.clone(t, "private")
	c.Do(t, "mount -t tmpfs a /mnt/a && mount -t tmpfs b /mnt/b")
	before := cut.Do(t, "cat /proc/self/mountinfo")
	args := []string{"apply", "--yes", "--with-submounts", "--ns", strconv.Itoa(cut.PID), "--", "rejoin", "/mnt", "--to", strconv.Itoa(c.PID) + ":/mnt", "--slave"}
	if r := finished(t, c.outside(t, args...)); r.status != exitDone {
		t.Fatalf("exit status %d\n%s%s", r.status, r.out, r.err)
	}
	for _, path := range []string{"/mnt", "/mnt/a", "/mnt/b"} {
		if is := cut.typeOf(t, path); is != "slave" {
			t.Errorf("%s is %s", path, is)
		}
	}
	r := finished(t, c.outside(t, "undo", "--list", "--json"))
	var list []change.Entry
	if err := json.Unmarshal([]byte(r.out), &list); err != nil || len(list) != 5 {
		t.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	for i := range list {
		if with := list[i].With; with != 0 != (i > 0) || with > 1 {
			t.Errorf("operation %d was done with %d", list[i].Seq, with)
		}
	}
	if r = finished(t, c.outside(t, "undo", "--list")); strings.Count(r.out, " (with 1)\n") != 4 {
		t.Errorf("the list is\n%s", r.out)
	}
	r = finished(t, c.outside(t, "undo", "--yes"))
	if r.status != exitDone || strings.Count(r.out, "and, done together with it, operation") != 4 || !strings.Contains(r.out, "all is as it was before") {
		t.Errorf("undo: exit status %d\n%s%s", r.status, r.out, r.err)
	}
	if after := cut.Do(t, "cat /proc/self/mountinfo"); after != before {
		t.Errorf("after the undo there is\n%s\nand was\n%s", after, before)
	}
	if r = finished(t, c.outside(t, "undo", "--yes")); r.status == exitDone || !strings.Contains(r.err, "there is nothing to take back") {
		t.Errorf("another undo: exit status %d\n%s%s", r.status, r.out, r.err)
	}
}
