package ui

import (
	"slices"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

func TestMoreEventsThanAreKept(t *testing.T) {
	d := watching(t, Options{}, 160, 40).press("4")
	m := mount(9000, 500, "/x", "tmpfs", "x", "")
	events := make([]nsctl.Event, screen.MaxEvents+500)
	for i := range events {
		events[i] = nsctl.Event{Seq: i + 1, Op: i + 1, Origin: true, Kind: nsctl.EventMount, NS: dbNS, Mount: &m, Time: scene().Taken.Add(time.Duration(i) * time.Second)}
	}
	for part := range slices.Chunk(events, 10_000) {
		d.tell(&story{now: scene(), events: part})
	}
	d.shows("500 older dropped", "100,000 of 100,000")
}

func TestFoldAllOfEvents(t *testing.T) {
	d := watching(t, Options{}, 160, 40).tell(day()).press("4 z")
	d.shows("of 211")
	d.press("z").shows("of 11")
}

// A script that mounts and unmounts is a burst, too.
func TestBurstOfManyProcesses(t *testing.T) {
	s := newStory(scene())
	for i := range 30 {
		m := mount(7000, 500, "/x", "tmpfs", "x", "")
		s.operation(20*time.Millisecond, 6000+2*i, "mount").change(nsctl.EventMount, dbNS, m, true, nil)
		s.operation(20*time.Millisecond, 6001+2*i, "umount").change(nsctl.EventUmount, dbNS, m, true, nil)
	}
	d := watching(t, Options{}, 200, 60).tell(s).press("4")
	d.shows("30 mounts, 30 umounts in 1.2 s by 60 processes (mount, umount)")
	d.press("enter j").shows("of 61")
}

// Where a process mounts and unmounts as fast as it can, not all of it can be looked at. To
// say so at each turn would leave nothing of the burst.
func TestBurstWithRemarks(t *testing.T) {
	s := newStory(scene())
	remark := func() {
		by := s.actor
		s.operation(time.Millisecond, 0, "")
		s.actor = by
		s.add(nsctl.Event{Kind: nsctl.EventResync, Op: s.op, Origin: true, Text: "1 mount came and went before it could be looked at"})
	}
	for i := range 30 {
		m := mount(nsctl.MountID(7000+i), 500, "/x", "tmpfs", "x", "")
		s.operation(time.Millisecond, 6000, "stress").change(nsctl.EventMount, dbNS, m, true, nil)
		if i%10 == 5 {
			remark()
		}
	}
	d := watching(t, Options{}, 160, 40).tell(s).press("4")
	d.shows("30 mounts, 3 resyncs in 32 ms by pid 6000 (stress)", "1 of 1", "not all of it could be looked at")
	s.operation(time.Second, 0, "")
	remark()
	s.operation(time.Millisecond, 6000, "stress").change(nsctl.EventUmount, dbNS, s.mountOf(dbNS, 7001), true, nil)
	d.tell(s).shows("30 mounts, 3 resyncs", "1 mount came and went before it could be looked at", "3 of 3")
	d.press("g enter").shows("of 36")
	d.press("/").typed("kind:resync").shows("of 4")
}

// A process is known by its number where its name is not.
func TestBurstOfANamelessProcess(t *testing.T) {
	s := newStory(scene())
	for i := range 25 {
		m := mount(nsctl.MountID(7000+i), 500, "/x", "tmpfs", "x", "")
		s.operation(time.Millisecond, 6000, "").change(nsctl.EventMount, dbNS, m, true, nil)
	}
	watching(t, Options{}, 120, 40).tell(s).press("4").shows("25 mounts in 24 ms by pid 6000")
	s = newStory(scene())
	for i := range 25 {
		m := mount(nsctl.MountID(7000+i), 500, "/x", "tmpfs", "x", "")
		s.operation(0, 6000, "").change(nsctl.EventMount, dbNS, m, true, nil)
	}
	watching(t, Options{}, 120, 40).tell(s).press("4").shows("25 mounts at once by pid 6000")
}
