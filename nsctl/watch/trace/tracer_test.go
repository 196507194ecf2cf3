package trace_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

func TestMain(m *testing.M) { nstest.Main(m) }

func open(t testing.TB, o trace.Options) *trace.Tracer {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can trace")
	}
	tracer, err := trace.Open(o)
	if err != nil {
		nstest.Unavailable(t, err.Error())
	}
	t.Cleanup(func() {
		if err := tracer.Close(); err != nil {
			t.Error(err)
		}
	})
	return tracer
}

// drain reads everything that has happened.
func drain(t testing.TB, tracer *trace.Tracer, each func(trace.Record)) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = tracer.Read(each); err != nil {
			t.Fatal(err)
		}
	}
}

// follow reads in the background, as soon as there is something, until stopped.
func follow(t *testing.T, tracer *trace.Tracer) (stop func() []trace.Record) {
	t.Helper()
	poller, err := sys.NewPoller()
	if err == nil {
		err = poller.Add(tracer.File(), sys.Readable, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	var records []trace.Record
	quit, done := make(chan struct{}), make(chan struct{})
	keep := func(r trace.Record) { records = append(records, r) }
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
			}
			err := poller.Wait(sys.Forever, func(uint64) { drain(t, tracer, keep) })
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	return func() []trace.Record {
		close(quit)
		poller.Wake()
		<-done
		poller.Close()
		drain(t, tracer, keep)
		return records
	}
}

// of gives the ends of calls that a process made.
func of(records []trace.Record, tgid int) (ends []trace.Record) {
	for _, r := range records {
		if r.TGID == tgid && r.Exit {
			ends = append(ends, r)
		}
	}
	return ends
}

func TestCalls(t *testing.T) {
	tracer := open(t, trace.Options{})
	host := nstest.Host(t)
	drain(t, tracer, func(trace.Record) {})
	before := monotonic(t)
	host.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs("/mnt/a"), nstest.Make("rslave", "/mnt/a"), nstest.MakeBySetattr("shared", "/mnt/a"),
		nstest.Mkdir("/mnt/b"), nstest.Move("/mnt/a", "/mnt/b"), nstest.Detach("/mnt/b"))
	if err := host.Do(nstest.Umount("/mnt/b")); !errors.Is(err, syscall.EINVAL) {
		t.Fatal(err)
	}
	host.Must(t, nstest.NewMount("tmpfs", "/mnt/a"), nstest.Tmpfs("/mnt/c"), nstest.Mkdir("/mnt/c/old"),
		nstest.Rbind("/proc", "/mnt/c/proc"), nstest.Pivot("/mnt/c", "/mnt/c/old"))
	after := monotonic(t)
	var got []string
	var records []trace.Record
	drain(t, tracer, func(r trace.Record) { records = append(records, r) })
	for _, r := range of(records, host.PID()) {
		got = append(got, fmt.Sprintf("%s %#x = %d", r.Call, r.Flags, r.Ret))
		if r.Comm != "nstest-agent" && r.Comm != "exe" {
			t.Errorf("name of %+v", r)
		}
		if r.Start < before || r.Time < r.Start || r.Time > after {
			t.Errorf("not between %v and %v: %+v", before, after, r)
		}
	}
	want := []string{"mount 0x44000 = 0", "mount 0x0 = 0", "mount 0x84000 = 0", "mount_setattr 0x0 = 0", "mount 0x2000 = 0",
		"umount 0x2 = 0", "umount 0x0 = -22", "move_mount 0x15 = 0", "mount 0x0 = 0", "mount 0x5000 = 0", "pivot_root 0x0 = 0"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// monotonic reads CLOCK_MONOTONIC, to whole microseconds.
func monotonic(t *testing.T) time.Duration {
	t.Helper()
	return sys.Monotonic().Truncate(time.Microsecond)
}

func TestNewNamespaces(t *testing.T) {
	tracer := open(t, trace.Options{})
	host := nstest.Host(t)
	drain(t, tracer, func(trace.Record) {})
	clone := host.Clone(t)
	out, err := host.Run("unshare", "-m", "--propagation", "unchanged", "sh", "-c", "echo $$")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	entered, err := host.Run("nsenter", "--mount="+clone.Proc("ns/mnt"), "sh", "-c", "echo $$")
	if err != nil {
		t.Fatalf("%v\n%s", err, entered)
	}
	// These make no mount namespace.
	if out, err := host.Run("unshare", "-u", "true"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var records []trace.Record
	drain(t, tracer, func(r trace.Record) { records = append(records, r) })
	var cloned, unshared, entries int
	for _, r := range records {
		switch {
		case !r.Exit:
		case r.Call == "clone" && r.Ret == int64(clone.PID()):
			cloned++
			if r.TGID != host.PID() || r.Flags&syscall.CLONE_NEWNS == 0 {
				t.Errorf("got %+v, want it of %d", r, host.PID())
			}
		case r.Call == "unshare" && fmt.Sprintln(r.TGID) == string(out):
			unshared++
			if r.Comm != "unshare" || r.Flags != syscall.CLONE_NEWNS || r.Ret != 0 {
				t.Errorf("got %+v", r)
			}
		case r.Call == "unshare" && r.Flags&syscall.CLONE_NEWNS == 0:
			t.Errorf("makes no mount namespace: %+v", r)
		case r.Call == "setns" && fmt.Sprintln(r.TGID) == string(entered):
			entries++
			if r.Comm != "nsenter" || r.Ret != 0 {
				t.Errorf("got %+v", r)
			}
		}
	}
	if cloned != 1 || unshared != 1 || entries != 1 {
		t.Errorf("%d clones, %d unshares, %d entries; want one of each", cloned, unshared, entries)
	}
}

func TestLoss(t *testing.T) {
	tracer := open(t, trace.Options{BufferKB: 8})
	host := nstest.Host(t)
	drain(t, tracer, func(trace.Record) {})
	var ops []nstest.Op
	for range 2000 {
		ops = append(ops, nstest.Make("private", "/mnt"))
	}
	host.Must(t, ops...)
	var lost, read uint64
	drain(t, tracer, func(r trace.Record) {
		lost += r.Lost
		if r.TGID == host.PID() {
			read++
		}
	})
	if lost == 0 || read == 0 || read+lost < 2*uint64(len(ops)) {
		t.Errorf("of %d calls %d records were read, and %d are told as lost", len(ops), read, lost)
	}
	host.Must(t, nstest.Make("shared", "/mnt"))
	got := 0
	drain(t, tracer, func(r trace.Record) {
		if r.Lost > 0 {
			t.Errorf("told again: %+v", r)
		}
		if r.Exit && r.TGID == host.PID() {
			got++
		}
	})
	if got != 1 {
		t.Errorf("%d calls after the loss, want 1", got)
	}
}
