package discover

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/internal/nstest"
)

// benchScenes are the hosts that speed is measured on, with what a command may cost
// there, in terms of the time that cat takes for all mountinfo files in the same run.
var benchScenes = []struct {
	name         string
	make         func(testing.TB) []int
	ns, snapshot float64
}{
	{"wide", nstest.Wide, 1, 2.5},
	{"slave-heavy", nstest.SlaveHeavy, 0.5, 0.5},
}

// maxListingMB is how much memory "mntscope ns" may take on the wide scene.
const maxListingMB = 120

// BenchmarkAgainstCat runs the program and cat in turn, so that both meet the same
// machine, and reports the ratio of the medians as x-cat, beside the limit for it,
// and the program's peak memory.
func BenchmarkAgainstCat(b *testing.B) {
	program := buildProgram(b)
	for _, scene := range benchScenes {
		b.Run(scene.name, func(b *testing.B) {
			scene.make(b)
			b.Run("ns", func(b *testing.B) {
				peak := againstCat(b, scene.ns, program, "ns", "--json")
				if peak > maxListingMB {
					b.Errorf("it took %.0f MB, more than %d", peak, maxListingMB)
				}
			})
			b.Run("snapshot", func(b *testing.B) {
				againstCat(b, scene.snapshot, program, "snapshot", "-o", os.DevNull)
			})
		})
	}
}

// againstCat gives the peak memory in MB.
func againstCat(b *testing.B, limit float64, command ...string) (peak float64) {
	b.Helper()
	var own, cat []time.Duration
	for b.Loop() {
		for range 7 {
			spent, _ := timed(b, "sh", "-c", "cat /proc/[0-9]*/mountinfo 2>"+os.DevNull+"; true") // processes end meanwhile
			cat = append(cat, spent)
			spent, usage := timed(b, command...)
			own = append(own, spent)
			// In kilobytes. It covers the time before exec(2), too, when the child still
			// shares this process's memory, which is small beside the limit.
			peak = max(peak, float64(usage.Maxrss)/1024)
		}
	}
	b.ReportMetric(0, "ns/op") // of seven runs of two programs: tells nothing
	b.ReportMetric(float64(median(own))/float64(median(cat)), "x-cat")
	b.ReportMetric(float64(own[0])/float64(cat[0]), "x-cat-best") // without the machine's other work
	b.ReportMetric(limit, "x-limit")
	b.ReportMetric(float64(median(cat).Microseconds())/1000, "cat-ms")
	b.ReportMetric(float64(median(own).Microseconds())/1000, "own-ms")
	b.ReportMetric(peak, "peak-MB")
	return peak
}

// timed runs a command with its output to nowhere.
func timed(b *testing.B, command ...string) (time.Duration, *syscall.Rusage) {
	b.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	start := time.Now()
	err := cmd.Run()
	spent := time.Since(start)
	if err != nil {
		b.Fatalf("%v: %v\n%s", command, err, &errors)
	}
	return spent, cmd.ProcessState.SysUsage().(*syscall.Rusage)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// buildProgram builds mntscope as users do.
func buildProgram(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "mntscope")
	out, err := exec.Command("go", "build", "-o", program, "mntscope/cmd/mntscope").CombinedOutput()
	if err != nil {
		b.Skipf("the program cannot be built here: %v\n%s", err, out)
	}
	return program
}

// BenchmarkListing is "mntscope ns --json" without the start of a process.
func BenchmarkListing(b *testing.B) {
	for _, scene := range benchScenes {
		b.Run(scene.name, func(b *testing.B) {
			scene.make(b)
			b.ReportAllocs()
			for b.Loop() {
				listing, err := New(Options{}).Listing(b.Context())
				if err == nil {
					err = json.NewEncoder(io.Discard).Encode(listing)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSnapshot is "mntscope snapshot" without the start of a process.
func BenchmarkSnapshot(b *testing.B) {
	for _, scene := range benchScenes {
		b.Run(scene.name, func(b *testing.B) {
			scene.make(b)
			b.ReportAllocs()
			for b.Loop() {
				snapshot, err := New(Options{}).Snapshot(b.Context())
				if err == nil {
					err = snapshot.Encode(io.Discard)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
