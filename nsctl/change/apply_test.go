package change_test

import (
	"testing"

	"mntscope/nsctl/change"
	"mntscope/nsctl/internal/nstest"
)

// Every kind of operation, in one namespace with a copy that receives: each does what was
// predicted.
func TestApply(t *testing.T) {
	host := nstest.Host(t)
	n0 := bare(t, host)
	n0.Must(t, nstest.Make("rshared", "/"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n0.Thread(t))
	s.apply(t, "n0", "mount -t tmpfs -o nosuid,mode=755 one /a")
	s.apply(t, "n0", "mount -t tmpfs two /b")
	s.apply(t, "n0", "mount --make-private /b")
	n0.Must(t, populate("/b")...)
	s.apply(t, "n0", "mount --bind /b/a /b/b")
	s.apply(t, "n0", "mount --move /b/b /b/a")
	s.apply(t, "n0", "mount --rbind /b /a")
	s.apply(t, "n1", "mount --make-rslave /")
	s.apply(t, "n1", "umount -l /a")
	s.apply(t, "n0", "mount --make-private /a")
	s.apply(t, "n0", "umount -l /a")
	s.apply(t, "n1", "mount --make-rprivate /")
	s.apply(t, "n1", "rejoin / --to n0:/ --slave")
	s.apply(t, "n0", "mount --beneath -t ramfs below /b")
	s.apply(t, "n0", "umount -l /b")
	s.apply(t, "n0", "umount /b")
	s.apply(t, "n0", "mount --make-private /")
	n0.Must(t, nstest.Mkdir("/a/b"))
	s.apply(t, "n0", "mount --bind /a /a")
	n0.Must(t, nstest.Make("rprivate", "/"))
	s.apply(t, "n0", "pivot_root /a /a/b")
}
