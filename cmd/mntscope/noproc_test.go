package main

import (
	"strings"
	"testing"
)

// Where something covers /proc nothing is known about the host: it is not taken for one that
// has no processes, or that was started anew, which would give up what can be taken back.
func TestWithoutProc(t *testing.T) {
	c := newChanging(t)
	c.inside(t, "apply --yes -- mount --make-private /mnt")
	c.Do(t, "mount -t tmpfs x /proc")
	for _, args := range []string{"ns", "undo --yes", "apply --yes -- umount /mnt", "predict -- umount /mnt", "mounts self"} {
		out := c.inside(t, args+" && echo done; true")
		if !strings.Contains(out, "mntscope needs the proc filesystem at /proc") || strings.Contains(out, "done") {
			t.Errorf("%s: %s", args, out)
		}
	}
	c.Do(t, "umount /proc")
	c.inside(t, "undo --yes")
	if is := c.typeOf(t, "/mnt"); is != "shared" {
		t.Errorf("/mnt is %s", is)
	}
}
