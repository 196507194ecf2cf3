package miniroot_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/sandbox/miniroot"
)

// BenchmarkEcho starts echo of a mini root, of busybox and of the machine in turn, and
// gives the medians.
func BenchmarkEcho(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("only root may change its root without a new namespace")
	}
	dir := b.TempDir()
	built := filepath.Join(dir, "mntscope")
	build := exec.Command("go", "build", "-o", built, "mntscope/cmd/mntscope")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := miniroot.Build(root, built); err != nil {
		b.Fatal(err)
	}
	building := time.Since(start)
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		b.Skip("there is no busybox")
	}
	candidates := []struct {
		name, root string
		args       []string
		times      []time.Duration
	}{
		{name: "mntscope", root: root, args: []string{"/bin/echo", "x"}},
		{name: "sh", root: root, args: []string{"/bin/sh", "-c", "echo x"}},
		{name: "busybox", root: "/", args: []string{busybox, "echo", "x"}},
		{name: "coreutils", root: "/", args: []string{"/bin/echo", "x"}},
	}
	for b.Loop() {
		for i := range candidates {
			c := &candidates[i]
			for range 21 {
				cmd := exec.Command(c.args[0], c.args[1:]...)
				cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root}
				cmd.Dir, cmd.Stdout = "/", io.Discard
				start := time.Now()
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				c.times = append(c.times, time.Since(start))
			}
		}
	}
	b.ReportMetric(float64(building.Microseconds())/1e3, "ms/build")
	for _, c := range candidates {
		slices.Sort(c.times)
		b.ReportMetric(float64(c.times[len(c.times)/2].Microseconds())/1e3, "ms/"+c.name)
	}
}
