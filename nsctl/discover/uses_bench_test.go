package discover

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// BenchmarkHolders compares what it costs to ask every process with a loop that reads
// where every link of every process leads, as "ls -l /proc/[0-9]*/fd" does, on one thread;
// and, as x-links+maps, with the same and every memory map read as well.
func BenchmarkHolders(b *testing.B) {
	nstest.Wide(b)
	s, err := New(Options{}).Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var own, links, all []time.Duration
	for b.Loop() {
		for range 7 {
			start := time.Now()
			readLinks(b, false)
			links = append(links, time.Since(start))
			start = time.Now()
			readLinks(b, true)
			all = append(all, time.Since(start))
			start = time.Now()
			if _, err := Holders(b.Context(), s, nsctl.Dev{Major: 4095, Minor: 1}); err != nil {
				b.Fatal(err)
			}
			own = append(own, time.Since(start))
		}
	}
	b.ReportMetric(0, "ns/op") // of seven runs of three things: tells nothing
	b.ReportMetric(float64(median(own))/float64(median(links)), "x-links")
	b.ReportMetric(float64(median(own))/float64(median(all)), "x-links+maps")
	b.ReportMetric(float64(median(own).Microseconds())/1000, "own-ms")
	b.ReportMetric(float64(median(links).Microseconds())/1000, "links-ms")
}

func readLinks(b *testing.B, maps bool) {
	b.Helper()
	pids, err := listPIDs()
	if err != nil {
		b.Fatal(err)
	}
	for _, pid := range pids {
		dir := filepath.Join("/proc", strconv.Itoa(pid))
		for _, link := range []string{"root", "cwd", "exe"} {
			_, _ = os.Readlink(filepath.Join(dir, link))
		}
		entries, _ := os.ReadDir(filepath.Join(dir, "fd")) // has ended
		for _, e := range entries {
			_, _ = os.Readlink(filepath.Join(dir, "fd", e.Name()))
		}
		if maps {
			_, _ = os.ReadFile(filepath.Join(dir, "maps"))
		}
	}
}
