package carry_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/nstest"
)

// An operation in another namespace, beside the program that people use for that.
func BenchmarkInAnotherNamespace(b *testing.B) {
	host := nstest.Host(b)
	n := host.Clone(b)
	do, in := doer(b, n), spaceOf(b, n)
	b.Run("carry", func(b *testing.B) {
		for b.Loop() {
			if r := do(carry.Job{Op: make1(nsctl.Private, nstest.Scratch), In: in}); r.Failure != nil {
				b.Fatal(r.Failure)
			}
		}
	})
	b.Run("nsenter", func(b *testing.B) {
		args := []string{"-t", fmt.Sprint(n.PID()), "-m"}
		if os.Geteuid() != 0 {
			args = append(args, "-U", "--preserve-credentials")
		}
		for b.Loop() {
			if out, err := exec.CommandContext(b.Context(), "nsenter", append(args, "mount", "--make-private", nstest.Scratch)...).CombinedOutput(); err != nil {
				b.Fatalf("%v %s", err, out)
			}
		}
	})
}

// thousands mounts a tree of ten thousand private mounts.
func thousands(t *testing.T, host *nstest.NS) int {
	t.Helper()
	const many = 10_000
	host.Must(t, nstest.Make("rprivate", nstest.Scratch), nstest.Tmpfs("/mnt/t"))
	ops := []nstest.Op{}
	for i := range many {
		ops = append(ops, nstest.Bind("/mnt/t", fmt.Sprintf("/mnt/t%d", i)))
	}
	host.Must(t, ops...)
	return many
}

// A tree of thousands of mounts is changed by one system call: that takes less than half a
// second, and each mount far less than a call of its own.
func TestRecursiveChangeIsOneCall(t *testing.T) {
	host := nstest.Host(t)
	many := thousands(t, host)
	do, in := doer(t, host), spaceOf(t, host)
	start := time.Now()
	for _, to := range []nsctl.PropagationType{nsctl.Shared, nsctl.Private} {
		op := make1(to, nstest.Scratch)
		op.Recursive = true
		if r := do(carry.Job{Op: op, In: in}); r.Failure != nil {
			t.Fatal(r.Failure)
		}
	}
	took := time.Since(start)
	for _, m := range host.Mounts(t) {
		if m.Propagation.Shared != 0 && strings.HasPrefix(m.Mountpoint, "/mnt/t") {
			t.Fatalf("%s is still shared", m.Mountpoint)
		}
	}
	t.Logf("%d mounts made shared and private in %v", many, took)
	if took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
