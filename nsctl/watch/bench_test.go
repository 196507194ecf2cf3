package watch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/replay"
)

// lines are what a program prints, with when it came.
type printed struct {
	text []byte
	at   time.Duration
}

// running starts a program whose lines are read as they come.
func running(b *testing.B, command ...string) (<-chan printed, *exec.Cmd) {
	b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	lines := make(chan printed, 1<<16)
	go func() {
		defer close(lines)
		in := bufio.NewReaderSize(out, 1<<20)
		for {
			text, err := in.ReadBytes('\n')
			if err != nil {
				return
			}
			lines <- printed{text, sys.Monotonic()}
		}
	}()
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		for range lines {                       //nolint:revive // until the program has ended
		}
		_ = cmd.Wait() // as it was ended
	})
	return lines, cmd
}

func buildProgram(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "mntscope")
	out, err := exec.Command("go", "build", "-o", program, "mntscope/cmd/mntscope").CombinedOutput()
	if err != nil {
		b.Skipf("the program cannot be built here: %v\n%s", err, out)
	}
	return program
}

// startWatch starts "mntscope watch --json" and waits until it is ready.
func startWatch(b *testing.B, args ...string) (<-chan printed, *exec.Cmd) {
	b.Helper()
	lines, cmd := running(b, append([]string{buildProgram(b), "watch", "--json"}, args...)...)
	if first, ok := <-lines; !ok || !bytes.Contains(first.text[:min(len(first.text), 100)], []byte(`"ready"`)) {
		b.Fatalf("the watch began with %.200q", first.text)
	}
	return lines, cmd
}

// startRecording does the same, and keeps the first line.
func startRecording(b *testing.B) (<-chan printed, *exec.Cmd, *bytes.Buffer) {
	b.Helper()
	lines, cmd := running(b, buildProgram(b), "watch", "--json")
	first := <-lines
	return lines, cmd, bytes.NewBuffer(slices.Clone(first.text))
}

// BenchmarkLatency is from the return of a system call to the line that tells of it, with
// 1,000 namespaces of 122 mounts: for a mount and an umount, for a change of propagation,
// and, in the same run, findmnt --poll, which follows one small namespace.
func BenchmarkLatency(b *testing.B) {
	byRoot(b)
	nstest.Wide(b)
	host := nstest.Host(b)
	host.Must(b, nstest.Mkdir("/mnt/a"))
	lines, _ := startWatch(b)
	b.Run("mount", func(b *testing.B) {
		latency(b, lines, func(i int) (time.Duration, string) {
			if i%2 == 0 {
				return host.Timed(b, nstest.Tmpfs("/mnt/a")), `"kind":"mount"`
			}
			return host.Timed(b, nstest.Umount("/mnt/a")), `"kind":"umount"`
		})
	})
	b.Run("propagation", func(b *testing.B) {
		latency(b, lines, func(i int) (time.Duration, string) {
			return host.Timed(b, nstest.Make([]string{"private", "shared"}[i%2], "/mnt")), `"kind":"propagation"`
		})
	})
	b.Run("findmnt", func(b *testing.B) {
		lines, _ := running(b, "nsenter", "-t", fmt.Sprint(host.PID()), "-m", "stdbuf", "-oL", "findmnt", "--poll", "-n")
		for started := false; !started; { // it does not say when it is ready
			host.Must(b, nstest.Tmpfs("/mnt/a"), nstest.Umount("/mnt/a"))
			select {
			case <-lines:
				started = true
			case <-time.After(20 * time.Millisecond):
			}
		}
		for quiet := false; !quiet; {
			select {
			case <-lines:
			case <-time.After(200 * time.Millisecond):
				quiet = true
			}
		}
		latency(b, lines, func(i int) (time.Duration, string) {
			if i%2 == 0 {
				return host.Timed(b, nstest.Tmpfs("/mnt/a")), "mount"
			}
			return host.Timed(b, nstest.Umount("/mnt/a")), "umount"
		})
	})
}

// BenchmarkLatencyWithoutTracefs is how long a change of propagation stays unnoticed where
// nothing tells of it: with 1,000 namespaces of 122 mounts, and with few; and if there are
// new processes on the host, as there are when mount(8) does it, and if there are none.
func BenchmarkLatencyWithoutTracefs(b *testing.B) {
	byRoot(b)
	for _, scene := range []struct {
		name string
		wide bool
	}{{"few namespaces", false}, {"1,000 namespaces", true}} {
		b.Run(scene.name, func(b *testing.B) {
			if scene.wide {
				nstest.Wide(b)
			}
			host := nstest.Host(b)
			w := followAsEver(b, Options{Without: []string{"tracefs"}})
			var late []time.Duration
			for b.Loop() {
				for i := range 20 {
					how := []string{"private", "shared"}[i%2]
					from := w.count()
					if out, err := host.Run("mount", "--make-"+how, "/mnt"); err != nil {
						b.Fatalf("%v: %s", err, out)
					}
					done := sys.Monotonic()
					w.await("it has changed", func() bool {
						is := at(nsctl.EventPropagation, host, "/mnt")
						return slices.ContainsFunc(w.events[from:], func(e nsctl.Event) bool { return is(&e) })
					})
					late = append(late, sys.Monotonic()-done)
				}
			}
			slices.Sort(late)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(late[len(late)/2].Seconds(), "median-s")
			b.ReportMetric(late[len(late)-1].Seconds(), "max-s")
		})
	}
}

// latency does something again and again, and reports how long after it the line came.
func latency(b *testing.B, lines <-chan printed, do func(i int) (done time.Duration, told string)) {
	var late []time.Duration
	for b.Loop() {
		for i := range 400 {
			done, told := do(i)
			late = append(late, awaitLine(b, lines, told)-done)
		}
	}
	slices.Sort(late)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(late[len(late)/2])/1e6, "median-ms")
	b.ReportMetric(float64(late[len(late)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(late[len(late)-1])/1e6, "max-ms")
}

func awaitLine(b *testing.B, lines <-chan printed, told string) time.Duration {
	b.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				b.Fatal("the program has ended")
			}
			if bytes.Contains(line.text, []byte(told)) {
				return line.at
			}
		case <-timeout:
			b.Fatalf("no line came with %s", told)
		}
	}
}

// BenchmarkIdle is what watching 1,000 quiet namespaces costs, as part of one core.
func BenchmarkIdle(b *testing.B) {
	byRoot(b)
	nstest.Wide(b)
	_, cmd := startWatch(b)
	for b.Loop() {
		before, start := cpuOf(b, cmd.Process.Pid), time.Now()
		<-time.After(60 * time.Second) // what is measured is that nothing happens
		used := cpuOf(b, cmd.Process.Pid) - before
		b.ReportMetric(100*float64(used)/float64(time.Since(start)), "%-of-a-core")
	}
	b.ReportMetric(0, "ns/op")
}

// cpuOf gives the processor time that a process has used, to a hundredth of a second.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := readFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	var user, system int
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 everywhere
}

// BenchmarkBurst makes 20,000 mounts and umounts as fast as one process can, with 200
// namespaces that receive copies, and checks that the state is right afterwards.
func BenchmarkBurst(b *testing.B) {
	byRoot(b)
	host := nstest.Host(b)
	host.Must(b, nstest.Tmpfs("/mnt/s"), nstest.Mkdir("/mnt/s/a"))
	host.Copies(b, 200)
	lines, cmd, recording := startRecording(b)
	told := map[nsctl.EventKind]int{}
	for b.Loop() {
		var ops []nstest.Op
		for range 10_000 {
			ops = append(ops, nstest.Tmpfs("/mnt/s/a"), nstest.Umount("/mnt/s/a"))
		}
		start := sys.Monotonic()
		end := host.Timed(b, append(ops, nstest.Tmpfs("/mnt/s/a"))...)
		b.ReportMetric((end - start).Seconds(), "burst-s")
		host.Must(b, nstest.Mkdir("/mnt/last"), nstest.Tmpfs("/mnt/last"))
		var at time.Duration
		for line := range lines {
			recording.Write(line.text)
			var e nsctl.Event
			if err := json.Unmarshal(line.text, &e); err != nil {
				b.Fatal(err)
			}
			told[e.Kind]++
			if e.Kind == nsctl.EventMount && e.NS == host.NS() && e.Mount.Mountpoint == "/mnt/last" {
				at = line.at
				break
			}
		}
		b.ReportMetric((at - end).Seconds(), "behind-s")
		for quiet := false; !quiet; { // what happens elsewhere comes after
			select {
			case line := <-lines:
				recording.Write(line.text)
			case <-time.After(500 * time.Millisecond):
				quiet = true
			}
		}
		checkRecording(b, recording, host)
		host.Must(b, nstest.Umount("/mnt/last"), nstest.Umount("/mnt/s/a"))
	}
	b.ReportMetric(0, "ns/op")
	for _, kind := range []nsctl.EventKind{nsctl.EventMount, nsctl.EventUmount, nsctl.EventResync} {
		b.ReportMetric(float64(told[kind]), string(kind)+"s")
	}
	status, err := readFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, peak, _ := strings.Cut(status, "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(peak, &kb); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(kb/1024, "peak-MB")
}

// checkRecording compares what a recording leads to with what the kernel has, for the
// namespaces that have a mount in a group with one of the host's.
func checkRecording(b *testing.B, recording *bytes.Buffer, host *nstest.NS) {
	b.Helper()
	r, err := replay.Read(bytes.NewReader(recording.Bytes()))
	if err != nil || r.Stopped() != "" {
		b.Fatal(r.Stopped(), err)
	}
	told, err := r.At(r.Len())
	if err != nil {
		b.Fatal(err)
	}
	fresh, err := discover.New(discover.Options{}).Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	number := func(n nsctl.Namespace) bool { return n.NS == host.NS() }
	group := fresh.Namespaces[slices.IndexFunc(fresh.Namespaces, number)].Mounts[0].Propagation.Shared
	compared := 0
	for i := range fresh.Namespaces {
		ns := &fresh.Namespaces[i]
		if len(ns.Mounts) == 0 || ns.Mounts[0].Propagation.Shared != group {
			continue
		}
		at := slices.IndexFunc(told.Namespaces, func(n nsctl.Namespace) bool { return n.NSID == ns.NSID })
		if at < 0 || !slices.Equal(lines(told.Namespaces[at].Mounts), lines(ns.Mounts)) {
			b.Errorf("what was told of %v is not what the kernel has", ns.NS)
		}
		compared++
	}
	if compared < 200 {
		b.Errorf("only %d namespaces were compared", compared)
	}
}

func readFile(name string) (string, error) {
	f, err := sys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	return string(text), err
}
