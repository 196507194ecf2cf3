package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
)

// stepped is a watch that goes on only when it is told to.
type stepped struct {
	*watcher
	t      *testing.T
	events []nsctl.Event // told so far
}

// stepwise begins to watch, and ends it with the test.
func stepwise(t *testing.T) *stepped {
	t.Helper()
	s := &stepped{t: t}
	w, err := newWatcher(discover.New(discover.Options{}), Options{}, func(u Update) { s.events = append(s.events, u.Events...) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	s.watcher = w
	if err := w.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.ears.count() == 0 {
		nstest.Unavailable(t, fmt.Sprintf("fanotify hears nothing: %v", w.ears.refused))
	}
	return s
}

// listen waits for notices, and report tells what came of them.
func (s *stepped) listen() {
	s.t.Helper()
	if err := s.wait(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stepped) report() {
	s.t.Helper()
	b, err := s.batch()
	if err != nil {
		s.t.Fatal(err)
	}
	s.tell(b)
}

func (s *stepped) step() {
	s.t.Helper()
	s.listen()
	s.report()
}

// stepUntil goes on until something has been told.
func (s *stepped) stepUntil(is func(*nsctl.Event) bool) {
	s.t.Helper()
	s.stepWhile(func() bool { return !slices.ContainsFunc(s.events, func(e nsctl.Event) bool { return is(&e) }) })
}

func (s *stepped) stepWhile(more func() bool) {
	s.t.Helper()
	var late atomic.Bool
	timeout := time.AfterFunc(patience, func() {
		late.Store(true)
		s.poller.Wake()
	})
	defer timeout.Stop()
	for more() {
		if late.Load() {
			s.t.Fatalf("it does not come to that:\n%s", describe(s.events))
		}
		s.step()
	}
}

// A watch that is ended while it reads the host for the first time just ends.
func TestEndedBeforeItBegins(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := New(discover.New(discover.Options{}), Options{}).Follow(ctx, func(Update) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
