package trace_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/watch/trace"
)

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
