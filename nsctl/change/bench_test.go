package change_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// What planning and applying an operation takes in another namespace, as a whole, on hosts of
// different sizes, beside nsenter(1) with mount(8).
func BenchmarkApply(b *testing.B) {
	for _, size := range []struct {
		name   string
		others func(b *testing.B)
	}{
		{"small", func(*testing.B) {}},
		{"200x100", func(b *testing.B) {
			b.Helper()
			n := nstest.Host(b)
			for i := len(n.Mounts(b)); i < 100; i++ {
				n.Must(b, nstest.Tmpfs(fmt.Sprintf("%s/%d", nstest.Scratch, i)))
			}
			n.Must(b, nstest.Make("rprivate", "/"))
			n.Copies(b, 200)
		}},
		{"1000x122", func(b *testing.B) { b.Helper(); nstest.Wide(b) }},
	} {
		b.Run(size.name, func(b *testing.B) {
			n := nstest.Host(b).Clone(b, nstest.Propagation("rprivate"))
			size.others(b)
			c := change.New(change.Options{Journal: b.TempDir()})
			b.Cleanup(func() {
				if err := c.Close(); err != nil {
					b.Error(err)
				}
			})
			var plan, apply, nsenter time.Duration
			for b.Loop() {
				plan += planAndApply(b, c, n, &apply)
				nsenter += nsenterMount(b, n)
			}
			each := func(d time.Duration, name string) { b.ReportMetric(d.Seconds()*1e3/float64(b.N), name) }
			each(plan, "plan-ms/op")
			each(apply, "apply-ms/op")
			each(nsenter, "nsenter-ms/op")
			b.ReportMetric(apply.Seconds()/nsenter.Seconds(), "apply/nsenter")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func planAndApply(b *testing.B, c *change.Changer, n *nstest.NS, apply *time.Duration) (plan time.Duration) {
	b.Helper()
	start := time.Now()
	op := nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: nstest.Scratch}
	p, err := c.Plan(b.Context(), change.Request{Op: op, NS: fmt.Sprint(n.PID())})
	if err != nil {
		b.Fatal(err)
	}
	plan = time.Since(start)
	start = time.Now()
	if _, err := c.Apply(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	*apply += time.Since(start)
	return plan
}

func nsenterMount(b *testing.B, n *nstest.NS) time.Duration {
	b.Helper()
	args := []string{"-t", fmt.Sprint(n.PID()), "-m"}
	if os.Geteuid() != 0 {
		args = append(args, "-U", "--preserve-credentials")
	}
	start := time.Now()
	if out, err := exec.CommandContext(b.Context(), "nsenter", append(args, "mount", "--make-private", nstest.Scratch)...).CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
	return time.Since(start)
}
