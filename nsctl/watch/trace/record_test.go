package trace

import (
	"testing"
	"time"

	"mntscope/nsctl/internal/sys"
)

// recorder is a tracer that gets its events from a test, and asks nobody.
func recorder() *Tracer {
	t := &Tracer{open: map[int]begun{}, calls: map[string]call{"mount": {name: "mount"}, "unshare": {"unshare", true}}, names: newNames(sys.Dir(-1))}
	t.names.asks = false
	return t
}

func TestEndsAreJoinedToTheirBeginnings(t *testing.T) {
	const a, b = 42, 43
	begin := func(tid int, call string, flags uint64) event {
		return event{kind: enter, tid: tid, time: 1, call: []byte(call), flags: flags}
	}
	end := func(tid int, call string) event {
		return event{kind: exit, tid: tid, time: 2, call: []byte(call), ret: -1}
	}
	for _, tc := range []struct {
		name   string
		events []event // the last is the end in question
		start  time.Duration
		flags  uint64
		none   bool
	}{
		{name: "a call", events: []event{begin(a, "mount", 8), end(a, "mount")}, start: 1, flags: 8},
		{name: "two threads", events: []event{begin(a, "mount", 8), begin(b, "mount", 9), end(b, "mount"), end(a, "mount")}, start: 1, flags: 8},
		{name: "no beginning", events: []event{end(a, "mount")}},
		{name: "another call", events: []event{begin(a, "unshare", 8), end(a, "mount")}},
		{name: "ended before", events: []event{begin(a, "mount", 8), end(a, "mount"), end(a, "mount")}},
		{name: "something was lost", events: []event{begin(a, "mount", 8), {kind: lost, amount: 1}, end(a, "mount")}},
		{name: "the beginning was filtered out", events: []event{end(a, "unshare")}, none: true},
		{name: "not of interest", events: []event{begin(a, "read", 0), end(a, "read")}, none: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tracer := recorder()
			var r Record
			var ok bool
			for _, e := range tc.events {
				r, ok = tracer.record(e)
			}
			if ok == tc.none || r.Start != tc.start || r.Flags != tc.flags || ok && (!r.Exit || !r.Failed()) {
				t.Errorf("got %+v, %v", r, ok)
			}
		})
	}
}

// What was learned of a thread is true for some time only: ids are used again.
func TestNamesAreForgotten(t *testing.T) {
	n := recorder().names
	n.renamed(42, []byte("mount"), time.Second)
	who := func(at time.Duration) string {
		comm, _ := n.of(event{tid: 42, comm: []byte("other"), time: at})
		return comm
	}
	if got := who(2 * time.Second); got != "mount" {
		t.Errorf("it is called %q", got)
	}
	if got := who(time.Minute); got != "other" {
		t.Errorf("it is still called %q", got)
	}
	for tid := range 3 * maxThreads {
		n.renamed(tid, []byte("x"), time.Minute)
	}
	if len(n.threads) > maxThreads {
		t.Errorf("%d threads are remembered", len(n.threads))
	}
}
