package discover

import (
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// A namespace from which everything was taken away lives on without a mount.
func TestNothingMounted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("in a user namespace the root is locked, and cannot be unmounted")
	}
	host := nstest.Host(t)
	lived := host.Clone(t, nstest.Propagation("private"))
	lived.Must(t, nstest.Detach("/"))
	if mounts := lived.Mounts(t); len(mounts) > 0 {
		t.Fatalf("the scene is not what it should be: %v", mounts)
	}
	left := host.Clone(t, nstest.Propagation("private"))
	host.Open(t, left.Proc("ns/mnt"))
	left.Must(t, nstest.Detach("/"))
	left.Exit(t)
	statmount := New(Options{})
	statmount.features.mountinfo = false
	for _, r := range append([]reading{{name: "statmount", byID: true, scan: func() *Scanner { return statmount }}}, readings...) {
		t.Run(r.name, func(t *testing.T) {
			ours := []nsctl.NSNumber{lived.NS()}
			if r.byID {
				ours = append(ours, left.NS()) // who enters it sees the root below all, which nobody else does
			}
			s := r.snapshot(t)
			for _, number := range ours {
				compare(t, s, number, nil)
			}
			wantSameListing(t, r, ours)
		})
	}
}
