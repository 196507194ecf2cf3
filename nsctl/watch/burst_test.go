package watch

import (
	"fmt"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// What is mounted and unmounted while a burst is looked at has notices of its own, which
// say who did it: it is not told before them.
func TestAfterABurstWhoDidItIsKnown(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	var ops []nstest.Op
	for i := range tooMany + 1 {
		ops = append(ops, nstest.Mkdir(fmt.Sprintf("/mnt/%d", i)))
	}
	host.Must(t, append(ops, nstest.Mkdir("/mnt/later"), nstest.Mkdir("/mnt/before"), nstest.Tmpfs("/mnt/before"))...)
	w := stepwise(t)
	ops = nil
	for i := range tooMany + 1 {
		ops = append(ops, nstest.Tmpfs(fmt.Sprintf("/mnt/%d", i)))
	}
	host.Must(t, ops...)
	w.listen()
	if len(w.notices) <= tooMany {
		t.Fatalf("it is no burst: %d notices", len(w.notices))
	}
	host.Must(t, nstest.Tmpfs("/mnt/later"), nstest.Umount("/mnt/before"))
	w.report()
	w.stepUntil(at(nsctl.EventUmount, host, "/mnt/before"))
	for _, e := range w.events {
		if e.NS == host.NS() && e.Actor == nil {
			t.Errorf("nobody did this: %s", describe([]nsctl.Event{e}))
		}
	}
}
