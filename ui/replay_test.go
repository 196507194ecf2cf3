package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// tape is a recording that was made by hand.
type tape struct {
	ready   nsctl.Event
	steps   [][]nsctl.Event
	states  []*nsctl.Snapshot // after each step; the first is of the beginning
	stopped string
	broken  bool
}

func (t *tape) Ready() *nsctl.Event           { return &t.ready }
func (t *tape) Len() int                      { return len(t.steps) }
func (t *tape) Events(step int) []nsctl.Event { return t.steps[step-1] }
func (t *tape) Stopped() string               { return t.stopped }
func (t *tape) At(step int) (*nsctl.Snapshot, error) {
	if t.broken && step > 0 {
		return nil, errors.New("event 7 does not fit")
	}
	return t.states[step], nil
}

// taped is a recording of some mounts on the host, one after the other, and then a pause.
func taped() *tape {
	s := newStory(scene())
	t := &tape{ready: s.events[0], states: []*nsctl.Snapshot{s.now}}
	t.ready.Snapshot = s.now
	cut := func() {
		t.steps, t.states = append(t.steps, s.events), append(t.states, s.now)
		s.events = nil
	}
	s.events = nil
	s.media()
	cut()
	for i := range 20 {
		s.operation(time.Second, 50+i, "mount")
		s.change(nsctl.EventMount, dbNS, mount(nsctl.MountID(800+i), 500, "/srv/"+string(rune('a'+i)), "tmpfs", "x", ""), true, nil)
		cut()
	}
	s.operation(time.Hour, 99, "umount")
	s.change(nsctl.EventUmount, hostNS, s.mountOf(hostNS, 700), true, nil)
	cut()
	return t
}

// replaying is a driver that has opened a recording.
func replaying(t testing.TB, rec Recording, w, h int) *driver {
	t.Helper()
	d := drive(t, Options{Replay: rec}, w, h)
	d.run(d.m.Init())
	return d
}

func TestReplaySteps(t *testing.T) {
	d := replaying(t, taped(), 160, 40)
	d.shows("step 0/22, 17:00:00, ×1 paused", "replay")
	for _, x := range []struct{ keys, shows string }{
		{".", "step 1/22, 17:00:01"},
		{". .", "step 3/22, 17:00:03"},
		{",", "step 2/22"},
		{"}", "step 12/22"},
		{"{ ,", "step 1/22"},
		{"{", "step 0/22"},
		{",", "step 0/22"},
		{")", "step 22/22, 18:00:21"},
		{".", "step 22/22"},
		{"(", "step 0/22"},
		{">", "×2 paused"},
		{"> > > > > >", "×32"},
		{"< < < < < < <", "×0.25"},
	} {
		d.press(x.keys).shows(x.shows)
		d.check()
	}
}

// All screens show the host as it was.
func TestReplayShowsTheHostOfTheStep(t *testing.T) {
	d := replaying(t, taped(), 160, 40).press("2 G")
	d.hides("─ /media")
	d.press(".").press("G").shows("/media")
	d.shows("◆")
	d.press(")").hides("─ /media")
	d.press("r")
	d.shows("step 22/22")
}

func TestReplayMarksTheOperation(t *testing.T) {
	d := replaying(t, taped(), 160, 40).press("4")
	d.shows("listening with fanotify, tracefs", "1 of 22")
	d.hides("following")
	d.press(". .")
	if row := d.row(); !strings.Contains(row, "❯▶") || !strings.Contains(row, "/srv/a") {
		t.Errorf("after two steps the row is %q", row)
	}
	d.press("g j j j j enter").shows("step 5/22")
	if row := d.row(); !strings.Contains(row, "❯▶") || !strings.Contains(row, "/srv/d") {
		t.Errorf("enter leads to %q", row)
	}
	d.press("enter").shows("origin") // what is shown already is opened
	d.press("g").press(".").shows("step 6/22")
	if row := d.row(); !strings.Contains(row, "/media") {
		t.Errorf("the selection was elsewhere, and went to %q", row)
	}
	d.press("space").shows("from master:1", "other root")
}

func TestReplayPlays(t *testing.T) {
	d := replaying(t, taped(), 160, 40)
	var waited []time.Duration
	d.m.after = func(after time.Duration, msg tea.Msg) tea.Cmd {
		if _, ok := msg.(playTickMsg); ok {
			waited = append(waited, after)
			d.wait = append(d.wait, msg)
		}
		return nil
	}
	tick := func() {
		msg := d.wait[len(d.wait)-1]
		d.wait = nil
		d.send(msg)
	}
	d.press("a").shows("▶ replay", "playing")
	d.press("> <") // the first tick is stale now
	d.send(d.wait[0])
	d.shows("step 0/22")
	waited = waited[2:]
	tick()
	d.shows("step 1/22")
	tick()
	d.press("> >") // the ticks of before are stale
	tick()
	d.shows("step 3/22")
	d.press("> > >") // more steps than can be shown
	tick()
	d.shows("step 7/22")
	d.press("< < <").press(")").press("<")
	d.shows("step 22/22")
	if d.m.player.playing {
		t.Error("it plays on at the end")
	}
	want := []time.Duration{1200 * time.Millisecond, time.Second, time.Second, 500 * time.Millisecond, 250 * time.Millisecond}
	for i, w := range want {
		if waited[i] != w {
			t.Errorf("wait %d took %v, want %v", i, waited[i], w)
		}
	}
	d.press("a").shows("step 0/22", "playing")
	d.press("a").shows("paused")
	stale := d.wait
	d.wait = nil
	for _, msg := range stale {
		d.send(msg)
	}
	d.shows("step 0/22")
	d.press(") ,").press("a")
	if last := waited[len(waited)-1]; last != longestGap/2 {
		t.Errorf("the pause of an hour takes %v at double speed", last)
	}
}

func TestReplayThatEndsEarly(t *testing.T) {
	rec := taped()
	rec.stopped = "the recording ends in the middle of a line"
	d := replaying(t, rec, 80, 24)
	d.shows(rec.stopped)
	rec.broken = true
	d.press(".").shows("event 7 does not fit", "step 0/22")
	rec.broken = false
	d.press(".").shows("step 1/22")
}

func TestReplayKeysAreOnlyThere(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24).press("a . , ( ) { } < >")
	d.hides("step")
	d = replaying(t, taped(), 80, 24).press("4 f")
	d.hides("frozen")
	d.press("?").typed("replay").shows("Replay: play, or pause")
}

// Of a recording with more events than the explorer keeps, the Events screen has the last.
func TestReplayOfALongRecording(t *testing.T) {
	rec := taped()
	first := rec.steps[0]
	for len(rec.steps) < screen.MaxEvents+10 {
		rec.steps, rec.states = append(rec.steps, first[:1]), append(rec.states, rec.states[0])
	}
	d := replaying(t, rec, 160, 40).press("4 ) G")
	d.shows("step 100,010/100,010", "older dropped")
	if row := d.row(); !strings.Contains(row, "❯▶") {
		t.Errorf("the last operation is not marked: %q", row)
	}
}
