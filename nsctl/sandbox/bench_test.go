package sandbox_test

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl/sandbox"
)

// BenchmarkNew measures the time from the request to the sandbox being ready, and what
// multiple it is of "unshare -Urm true" in the same run: ratio, of medians.
func BenchmarkNew(b *testing.B) {
	for _, kind := range []struct {
		name string
		spec sandbox.Spec
	}{
		{"user namespace", sandbox.Spec{UserNS: true}},
		{"user and pid namespace", sandbox.Spec{UserNS: true, PID: true}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			s := store(b)
			var ours, theirs []time.Duration
			for range max(b.N, 30) {
				theirs = append(theirs, timed(b, func() error { return exec.CommandContext(b.Context(), "unshare", "-Urm", "true").Run() }))
				var made *sandbox.Sandbox
				ours = append(ours, timed(b, func() (err error) {
					made, err = s.New(b.Context(), kind.spec)
					return err
				}))
				if err := made.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(0, "ns/op") // the time of a round has others in it
			b.ReportMetric(float64(median(ours).Microseconds()), "µs")
			b.ReportMetric(float64(median(theirs).Microseconds()), "µs/unshare")
			b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
		})
	}
}

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
