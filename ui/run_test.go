package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"go.uber.org/goleak"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// told is a source that is told what to do each time it is followed.
type told struct {
	mu      sync.Mutex
	calls   int
	follow  func(ctx context.Context, call int, deliver func(watch.Update)) error
	entered chan int
}

func (s *told) Follow(ctx context.Context, deliver func(watch.Update)) error {
	s.mu.Lock()
	s.calls++
	call := s.calls
	s.mu.Unlock()
	if s.entered != nil {
		s.entered <- call
	}
	return s.follow(ctx, call, deliver)
}

func whole(s *nsctl.Snapshot) watch.Update {
	return watch.Update{Snapshot: s, Read: len(s.Namespaces), Total: len(s.Namespaces)}
}

// start runs the explorer on a terminal of 80 by 24, on which keys can be pressed.
func start(ctx context.Context, t *testing.T, o Options) (press func(string), done <-chan error) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		answer(master)
	}()
	o.Input, o.Output, o.Environ = tty, tty, []string{"TERM=xterm-256color"}
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, o)
		tty.Close()
		<-drained
		master.Close()
	}()
	return func(keys string) {
		if _, err := io.WriteString(master, keys); err != nil {
			t.Error(err)
		}
	}, ended
}

// answer reads what the program writes, until the other side is closed, and answers the
// question after which it leaves.
func answer(master io.ReadWriter) {
	buffer := make([]byte, 1<<12)
	var written []byte
	for {
		n, err := master.Read(buffer)
		if err != nil {
			return
		}
		written = append(written, buffer[:n]...)
		if at := bytes.Index(written, []byte(ansi.RequestPrimaryDeviceAttributes)); at >= 0 {
			written = written[at+1:]
			_, _ = io.WriteString(master, ansi.PrimaryDeviceAttributes(62))
		}
	}
}

func end(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the explorer does not end")
		return nil
	}
}

func TestRunEndsAndLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, tc := range []struct {
		name   string
		follow func(ctx context.Context, call int, deliver func(watch.Update)) error
	}{
		{"a source that waits", func(ctx context.Context, _ int, deliver func(watch.Update)) error {
			deliver(whole(scene()))
			<-ctx.Done()
			return ctx.Err()
		}},
		{"a source that is done", func(_ context.Context, _ int, deliver func(watch.Update)) error {
			deliver(whole(scene()))
			return nil
		}},
		{"a source that fails", func(context.Context, int, func(watch.Update)) error { return errors.New("no /proc") }},
		{"a source that panics", func(context.Context, int, func(watch.Update)) error { panic("oh") }},
		{"a source that floods", func(ctx context.Context, _ int, deliver func(watch.Update)) error {
			for s := scene(); ctx.Err() == nil; {
				deliver(whole(s))
			}
			return nil
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			source := &told{follow: tc.follow, entered: make(chan int, 9)}
			press, done := start(context.Background(), t, Options{Source: source})
			<-source.entered
			press("q")
			if err := end(t, done); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	source := &told{entered: make(chan int, 9), follow: func(ctx context.Context, _ int, _ func(watch.Update)) error { <-ctx.Done(); return nil }}
	_, done := start(ctx, t, Options{Source: source})
	<-source.entered
	stop()
	if err := end(t, done); err != nil {
		t.Error(err)
	}
}

func TestRunRefusesAnUnknownTheme(t *testing.T) {
	if err := Run(context.Background(), Options{Theme: "neon"}); err == nil || !strings.Contains(err.Error(), "neon") {
		t.Errorf("error is %v", err)
	}
}

func TestRescanFollowsAgain(t *testing.T) {
	source := &told{entered: make(chan int), follow: func(ctx context.Context, call int, _ func(watch.Update)) error {
		if call == 2 {
			return errors.New("this time it fails")
		}
		<-ctx.Done()
		return nil
	}}
	press, done := start(context.Background(), t, Options{Source: source, Live: true})
	for call := 1; call <= 4; call++ { // also after an end in error
		select {
		case got := <-source.entered:
			if got != call {
				t.Errorf("call %d is number %d", call, got)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("the source is not followed for the %dth time", call)
		}
		if call < 4 {
			press("r")
		}
	}
	press("q")
	if err := end(t, done); err != nil {
		t.Error(err)
	}
}

// A source is used by one goroutine at a time: it is followed again only when it has
// returned.
func TestRescanWaitsForTheSource(t *testing.T) {
	leaving, leave := make(chan struct{}), make(chan struct{})
	source := &told{entered: make(chan int, 9), follow: func(ctx context.Context, call int, _ func(watch.Update)) error {
		<-ctx.Done()
		if call == 1 {
			leaving <- struct{}{}
			<-leave
		}
		return nil
	}}
	ctx, stop := context.WithCancel(context.Background())
	f := newFeed(source, 0)
	ended := make(chan struct{})
	go func() {
		f.run(ctx)
		close(ended)
	}()
	<-source.entered
	f.again()
	<-leaving
	runtime.Gosched()
	if len(source.entered) > 0 {
		t.Error("the source is followed twice at once")
	}
	close(leave)
	<-source.entered
	stop()
	<-ended
}

// asked is a source that can be asked to look again.
type asked struct {
	told
	looked chan struct{}
}

func (s *asked) Rescan() { s.looked <- struct{}{} }

func TestRescanAsksTheSource(t *testing.T) {
	source := &asked{looked: make(chan struct{}, 1)}
	source.entered = make(chan int, 9)
	source.follow = func(ctx context.Context, _ int, deliver func(watch.Update)) error {
		deliver(whole(scene()))
		<-ctx.Done()
		return nil
	}
	press, done := start(context.Background(), t, Options{Source: source, Live: true})
	<-source.entered
	press("r")
	select {
	case <-source.looked:
	case <-time.After(20 * time.Second):
		t.Error("the source is not asked")
	}
	press("q")
	if err := end(t, done); err != nil {
		t.Error(err)
	}
	if source.calls != 1 {
		t.Errorf("the source was followed %d times", source.calls)
	}
}

// The feed keeps the newest state only.
func TestFeedDropsWhatIsOvertaken(t *testing.T) {
	s := scene()
	source := &told{follow: func(_ context.Context, _ int, deliver func(watch.Update)) error {
		for read := range len(s.Namespaces) + 1 {
			deliver(watch.Update{Snapshot: s, Read: read, Total: len(s.Namespaces)})
		}
		return errors.New("and then it broke")
	}}
	ctx, stop := context.WithCancel(context.Background())
	f := newFeed(source, 0)
	ended := make(chan struct{})
	go func() {
		f.run(ctx)
		close(ended)
	}()
	var last SnapshotLoadedMsg
	for seq := 1; !last.Ended; seq++ {
		msg := f.next(ctx, seq, 0)().(SnapshotLoadedMsg)
		if msg.Host != nil {
			last.Host = msg.Host
		}
		last.Ended, last.Err = msg.Ended, msg.Err
		if seq > 3 {
			t.Fatal("every state was delivered")
		}
	}
	if last.Host.Read != len(s.Namespaces) || last.Err == nil {
		t.Errorf("the last state has read %d, error %v", last.Host.Read, last.Err)
	}
	stop()
	<-ended
}

// Of what happened between two states, nothing is lost; of too much, the oldest is counted.
func TestFeedKeepsWhatHappened(t *testing.T) {
	s := scene()
	event := func(seq int) nsctl.Event { return nsctl.Event{Seq: seq, Op: seq, Kind: nsctl.EventUmount, NS: hostNS} }
	for _, tc := range []struct {
		name        string
		events      int
		after, drop int
	}{{"some", 500, 500, 0}, {"too many", screen.MaxEvents + 99, screen.MaxEvents, 100}} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFeed(nil, 0)
			f.keep(watch.Update{Snapshot: s, Events: []nsctl.Event{{Kind: nsctl.EventReady}}})
			for seq := 1; seq <= tc.events; seq++ {
				f.keep(watch.Update{Snapshot: s, Events: []nsctl.Event{event(seq)}})
			}
			last := f.events[len(f.events)-1].Seq
			if kept := len(f.events); kept != min(tc.events+1, screen.MaxEvents) || f.dropped != tc.drop || last != tc.events {
				t.Errorf("%d are kept, %d dropped, the last is %d", kept, f.dropped, last)
			}
			signal(f.wake)
			d := drive(t, Options{}, 120, 40)
			d.send(f.next(t.Context(), 1, 0)())
			d.press("4")
			d.shows(kit.Count(tc.after) + " umounts")
			if tc.drop > 0 {
				d.shows("100 older dropped")
			}
			if len(f.events) != 0 || f.dropped != 0 {
				t.Errorf("after the take %d are kept", len(f.events))
			}
		})
	}
}

func TestWheelIsMerged(t *testing.T) {
	sent := make(chan tea.Msg, 10)
	w := wheel{send: func(m tea.Msg) { sent <- m }}
	down := tea.MouseWheelMsg{X: 3, Y: 4, Button: tea.MouseWheelDown}
	if got := w.filter(nil, down); got != (WheeledMsg{3, 4, wheelRows}) {
		t.Errorf("the first turn becomes %v", got)
	}
	for range 5 {
		if got := w.filter(nil, down); got != nil {
			t.Errorf("a turn within the frame gets through: %v", got)
		}
	}
	w.filter(nil, tea.MouseWheelMsg{X: 3, Y: 4, Button: tea.MouseWheelUp})
	if got := w.filter(nil, <-sent); got != (WheeledMsg{3, 4, 4 * wheelRows}) {
		t.Errorf("after the frame there comes %v", got)
	}
	if got := w.filter(nil, <-sent); got != nil {
		t.Errorf("nothing was turned, but there comes %v", got)
	}
	if got := w.filter(nil, down); got == nil {
		t.Error("a turn after a pause does not get through")
	}
	for _, msg := range []tea.Msg{tea.MouseMotionMsg{}, tea.MouseReleaseMsg{}} {
		if w.filter(nil, msg) != nil {
			t.Errorf("%T gets through", msg)
		}
	}
	if msg := tea.Msg(tea.KeyPressMsg{Code: 'x'}); w.filter(nil, msg) != msg {
		t.Error("a key does not get through")
	}
}
