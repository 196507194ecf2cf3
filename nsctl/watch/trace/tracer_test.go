package trace_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// leftEnv makes TestLeftBehind a process that is killed while it traces.
const leftEnv = "MNTSCOPE_TRACE_LEFT"

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

// Programs that end as soon as they have done it are named right, though nobody can be
// asked for their name afterwards.
func TestShortLivedPrograms(t *testing.T) {
	for _, tc := range []struct {
		name   string
		follow bool
	}{{"read at once", true}, {"read later", false}} {
		t.Run(tc.name, func(t *testing.T) {
			tracer := open(t, trace.Options{})
			host := nstest.Host(t)
			const times = 100
			stop := func() (records []trace.Record) {
				drain(t, tracer, func(r trace.Record) { records = append(records, r) })
				return records
			}
			if tc.follow {
				stop = follow(t, tracer)
			}
			// Each shell tells its pid and then becomes the program.
			script := fmt.Sprintf(`for i in $(seq %d); do
				sh -c 'echo mount $$; exec mount -t tmpfs x %[2]s'
				sh -c 'echo umount $$; exec umount %[2]s'
			done`, times, nstest.Scratch)
			out, err := host.Run("sh", "-c", script)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			records := stop()
			byPID := map[int]trace.Record{}
			for _, r := range records {
				if r.Exit && (r.Call == "mount" || r.Call == "umount") {
					byPID[r.TID] = r
				}
			}
			right, told := 0, 0
			for l := range strings.Lines(string(out)) {
				var program string
				var pid int
				if _, err := fmt.Sscan(l, &program, &pid); err != nil {
					t.Fatalf("%q: %v", l, err)
				}
				told++
				r := byPID[pid]
				if r.Call == program && r.Comm == program && r.TGID == pid && r.Ret == 0 && r.Start > 0 && r.Start <= r.Time {
					right++
				} else {
					t.Logf("process %d, %s: %+v", pid, program, r)
				}
			}
			if told != 2*times || right != told {
				t.Errorf("%d of %d are right", right, told)
			}
		})
	}
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

// A name may hold any byte, and makes no records of others.
func TestHostileNames(t *testing.T) {
	tracer := open(t, trace.Options{})
	host := nstest.Host(t)
	thread := host.Thread(t)
	host.Must(t, nstest.Mkdir("/mnt/a"))
	umount, err := exec.LookPath("umount")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a\nb", "\x1b[2J\xff", "\n\n\n", "-1 (1) [0] x", "CPU:1 [LOST 3 "} {
		drain(t, tracer, func(trace.Record) {})
		// One program is given the name, the other is called by it.
		thread.Must(t, nstest.Write("/proc/thread-self/comm", name), nstest.Tmpfs("/mnt/a"))
		host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Symlink(umount, "/mnt/"+name))
		if out, err := host.Run("/mnt/"+name, "/mnt/a"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var got []string
		drain(t, tracer, func(r trace.Record) {
			if r.Lost > 0 || r.TID < 2 {
				t.Errorf("after the name %q: %+v", name, r)
			}
			if r.Exit && r.Comm == name && r.Call != "rename" {
				got = append(got, r.Call)
				if r.Call == "mount" && (r.TID != thread.PID() || r.TGID != host.PID()) {
					t.Errorf("got %+v, want it of %d in %d", r, thread.PID(), host.PID())
				}
			}
		})
		if strings.Join(got, " ") != "mount umount" {
			t.Errorf("%d: of who is named %q there are %v", i, name, got)
		}
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

// instances lists those of all watchers.
func instances(t *testing.T) map[string]bool {
	t.Helper()
	tracefs, err := sys.OpenTracefs()
	if err != nil {
		t.Fatal(err)
	}
	defer tracefs.Close()
	dir, err := tracefs.OpenDir("instances")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names := map[string]bool{}
	if err := dir.Names(func(name []byte) { names[string(name)] = true }); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestInstances(t *testing.T) {
	first, second := open(t, trace.Options{}), open(t, trace.Options{})
	if first.Instance() != fmt.Sprint("mntscope-", os.Getpid()) || first.Instance() == second.Instance() {
		t.Errorf("they are %s and %s", first.Instance(), second.Instance())
	}
	third, err := trace.Open(trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if now := instances(t); !now[first.Instance()] || !now[second.Instance()] || !now[third.Instance()] {
		t.Errorf("there are %v", now)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	if now := instances(t); now[third.Instance()] || !now[first.Instance()] {
		t.Errorf("after one was closed there are %v", now)
	}
}

// Watchers that begin at once do not remove what the others have just made.
func TestOpenTogether(t *testing.T) {
	open(t, trace.Options{}) // skips where it cannot run
	failed := make(chan error)
	const together = 4
	for range together {
		go func() {
			var err error
			for range 8 {
				var tracer *trace.Tracer
				if tracer, err = trace.Open(trace.Options{BufferKB: 64}); err != nil {
					break
				}
				if err = tracer.Close(); err != nil {
					break
				}
			}
			failed <- err
		}()
	}
	for range together {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// What a process that was killed left behind is removed by the next.
func TestLeftBehind(t *testing.T) {
	if os.Getenv(leftEnv) != "" {
		tracer, err := trace.Open(trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(tracer.Instance()) //nolint:forbidigo // for the process that started this one
		select {}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can trace")
	}
	child := exec.Command("/proc/self/exe", "-test.run=^TestLeftBehind$")
	child.Env = append(os.Environ(), leftEnv+"=1")
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	name, readErr := bufio.NewReader(out).ReadString('\n')
	name = strings.TrimSuffix(name, "\n")
	if !instances(t)[name] {
		t.Errorf("%q (%v) is not there while it is used", name, readErr)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	open(t, trace.Options{})
	if instances(t)[name] {
		t.Errorf("%s is still there", name)
	}
}

func TestRefused(t *testing.T) {
	host := nstest.Host(t)
	if sys.AdministersHost() {
		n := host.Clone(t, nstest.User())
		out, err := n.Run(n.Proc("exe"), "-test.run=^TestRefused$", "-test.v")
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	tracer, err := trace.Open(trace.Options{})
	if err == nil {
		_ = tracer.Close()
		t.Fatal("everybody can trace")
	}
	// Who administers no user namespace is stopped one call earlier.
	before, after := "system calls cannot be traced with tracefs: fs", ": operation not permitted: "+
		"it takes CAP_SYS_ADMIN in the first user namespace; run it as root"
	if text := err.Error(); !strings.HasPrefix(text, before) || !strings.HasSuffix(text, after) || !errors.Is(err, syscall.EPERM) {
		t.Errorf("got %v", err)
	}
}
