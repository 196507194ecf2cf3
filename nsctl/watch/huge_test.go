package watch

import (
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// Thousands of mounts in one namespace, as binds of a shared mount on itself make them with
// few commands, come and go at once.
func TestHugeNamespace(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/s"))
	w := follow(t, Options{})
	var ops []nstest.Op
	const doublings = 11 // of more, the kernel takes seconds to print the table
	for range doublings {
		ops = append(ops, nstest.Bind("/mnt/s", "/mnt/s"))
	}
	host.Must(t, ops...)
	w.awaitState(host)
	host.Must(t, nstest.Detach("/mnt/s"), nstest.Detach("/mnt/s"), nstest.Tmpfs("/mnt/last"))
	w.operation("the last one", at(nsctl.EventMount, host, "/mnt/last"))
	w.awaitState(host)
	w.checkRecording(host)
}
