package main

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
)

func TestManyCopiesAreCounted(t *testing.T) {
	n := newTold(t, screen{})
	events := []nsctl.Event{by(5, "mount", true, mountEvent(nsctl.EventMount, 1, 0, "/mnt"))}
	for range 1000 {
		events = append(events, mountEvent(nsctl.EventMount, 1, 1, "/mnt"))
	}
	n.happens(1, events...)
	got := n.after()
	if strings.Count(got, "    + ") != mostFollowers || !strings.Contains(got, "\n    and 992 more in 1 namespace; --json tells all\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestBurstsAreSummedUp(t *testing.T) {
	n := newTold(t, screen{})
	var burst []nsctl.Event
	for i := range 2000 {
		burst = append(burst, by(4711, "stress", true, mountEvent(nsctl.EventMount, i+1, 0, "/mnt")))
		for range 2 {
			burst = append(burst, mountEvent(nsctl.EventMount, i+1, 1, "/mnt"))
		}
	}
	n.happens(1, burst...)
	n.happens(401, burst[:63]...)
	n.happens(402, by(5, "other", true, mountEvent(nsctl.EventUmount, 5000, 0, "/mnt")))
	got := n.after()
	if !strings.HasPrefix(got, "17:00:00.001 stress(4711): 2021 mounts in 0.4 s, with 4042 copies\n17:00:00.402 other(5): umount /mnt ") {
		t.Errorf("got\n%.2000s", got)
	}

	// Told one by one, until they are too many; the next second begins with too many.
	n = newTold(t, screen{})
	for i := range 100 {
		n.happens(i*20, by(100+i, "mount", true, mountEvent(nsctl.EventMount, i+1, 0, "/mnt")))
	}
	got = n.after()
	if strings.Count(got, ": mount tmpfs") != mostAlike ||
		!strings.Contains(got, "17:00:00.400 mount (30 processes): 30 more mounts in 0.6 s\n17:00:01.000 mount (50 processes): 50 more mounts in 1.0 s\n") {
		t.Errorf("got\n%s", got)
	}
}

// One that is held back between others is worth as many words as they.
func TestOneOfABurstIsToldAsItIs(t *testing.T) {
	n := newTold(t, screen{})
	for i := range mostAlike {
		n.happens(i, by(1, "x", true, mountEvent(nsctl.EventMount, i+1, 0, "/mnt")))
	}
	n.happens(30, by(1, "x", true, mountEvent(nsctl.EventMount, 50, 0, "/mnt/last")), mountEvent(nsctl.EventMount, 50, 1, "/mnt/last"))
	n.happens(31, by(1, "x", true, mountEvent(nsctl.EventUmount, 51, 0, "/mnt")))
	want := "17:00:00.030 x(1): mount tmpfs none on /mnt/last in systemd mnt:[4026531832]\n    + /mnt/last  in web mnt:[4026532001]\n17:00:00.031 x(1): umount "
	if got := n.after(); !strings.Contains(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// That something came and went unseen is said as often, where a process does nothing else;
// with what changed meanwhile a resync is always told.
func TestResyncsAreSummedUp(t *testing.T) {
	n := newTold(t, screen{})
	for i := range 60 {
		n.happens(i, nsctl.Event{Kind: nsctl.EventResync, Op: i + 1, Origin: true, Text: "1 came and went"})
	}
	n.happens(70, nsctl.Event{Kind: nsctl.EventResync, Op: 99, Origin: true, Text: "the queue was full"}, mountEvent(nsctl.EventMount, 99, 0, "/late"))
	got := n.after()
	if strings.Count(got, "RESYNC: 1 came and went\n") != mostAlike || !strings.Contains(got, "17:00:00.020 RESYNC: 40 more resyncs in 39 ms\n17:00:00.070 RESYNC: the queue was full\n") {
		t.Errorf("got\n%s", got)
	}
}

// What is held back is told by itself after a while.
func TestTheEndOfABurstIsTold(t *testing.T) {
	r, w := ioPipe(t)
	n := newNarrator(bufio.NewWriter(w), screen{})
	var events []nsctl.Event
	for i := range 21 {
		events = append(events, by(1, "x", true, mountEvent(nsctl.EventUmount, i+1, 0, "/mnt")))
	}
	if err := n.tell(events, watch.Update{Snapshot: host(), Events: events}); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil || !strings.HasSuffix(line, " x(1): 21 umounts at once\n") {
		t.Errorf("got %q, %v", line, err)
	}
}

func ioPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}
