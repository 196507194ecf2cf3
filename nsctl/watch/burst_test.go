package watch

import (
	"fmt"
	"slices"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
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
	var events []nsctl.Event
	w, err := newWatcher(discover.New(discover.Options{}), Options{}, func(u Update) { events = append(events, u.Events...) })
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.ears.count() == 0 {
		nstest.Unavailable(t, fmt.Sprintf("fanotify hears nothing: %v", w.ears.refused))
	}
	ops = nil
	for i := range tooMany + 1 {
		ops = append(ops, nstest.Tmpfs(fmt.Sprintf("/mnt/%d", i)))
	}
	host.Must(t, ops...)
	if err := w.wait(); err != nil {
		t.Fatal(err)
	}
	if len(w.notices) <= tooMany {
		t.Fatalf("it is no burst: %d notices", len(w.notices))
	}
	host.Must(t, nstest.Tmpfs("/mnt/later"), nstest.Umount("/mnt/before"))
	last := at(nsctl.EventUmount, host, "/mnt/before")
	for {
		b, err := w.batch()
		if err != nil {
			t.Fatal(err)
		}
		w.tell(b)
		if slices.ContainsFunc(events, func(e nsctl.Event) bool { return last(&e) }) {
			break
		}
		if err := w.wait(); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range events {
		if e.NS == host.NS() && e.Actor == nil {
			t.Errorf("nobody did this: %s", describe([]nsctl.Event{e}))
		}
	}
}
