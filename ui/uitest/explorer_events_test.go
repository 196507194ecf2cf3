package uitest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
	"mntscope/ui"
	"mntscope/ui/uitest"
)

// The test binary, started again with these in its environment, is an explorer of a host
// in which happens what is written into a pipe.
const (
	watchedEnv = "UITEST_WATCHED_HOST"
	orderEnv   = "UITEST_ORDERS"
)

// ordered is a source that mounts and unmounts as it is told, on paper.
type ordered struct {
	now *nsctl.Snapshot
	ops int
}

func exploreOrdered(host, orders string) error {
	file, err := os.Open(host)
	if err != nil {
		return err
	}
	defer file.Close()
	s, err := nsctl.Decode(file)
	if err != nil {
		return err
	}
	return ui.Run(context.Background(), ui.Options{Source: &source{ordered{now: s}, orders}, Live: true, Environ: os.Environ()})
}

type source struct {
	ordered
	orders string
}

func (s *source) Follow(ctx context.Context, deliver func(watch.Update)) error {
	pipe, err := os.OpenFile(s.orders, os.O_RDWR, 0) // so that it does not end with its writer
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { pipe.Close() })()
	n := len(s.now.Namespaces)
	tell := func(events ...nsctl.Event) {
		deliver(watch.Update{Snapshot: s.now, Read: n, Total: n, Events: events})
	}
	tell(nsctl.Event{Kind: nsctl.EventReady, Sources: []nsctl.WatchSource{{Name: "orders", Namespaces: n, Text: "tells what is written into a pipe"}}})
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		kind, at, _ := strings.Cut(lines.Text(), " ")
		if kind != "burst" {
			tell(s.change(nsctl.EventKind(kind), at, time.Now()))
			continue
		}
		// A busy machine may need longer to tell of it than it took.
		for now, i := time.Now(), 0; i < 2000; i++ {
			tell(s.change(nsctl.EventMount, at, now.Add(time.Duration(2*i)*time.Microsecond)))
			tell(s.change(nsctl.EventUmount, at, now.Add(time.Duration(2*i+1)*time.Microsecond)))
		}
	}
	return nil
}

// change mounts something in the first namespace, or unmounts it again.
func (o *ordered) change(kind nsctl.EventKind, at string, now time.Time) nsctl.Event {
	next := *o.now
	next.Namespaces = slices.Clone(o.now.Namespaces)
	n := &next.Namespaces[0]
	mounts := slices.Clone(n.Mounts)
	m := nsctl.Mount{MntID: 90_000, ParentID: mounts[0].MntID, Dev: nsctl.Dev{Minor: 900}, Root: "/", Mountpoint: at, FSType: "tmpfs", Source: "orders", Options: "rw"}
	if kind == nsctl.EventMount {
		mounts = append(mounts, m)
	} else {
		mounts = slices.DeleteFunc(mounts, func(x nsctl.Mount) bool { return x.MntID == m.MntID })
	}
	n.Mounts = mounts
	o.now, o.ops = &next, o.ops+1
	return nsctl.Event{
		Seq: o.ops, Op: o.ops, Origin: true, Kind: kind, Time: now, NS: n.NS, NSID: n.NSID, Mount: &m,
		Actor: &nsctl.Actor{PID: 4711, Comm: "orderly"},
	}
}

// watched opens the explorer on a host in which happens what is ordered.
func watched(t testing.TB, cols, rows int) (term *uitest.Terminal, order func(string)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	orders := filepath.Join(t.TempDir(), "orders")
	if err := syscall.Mkfifo(orders, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(orders, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	term = uitest.Start(t, exec.Command(self), cols, rows, subjectEnv, watchedEnv+"="+demo, orderEnv+"="+orders)
	term.WaitForText("Mount namespaces")
	return term, func(line string) {
		t.Helper()
		if _, err := fmt.Fprintln(pipe, line); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsAppear(t *testing.T) {
	atEverySize(t, func(t *testing.T, cols, rows int) {
		term, order := watched(t, cols, rows)
		term.Press("4")
		term.WaitForText("nothing has happened since")
		checkLayout(t, "4", term.Settle())
		order("mount /here")
		term.WaitForText("/here")
		selects(t, term, "/here")
		term.Press("f")
		term.WaitForText("0 more since")
		order("umount /here")
		order("mount /there")
		term.WaitForText("2 more since")
		if term.Screen().Contains("/there") {
			t.Error("the frozen picture moves")
		}
		term.Press("f")
		term.WaitForText("/there")
		selects(t, term, "/there")
		term.Press("enter")
		term.WaitForText("reached")
		term.Press("j")
		checkLayout(t, "opening an event", term.Settle())
		term.Press("enter")
		term.WaitForText("MOUNT POINT")
		selects(t, term, "/there")
		checkLayout(t, "going to its mount", term.Settle())
		leave(t, term)
	})
}

// A burst is one row, and keys are answered meanwhile.
func TestBurstOfEvents(t *testing.T) {
	term, order := watched(t, 120, 40)
	term.Press("4")
	order("mount /before")
	term.WaitForText("/before")
	order("umount /before")
	order("burst /x")
	term.WaitForText("2,000 mounts")
	term.Press("g")
	selects(t, term, "/before")
	term.Press("G", "enter", "j")
	term.WaitForText("of 4,0")
	checkLayout(t, "opening a burst", term.Settle())
	leave(t, term)
}

// What has just changed is lit for two seconds, and then the program is idle again.
func TestWhatChangesLightsUp(t *testing.T) {
	term, order := watched(t, 80, 24)
	term.WaitForText("of 12")
	order("mount /lit")
	term.WaitForText("◆")
	term.WaitForText("◇")
	term.WaitForNoText("◇")
	leave(t, term)
}
