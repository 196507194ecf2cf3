package watch

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	ossignal "os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/replay"
)

// programEnv makes the test binary a program that watches and prints events.
const programEnv = "MNTSCOPE_TEST_WATCH"

func watchAndPrint() error {
	ctx, stop := ossignal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	out := bufio.NewWriter(os.Stdout)
	err := New(discover.New(discover.Options{}), Options{EventsOnly: true}).Follow(ctx, func(u Update) {
		for i := range u.Events {
			_ = u.Events[i].Encode(out) // who reads has gone
		}
		out.Flush()
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// A watch that does not run for a while finds the difference when it goes on, and what it
// recorded leads to the state of the kernel.
func TestStoppedForAWhile(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, _ := family(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), programEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Signal(syscall.SIGTERM) // it removes its instance of tracefs
		if err := cmd.Wait(); err != nil {
			t.Errorf("the watch ended with %v", err)
		}
	})
	tooLong := time.AfterFunc(2*patience, func() { _ = cmd.Process.Kill() })
	defer tooLong.Stop()
	in := nsctl.NewEventReader(out)
	var events []nsctl.Event
	await := func(is func(*nsctl.Event) bool) {
		t.Helper()
		for {
			e, err := in.Next()
			if err != nil {
				t.Fatalf("it was not told: %v\n%s", err, describe(events))
			}
			if events = append(events, *e); is(e) {
				return
			}
		}
	}
	await(func(e *nsctl.Event) bool { return e.Kind == nsctl.EventReady })
	stop(t, cmd.Process)
	var ops []nstest.Op
	for range 17_400 / 2 { // more than the queue holds
		ops = append(ops, nstest.Tmpfs("/mnt/s/a"), nstest.Detach("/mnt/s/a"))
	}
	host.Must(t, append(ops, nstest.Tmpfs("/mnt/s/b"))...)
	peer.Must(t, nstest.Make("private", "/mnt/s"), nstest.Mkdir("/mnt/s/c"), nstest.Tmpfs("/mnt/s/a"), nstest.Move("/mnt/s/a", "/mnt/s/c"))
	private.Must(t, nstest.Detach("/mnt/s"))
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	await(at(nsctl.EventMount, slave, "/mnt/s/b"))
	host.Must(t, nstest.Make("private", "/mnt"), nstest.Tmpfs("/mnt/last"))
	await(at(nsctl.EventMount, host, "/mnt/last"))
	if !slices.ContainsFunc(events, func(e nsctl.Event) bool {
		return e.Kind == nsctl.EventResync && strings.Contains(e.Text, "queue was full")
	}) {
		t.Error("it was not told that something was missed")
	}
	for { // what has no notice comes later
		played, err := replay.Apply(events[0].Snapshot, events[1:])
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(events))
		}
		wrong := compareWithKernel(t, played, []*nstest.NS{host, peer, slave, private})
		if wrong == "" {
			return
		}
		op := events[len(events)-1].Op
		t.Logf("not yet: %s", wrong)
		await(func(e *nsctl.Event) bool { return e.Op != op || op == 0 })
	}
}

// stop stops a child and waits until it has stopped.
func stop(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil)
		if err == nil && status.Stopped() {
			return
		}
		if !errors.Is(err, syscall.EINTR) {
			t.Fatalf("waiting for it to stop: %v, %v", status, err)
		}
	}
}
