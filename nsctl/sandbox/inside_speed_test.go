package sandbox_test

import (
	"os"
	"os/exec"
	"slices"
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

// An operation through the keeper of a sandbox, found among all that is on the host, takes at
// most three times what nsenter(1) with mount(8) does.
func TestSpeedThroughTheKeeper(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{})
	c := change.New(change.Options{Journal: t.TempDir(), Inside: keepersOf(s, patient), OnlyInside: true})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	op, nsenter := makePrivate(t, b)
	var ours, theirs []time.Duration
	for range 21 {
		p, err := c.Plan(t.Context(), change.Request{Op: op, NS: b.NS.String()})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Apply(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		ours = append(ours, time.Since(began))
		began = time.Now()
		if err := nsenter(); err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, time.Since(began))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	t.Logf("apply %v, nsenter %v (medians)", ours[10], theirs[10])
	if ours[10] > 3*theirs[10] && !raceDetector {
		t.Errorf("apply takes %v, nsenter %v", ours[10], theirs[10])
	}
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
	b.ReportMetric(0, "ns/op") // the time of a round has others in it
	b.ReportMetric(float64(median(ours).Microseconds()), "µs")
	b.ReportMetric(float64(median(theirs).Microseconds()), "µs/nsenter")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
}
