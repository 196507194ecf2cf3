package change_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// An operation in another namespace takes at most three times what nsenter(1) with mount(8)
// does, although the host is read twice and all of it is written down.
func TestSpeed(t *testing.T) {
	if raceDetector {
		return // it measures another program
	}
	n := nstest.Host(t).Clone(t, nstest.Propagation("rprivate"))
	c := change.New(change.Options{Journal: t.TempDir()})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	args := []string{"-t", fmt.Sprint(n.PID()), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	op := nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: nstest.Scratch}
	var ours, theirs []time.Duration
	for range 61 {
		p, err := c.Plan(t.Context(), change.Request{Op: op, NS: fmt.Sprint(n.PID())})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.Apply(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		ours = append(ours, time.Since(start))
		start = time.Now()
		if out, err := exec.CommandContext(t.Context(), "nsenter", append(args, "mount", "--make-private", nstest.Scratch)...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		theirs = append(theirs, time.Since(start))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	// Where others make namespaces meanwhile, the whole host is read again: so what counts is
	// the fastest.
	t.Logf("apply %v, nsenter %v; medians %v and %v", ours[0], theirs[0], ours[30], theirs[30])
	if ours[0] > 3*theirs[0] {
		t.Errorf("apply takes %v, nsenter %v", ours[0], theirs[0])
	}
}
