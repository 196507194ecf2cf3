package uitest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mntscope/ui/uitest"
)

// From the start of the process to the first frame on the screen, and to the first
// namespaces in it, on this host.
func BenchmarkFirstFrame(b *testing.B) {
	var frame, filled []time.Duration
	explorer(b) // builds it
	for b.Loop() {
		cmd := explorer(b)
		start := time.Now()
		term := uitest.Start(b, cmd, 120, 40)
		term.WaitFor("the first frame", func(s uitest.Screen) bool { return s.AltScreen && s.Contains("mntscope") })
		frame = append(frame, time.Since(start))
		term.WaitForText("1 of ")
		filled = append(filled, time.Since(start))
		b.StopTimer()
		leave(b, term)
		b.StartTimer()
	}
	report(b, "frame", frame)
	report(b, "filled", filled)
}

// From pressing a key to the frame that shows its effect, with 122,000 mounts.
func BenchmarkKey(b *testing.B) {
	snapshot := save(b, large())
	for _, bm := range []struct {
		name  string
		setup []string
		keys  []string // pressed in turn; each changes the screen
	}{
		{"namespaces", []string{"1"}, []string{"j", "j", "k", "ctrl+d", "G", "g"}},
		{"mounts", []string{"1", "enter"}, []string{"j", "j", "k", "ctrl+d", "G", "g"}},
		{"next namespace", []string{"1", "enter"}, []string{"]"}},
		{"compare", []string{"1", "enter", "v", "enter"}, []string{"j", "j", "k", "ctrl+d", "G", "g"}},
		{"peers", []string{"3"}, []string{"j", "j", "k", "ctrl+d", "G", "g"}},
		{"unfold peers", []string{"3"}, []string{"right", "left"}},
		{"filter mounts", []string{"1", "enter", "/"}, []string{"volume-01", "ctrl+w"}},
		{"filter peers", []string{"3", "/"}, []string{"container-1", "ctrl+w"}},
		{"help", []string{"2"}, []string{"?", "esc"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			term := explore(b, snapshot, 120, 40)
			term.WaitForText("1 of 1,000")
			for _, key := range bm.setup {
				term.Press(key)
				term.Settle()
			}
			before := term.Settle().Text()
			var times []time.Duration
			for b.Loop() {
				key := bm.keys[len(times)%len(bm.keys)]
				start := time.Now()
				if len(key) > 2 && strings.ContainsAny(key, "-0") { // a text, of which the last letter counts
					term.Type(key)
				} else {
					term.Press(key)
				}
				term.WaitFor("the effect of "+key, func(s uitest.Screen) bool { return s.Text() != before })
				times = append(times, time.Since(start))
				b.StopTimer()
				before = term.Settle().Text()
				b.StartTimer()
			}
			report(b, "key", times)
			leave(b, term)
		})
	}
}

// The processor time that the explorer takes while nobody touches it: on this host,
// with rescans, and of a saved one.
func BenchmarkIdle(b *testing.B) {
	const watched = 5 * time.Second
	for _, bm := range []struct {
		name string
		args []string
	}{{"live", nil}, {"saved", []string{"--snapshot", demo}}} {
		b.Run(bm.name, func(b *testing.B) {
			cmd := explorer(b, bm.args...)
			term := uitest.Start(b, cmd, 120, 40)
			term.WaitForText("1 of ")
			term.Settle()
			var used, passed time.Duration
			for b.Loop() {
				start, before := time.Now(), processorTime(b, cmd)
				<-time.After(watched)
				used += processorTime(b, cmd) - before
				passed += time.Since(start)
			}
			b.ReportMetric(100*used.Seconds()/passed.Seconds(), "%cpu")
			leave(b, term)
		})
	}
}

// processorTime is what the threads of a process have used so far
// (Documentation/scheduler/sched-stats.rst in the kernel).
func processorTime(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		b.Fatalf("the threads of process %d: %v", cmd.Process.Pid, err)
	}
	var sum time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		onCPU, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(onCPU, 10, 64)
		if err != nil {
			b.Fatalf("%s: %v", file, err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// report gives the median and the longest of some times, in milliseconds.
func report(b *testing.B, what string, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(times[len(times)/2]), what+"-ms")
	b.ReportMetric(ms(times[len(times)-1]), what+"-max-ms")
}
