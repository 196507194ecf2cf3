package watch

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// A change that is made while another call is looked after, of a process that has gone and
// nobody knows from where, is not put down to that.
func TestChangesAreNotPutDownToEarlierCalls(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	w := stepwise(t)
	if w.tracer == nil {
		nstest.Unavailable(t, w.untraced.Error())
	}
	const gone = 1 << 22 // a pid that no process has
	w.calls = append(w.calls, &call{Record: trace.Record{
		Time: sys.Monotonic(), TID: gone, TGID: gone, Call: "mount", Flags: sys.MountPrivate, Exit: true,
	}})
	host.Must(t, nstest.Make("private", "/mnt/a"))
	w.report()
	w.stepUntil(at(nsctl.EventPropagation, host, "/mnt/a"))
	for _, e := range w.events {
		if e.NS == host.NS() && e.Actor != nil && e.Actor.PID == gone {
			t.Errorf("it is put down to a call that was made before: %s", describe([]nsctl.Event{e}))
		}
	}
}
