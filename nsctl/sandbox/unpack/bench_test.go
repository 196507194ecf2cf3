package unpack_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl/sandbox/unpack"
)

// rootFiles is a root file system of the size that small distributions have: many files of
// some kilobytes, and a few large ones.
func rootFiles(t testing.TB) []byte {
	var items []item
	text := noise(64 << 10)
	for i := range 60 {
		items = append(items, dir(fmt.Sprintf("usr/share/d%02d", i)))
		for j := range 50 {
			name := fmt.Sprintf("usr/share/d%02d/f%02d", i, j)
			if j%10 == 9 {
				items = append(items, symlink(name, "f00"))
				continue
			}
			from := (i*50 + j) * 7 % 30_000
			items = append(items, file(name, text[from:from+100*(j+1)]+fmt.Sprintf("%0*d", 100*(j+1), i)))
		}
	}
	for i := range 4 {
		items = append(items, file(fmt.Sprintf("usr/lib/lib%d.so", i), fmt.Sprintf("%s%0*d", text, 4<<20, i)))
	}
	return archive(t, items...)
}

// BenchmarkUnpack unpacks a root file system, and lets tar(1) do the same in turn. The ratio
// of the medians is what it costs to be careful, and to decompress in Go.
func BenchmarkUnpack(b *testing.B) {
	packed := rootFiles(b)
	option := map[string]string{"": "--no-auto-compress", "gzip": "--gzip", "xz": "--xz", "zstd": "--zstd"}
	for _, way := range ways() {
		name := way
		if name == "" {
			name = "plain"
		}
		b.Run(name, func(b *testing.B) {
			data := compress(b, way, packed)
			if way != "" {
				if _, err := exec.LookPath(way); err != nil {
					b.Skip("tar(1) needs it: ", err)
				}
			}
			var ours, theirs []time.Duration
			b.SetBytes(int64(len(packed)))
			for b.Loop() {
				start := time.Now()
				_, err := unpack.Unpack(b.Context(), bytes.NewReader(data), b.TempDir(), unpack.Options{})
				must(b, err)
				ours = append(ours, time.Since(start))
				b.StopTimer()
				cmd := exec.Command("tar", "-C", b.TempDir(), option[way], "-x", "-p")
				cmd.Stdin = bytes.NewReader(data)
				start = time.Now()
				must(b, cmd.Run())
				theirs = append(theirs, time.Since(start))
				b.StartTimer()
			}
			b.ReportMetric(float64(median(ours))/float64(median(theirs)), "tar(1)s")
		})
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
