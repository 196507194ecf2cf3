package sandbox_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/sandbox"
)

// makePrivate is an operation, and how people do it in a sandbox from outside.
func makePrivate(t testing.TB, b *sandbox.Sandbox) (op nsctl.Op, nsenter func() error) {
	args := []string{"-t", itoa(b.PID), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	return nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/"}, func() error {
		return exec.CommandContext(t.Context(), "nsenter", append(args, "mount", "--make-private", "/")...).Run()
	}
}

// BenchmarkApplyThroughTheKeeper measures all of an operation through the keeper, which is found
// among all that is on the host, and what multiple it is of nsenter(1) with mount(8) in the same
// run: ratio, of medians.
func BenchmarkApplyThroughTheKeeper(b *testing.B) {
	s := store(b)
	box := made(b, s, sandbox.Spec{})
	c := change.New(change.Options{Journal: b.TempDir(), Inside: keepersOf(s, patient), OnlyInside: true})
	b.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	})
	op, nsenter := makePrivate(b, box)
	var ours, theirs []time.Duration
	for range max(b.N, 30) {
		theirs = append(theirs, timed(b, nsenter))
		p, err := c.Plan(b.Context(), change.Request{Op: op, NS: box.NS.String()})
		if err != nil {
			b.Fatal(err)
		}
		ours = append(ours, timed(b, func() error {
			_, err := c.Apply(b.Context(), p)
			return err
		}))
	}
	compared(b, ours, theirs)
}

// BenchmarkThroughTheKeeper measures only the operation, and what multiple it is of nsenter(1)
// with mount(8) in the same run: ratio, of medians.
func BenchmarkThroughTheKeeper(b *testing.B) {
	s := store(b)
	box := made(b, s, sandbox.Spec{})
	op, nsenter := makePrivate(b, box)
	who, ok := keepersOf(s, patient)(&nsctl.NamespaceInfo{NS: box.NS, NSID: box.NSID, Kind: nsctl.KindSandbox, Name: box.Name})
	if !ok {
		b.Fatal("there is no keeper")
	}
	var ours, theirs []time.Duration
	for range max(b.N, 30) {
		theirs = append(theirs, timed(b, nsenter))
		ours = append(ours, timed(b, func() error {
			r, err := who.Do(carry.Job{Op: op, In: carry.Space{NS: box.NS, ID: box.NSID}})
			if err == nil && r.Failure != nil {
				err = r.Failure
			}
			return err
		}))
	}
	compared(b, ours, theirs)
}

func compared(b *testing.B, ours, theirs []time.Duration) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the time of a round has others in it
	b.ReportMetric(float64(median(ours).Microseconds()), "µs")
	b.ReportMetric(float64(median(theirs).Microseconds()), "µs/nsenter")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
}
