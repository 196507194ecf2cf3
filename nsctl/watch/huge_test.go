package watch

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/replay"
)

// stacked are so many mounts on top of each other that the kernel needs more than a second
// to print their table, made with few commands.
func stacked(t *testing.T) *nstest.NS {
	t.Helper()
	ns := nstest.Host(t)
	ns.Must(t, nstest.Tmpfs("/mnt/s"))
	return ns
}

func stack() (ops []nstest.Op) {
	const doublings = 13
	for range doublings {
		ops = append(ops, nstest.Bind("/mnt/s", "/mnt/s"))
	}
	return ops
}

// Where so many mounts come at once that it takes long to look at them, what happens
// elsewhere is told meanwhile, and then what is different.
func TestHugeNamespace(t *testing.T) {
	byRoot(t)
	quiet, huge := nstest.Host(t), stacked(t)
	quiet.Must(t, nstest.Mkdir("/mnt/a"))
	w := follow(t, Options{})
	heardByFanotify(t, w, quiet, huge)
	huge.Must(t, stack()...)
	quiet.Must(t, nstest.Tmpfs("/mnt/a"))
	w.operation("what happened elsewhere", at(nsctl.EventMount, quiet, "/mnt/a"))
	isDifference := func(e nsctl.Event) bool {
		return e.Kind == nsctl.EventResync && strings.Contains(e.Text, "more happened in "+huge.NS().String())
	}
	if slices.ContainsFunc(w.soFar(), isDifference) {
		t.Error("what happened elsewhere had to wait")
	}
	w.await("something was too much to look at", func() bool { return slices.ContainsFunc(w.events, isDifference) })
	w.awaitState(huge, quiet)
	huge.Must(t, nstest.Detach("/mnt/s"), nstest.Detach("/mnt/s"), nstest.Tmpfs("/mnt/last"))
	w.await("something is told of it again", func() bool {
		return slices.ContainsFunc(w.events, func(e nsctl.Event) bool { return at(nsctl.EventMount, huge, "/mnt/last")(&e) })
	})
	w.awaitState(huge)
	checkEvents(t, w.soFar())
	w.checkRecording(huge, quiet)
}

// A new namespace that it takes long to read is told when it has been. What happens
// elsewhere is told meanwhile, and what happens in it until then is not lost.
func TestHugeNewNamespace(t *testing.T) {
	byRoot(t)
	quiet, huge := nstest.Host(t), stacked(t)
	huge.Must(t, stack()...)
	quiet.Must(t, nstest.Mkdir("/mnt/a"))
	w := stepwise(t)
	newcomer := huge.Clone(t)
	w.stepWhile(func() bool { return len(w.readings) == 0 })
	newcomer.Must(t, nstest.Mkdir("/mnt/b"), nstest.Tmpfs("/mnt/b"))
	quiet.Must(t, nstest.Tmpfs("/mnt/a"))
	w.stepUntil(at(nsctl.EventMount, quiet, "/mnt/a"))
	if len(w.readings) == 0 {
		t.Error("what happened elsewhere had to wait")
	}
	w.stepUntil(func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventNamespaceCreated && e.NS == newcomer.NS()
	})
	newcomer.Must(t, nstest.Umount("/mnt/b"))
	w.stepUntil(at(nsctl.EventUmount, newcomer, "/mnt/b"))
	played, err := replay.Apply(w.events[0].Snapshot, w.events[1:])
	if err != nil {
		t.Fatal(err)
	}
	if wrong := compareWithKernel(t, played, []*nstest.NS{newcomer, huge, quiet}); wrong != "" {
		t.Error(wrong)
	}
}
