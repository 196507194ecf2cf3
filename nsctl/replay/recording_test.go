package replay_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/replay"
)

func classroom(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/classroom.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRecordingThatWasCut(t *testing.T) {
	text := classroom(t)
	r, err := replay.Read(bytes.NewReader(text[:len(text)-20]))
	if err != nil || r.Len() != 5 || !strings.Contains(r.Stopped(), "in the middle of a line") {
		t.Error(r, err)
	}
	if _, err := r.At(6); err == nil || !strings.Contains(err.Error(), "has 5") {
		t.Error(err)
	}
	if _, err := r.At(-1); err == nil {
		t.Error("there is a step -1")
	}
}

func TestRecordingThatDoesNotFit(t *testing.T) {
	text := strings.Replace(string(classroom(t)), `"id":2147483698,"mnt_id":50,"parent_id":20`, `"id":2147489999,"mnt_id":50,"parent_id":20`, 1)
	r, err := replay.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != 4 || !strings.Contains(r.Stopped(), "event 8, umount: mount 50 at /mnt/a is not in mnt:[4026531832]") {
		t.Errorf("%d steps, stopped: %q", r.Len(), r.Stopped())
	}
	if s, err := r.At(4); err != nil || len(s.Namespaces) != 3 {
		t.Error(s, err)
	}
}

func TestRecordingThatIsNone(t *testing.T) {
	for _, in := range []string{"", "hello", `{"seq":1,"kind":"resync"}`} {
		if _, err := replay.Read(strings.NewReader(in)); !errors.Is(err, nsctl.ErrNotRecording) {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := replay.New(nil); !errors.Is(err, nsctl.ErrNotRecording) {
		t.Error(err)
	}
}

func TestRecordingSteps(t *testing.T) {
	r, err := replay.Read(bytes.NewReader(classroom(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Ready().Sources[0].Name; got != "fanotify" {
		t.Error(got)
	}
	var got []string
	for n := 1; n <= r.Len(); n++ {
		e := r.Step(n).Origin()
		got = append(got, fmt.Sprint(e.Kind, " ", len(r.Step(n).Events)))
	}
	if want := "mount 3,mount 1,propagation 1,mount 2,umount 2,namespace-gone 1"; strings.Join(got, ",") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ","), want)
	}
	for second, want := range map[int]int{-1: 0, 0: 0, 1: 1, 3: 3, 6: 6, 9: 6} {
		when := r.Ready().Time.Add(time.Duration(second) * time.Second)
		if got := r.Search(func(s replay.Step) bool { return s.Events[0].Time.After(when) }); got != want {
			t.Errorf("%d seconds after the beginning it is step %d, want %d", second, got, want)
		}
	}
}

// Events of which the operation is unknown are steps of their own, whatever is beside them.
func TestStepsOfUnknownOperations(t *testing.T) {
	events := []nsctl.Event{{Kind: nsctl.EventReady, Snapshot: host([]string{"20 1 /"})}}
	for i, op := range []int{0, 0, 5, 5, 0, 6, 5} {
		events = append(events, nsctl.Event{Seq: i + 1, Op: op, Kind: nsctl.EventResync})
	}
	r, err := replay.New(events)
	if err != nil || r.Len() != 6 {
		t.Fatal(r, err)
	}
	if e := r.Step(3).Origin(); len(r.Step(3).Events) != 2 || e.Seq != 3 {
		t.Error("the third step is", r.Step(3))
	}
}

func TestStepsShareWhatDidNotChange(t *testing.T) {
	r, err := replay.Read(bytes.NewReader(classroom(t)))
	if err != nil {
		t.Fatal(err)
	}
	one, err1 := r.At(1)
	two, err2 := r.At(2)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if &one.Namespaces[0].Mounts[0] != &two.Namespaces[0].Mounts[0] {
		t.Error("the mounts of a namespace without changes are not shared")
	}
	if again, err := r.At(2); again != two || err != nil {
		t.Error("the same step gives another snapshot", err)
	}
}

// The memory for keyframes is limited, however long the recording is.
func TestKeyframesAreThinned(t *testing.T) {
	s := newStory(1, 400)
	const limit = 2000
	r, err := replay.NewTight(s.events, 1, limit)
	if err != nil {
		t.Fatal(err)
	}
	if number, held := r.Keyframes(); held > limit || number < 3 || number > r.Len()/2 {
		t.Errorf("%d keyframes hold %d pointers, for %d steps", number, held, r.Len())
	}
}

// A recording of some namespaces only tells origins elsewhere, too.
func TestRecordingOfSomeNamespaces(t *testing.T) {
	in := nsctl.NewEventReader(bytes.NewReader(classroom(t)))
	var events []nsctl.Event
	for {
		e, err := in.Next()
		if err != nil {
			break
		}
		events = append(events, *e)
	}
	slave := events[0].Snapshot.Namespaces[2]
	events[0].Only = []nsctl.NSNumber{slave.NS}
	part := *events[0].Snapshot
	part.Namespaces = []nsctl.Namespace{slave}
	events[0].Snapshot = &part
	r, err := replay.New(events)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.At(1)
	if err != nil || r.Stopped() != "" || len(s.Namespaces) != 1 || len(s.Namespaces[0].Mounts) != 2 {
		t.Errorf("after a mount elsewhere that reached it: %+v, stopped %q, %v", s, r.Stopped(), err)
	}
	events[0].Only = nil
	if r, err = replay.New(events); err != nil || r.Stopped() == "" {
		t.Error("what a whole recording does not know goes unnoticed")
	}
}
