package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl/sandbox"
)

// Operations in a sandbox are done by its keeper, and taken back by it; if that is stopped, they
// are done without it after a while.
func TestApplyInASandbox(t *testing.T) {
	b := newBox(t)
	b.must(t, "sandbox", "new", "demo", "--keep", "--user-ns")
	const scratch = "scratch /mnt tmpfs"
	for _, line := range []string{"mount -t tmpfs scratch /mnt", "mount --make-shared /mnt"} {
		if out := b.must(t, append([]string{"apply", "--yes", "--ns", "demo", "--"}, strings.Fields(line)...)...); !strings.Contains(out, "all of it happened as predicted") {
			t.Errorf("%s: %s", line, out)
		}
	}
	if out := b.must(t, "sandbox", "exec", "demo", "--", "grep", "/mnt", "/proc/self/mounts"); !strings.Contains(out, scratch) {
		t.Errorf("mounted is %q", out)
	}
	var listed struct{ Sandboxes []sandbox.Info }
	if err := json.Unmarshal([]byte(b.must(t, "sandbox", "ls", "--json")), &listed); err != nil {
		t.Fatal(err)
	}
	pid := listed.Sandboxes[0].PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	b.must(t, "undo", "--yes")
	if took := time.Since(began); took < time.Second { // as long as it is waited for
		t.Errorf("nobody has asked the keeper: it took %v", took)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	b.must(t, "undo", "--yes")
	if out := b.must(t, "sandbox", "exec", "demo", "--", "cat", "/proc/self/mounts"); strings.Contains(out, scratch) {
		t.Errorf("it is still mounted: %q", out)
	}
}
