package ui

import (
	"errors"
	"strings"
	"testing"

	"mntscope/nsctl/change"
)

func TestUndoKey(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	d.press("u")
	d.shows("there is nothing to take back")
	ns := len(b.s.Namespaces) - 2 // s9
	b.undo = undoOf(t, b, ns, "mount --make-private /sys")
	d.press("u")
	d.shows("Take back the last operation", "takes back operation 7", "mount --make-private /data in s9", "after that, all is as it was before", "nsenter -t 904 -m -- mount --make-private /sys", "enter does it")
	d.press("y enter")
	if len(b.done) != 1 || !strings.HasPrefix(d.copied(), "nsenter -t 904") {
		t.Errorf("done was %q, copied %q", b.done, d.copied())
	}
	d.shows("taken back")
	b.undone = &change.Undone{Undo: b.undo, Differences: []string{"/sys (mount 28) in mnt:[4026532904]: it is private, not shared:5"}}
	d.press("u enter")
	d.shows("Not all of it happened as was shown", "it is private, not shared:5")
	d.press("esc")
	b.undo.Blocked = errors.New("operation 7 was done before the host was started the last time: its mounts are gone")
	d.press("u")
	d.shows("it cannot be done", "its mounts are gone")
	d.press("enter esc")
	if len(b.done) != 2 {
		t.Errorf("done was %q", b.done)
	}
}

// What was done together is listed, and taken back, together.
func TestUndoOfSeveral(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	ns := len(b.s.Namespaces) - 2 // s9
	b.undo = undoOf(t, b, ns, "mount --make-private /sys")
	for seq := b.undo.Entry.Seq - 1; seq > 0; seq-- {
		b.undo.With = append(b.undo.With, change.Entry{Seq: seq, Op: "umount /of/" + string(rune('0'+seq)), NS: b.undo.Entry.NS})
	}
	d.press("u")
	d.shows("takes back operation 7", "and what was done together with it:", "umount /of/6 in s9", "umount /of/1 in s9")
	d.press("enter")
	d.shows("taken back: ")
	b.entries = history(b)
	b.entries[4].With = 4
	d.press("L")
	d.shows("done, with 4", "operation 4: they were done together, and are taken back together")
}

func TestRecoveredIsSaid(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	b.said = []string{"operation 3, mount --make-private /a in mnt:[1], was interrupted at 17:00: it was not done"}
	d.run(d.m.recoverChanges())
	d.shows("Interrupted before", "it was not done")
}

func TestLog(t *testing.T) {
	d, b := changing(t, Options{ReadOnly: true}, 120, 40)
	d.press("L")
	d.shows("the journal is empty")
	b.entries = history(b)
	d.press("L down down")
	d.shows("Log of 5 operations", `umount /busy\x1b`, "EBUSY", "which is gone")
	d.press("y")
	if got := d.copied(); got != `umount $'/busy\033'` && got != `umount $'/busy\x1b'` {
		t.Errorf("copied %q", got)
	}
	d.press("esc")
	d.hides("Log of")
}
