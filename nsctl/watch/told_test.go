package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
)

// patience is how long a test waits: a machine may be very busy.
const patience = 60 * time.Second

// told is what a watch has told so far.
type told struct {
	t     testing.TB
	watch *Watcher
	wake  chan struct{}

	mu     sync.Mutex
	events []nsctl.Event
	latest *nsctl.Snapshot
	pause  sync.Mutex // held to keep the watch from going on
}

// follow watches in the background until the test ends, and waits until that has begun.
// Scans are made as often as they can be.
func follow(t testing.TB, o Options) *told {
	t.Helper()
	o.tested = true
	return followAsEver(t, o)
}

// followAsEver does the same at the usual cost.
func followAsEver(t testing.TB, o Options) *told {
	t.Helper()
	w := &told{t: t, watch: New(discover.New(discover.Options{}), o), wake: make(chan struct{}, 1)}
	t.Cleanup(followWith(t, w.watch, w.take))
	w.await("watching has begun", func() bool { return len(w.events) > 0 && w.events[0].Kind == nsctl.EventReady })
	return w
}

// followWith watches in the background until stopped.
func followWith(t testing.TB, w *Watcher, take func(Update)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := w.Follow(ctx, take); !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
	return func() {
		cancel()
		wait.Wait()
	}
}

func (w *told) take(u Update) {
	w.pause.Lock()
	defer w.pause.Unlock()
	w.mu.Lock()
	w.events = append(w.events, u.Events...)
	if u.Snapshot != nil {
		w.latest = u.Snapshot
	}
	w.mu.Unlock()
	signal(w.wake)
}

// await waits until what was told is as wanted.
func (w *told) await(what string, wanted func() bool) {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		w.mu.Lock()
		done := wanted()
		w.mu.Unlock()
		if done {
			return
		}
		select {
		case <-w.wake:
		case <-timeout:
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("it was not told that %s:\n%s", what, describe(w.events))
		}
	}
}

// count gives how many events were told.
func (w *told) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events)
}

// operation waits for the operation with an event, and gives all its events: the origin
// first.
func (w *told) operation(what string, is func(e *nsctl.Event) bool) []nsctl.Event {
	w.t.Helper()
	op := 0
	w.await(what, func() bool {
		for i := range w.events {
			if is(&w.events[i]) {
				op = w.events[i].Op
				return true
			}
		}
		return false
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	var events []nsctl.Event
	for _, e := range w.events {
		if e.Op == op && op != 0 {
			events = append(events, e)
		}
	}
	if op == 0 {
		w.t.Fatalf("it is unattributed that %s:\n%s", what, describe(w.events))
	}
	if origins := slices.DeleteFunc(slices.Clone(events), func(e nsctl.Event) bool { return !e.Origin }); len(origins) != 1 || !events[0].Origin {
		w.t.Errorf("an operation begins with its origin, and has one:\n%s", describe(events))
	}
	return events
}

// awaitState waits until the last snapshot says of some namespaces what the kernel does.
func (w *told) awaitState(spaces ...*nstest.NS) {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		w.mu.Lock()
		latest := w.latest
		w.mu.Unlock()
		wrong := compareWithKernel(w.t, latest, spaces)
		if wrong == "" {
			return
		}
		select {
		case <-w.wake:
		case <-timeout:
			w.t.Fatalf("the state stays wrong:\n%s\nevents:\n%s", wrong, describe(w.soFar()))
		}
	}
}

// soFar gives the events, of which there may be others at any time.
func (w *told) soFar() []nsctl.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

func compareWithKernel(t testing.TB, s *nsctl.Snapshot, spaces []*nstest.NS) string {
	t.Helper()
	var wrong strings.Builder
	for _, ns := range spaces {
		i := slices.IndexFunc(s.Namespaces, func(n nsctl.Namespace) bool { return n.NS == ns.NS() })
		if i < 0 {
			fmt.Fprintf(&wrong, "%v is missing\n", ns.NS())
			continue
		}
		got, want := lines(s.Namespaces[i].Mounts), lines(ns.Mounts(t))
		for _, line := range want {
			if !slices.Contains(got, line) {
				fmt.Fprintf(&wrong, "%v lacks %s\n", ns.NS(), line)
			}
		}
		for _, line := range got {
			if !slices.Contains(want, line) {
				fmt.Fprintf(&wrong, "%v should not have %s\n", ns.NS(), line)
			}
		}
	}
	return wrong.String()
}

// lines gives of each mount what the kernel itself says in its table.
func lines(mounts []nsctl.Mount) (all []string) {
	for _, m := range mounts {
		all = append(all, fmt.Sprintf("%d %d %s %s %s %s %s %s %s %s",
			m.MntID, m.ParentID, m.Dev, m.Root, m.Mountpoint, m.Options, m.Propagation, m.FSType, m.Source, m.SuperOptions))
	}
	return all
}

func describe(events []nsctl.Event) string {
	var b strings.Builder
	for _, e := range events[max(0, len(events)-60):] {
		fmt.Fprintf(&b, "%d %s op %d", e.Seq, e.Kind, e.Op)
		if e.Origin {
			b.WriteString(" origin")
		}
		fmt.Fprintf(&b, " in %d", e.NS)
		if e.Mount != nil {
			fmt.Fprintf(&b, " mount %d on %d at %s (%s)", e.Mount.MntID, e.Mount.ParentID, e.Mount.Mountpoint, e.Mount.Propagation)
		}
		if e.Was != nil {
			fmt.Fprintf(&b, " was %+v", *e.Was)
		}
		if e.Via != nil {
			fmt.Fprintf(&b, " via %+v", *e.Via)
		}
		if e.Actor != nil {
			fmt.Fprintf(&b, " by %+v", *e.Actor)
		}
		fmt.Fprintf(&b, " %s\n", e.Text)
	}
	return b.String()
}

// copies gives, in order, where else than at the origin an operation did something.
func copies(events []nsctl.Event) (where []string) {
	for _, e := range events {
		if e.Origin {
			continue
		}
		text := fmt.Sprintf("%s %s in %d", e.Kind, e.Mount.Mountpoint, e.NS)
		if e.Via != nil {
			text += " via " + fmt.Sprint(e.Via.Group)
		}
		where = append(where, text)
	}
	slices.SortFunc(where, cmp.Compare)
	return where
}
