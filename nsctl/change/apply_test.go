package change_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
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

// A mount of one namespace is bound in another that has no connection with it, and comes
// with its group.
func TestBindFromElsewhere(t *testing.T) {
	host := nstest.Host(t)
	n0, n1 := bare(t, host), bare(t, host)
	n0.Must(t, nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Mkdir("/a/x"), nstest.Tmpfs("/a/x"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n1)
	before := canonical(s.now(t))
	s.apply(t, "n1", "mount --bind --from n0 /a /b")
	if types := types(n1.Mounts(t)); types["/b"] != "shared" {
		t.Errorf("the mounts are %v", types)
	}
	s.apply(t, "n1", "umount /b")
	if u, err := s.PlanUndo(t.Context()); err != nil || len(u.Losses) > 0 || !strings.Contains(stepsOf(u), "--from") {
		t.Errorf("%v %q %s", err, u.Losses, stepsOf(u))
	}
	s.takeBack(t)
	s.takeBack(t)
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
}

// types gives the propagation types by mount point.
func types(mounts []nsctl.Mount) map[string]string {
	list := map[string]string{}
	for i := range mounts {
		list[mounts[i].Mountpoint] = mounts[i].Propagation.Type().String()
	}
	return list
}

// A mount that was cut off gets what it has missed, and then its place in the group.
func TestRejoinWithSubmounts(t *testing.T) {
	host := nstest.Host(t)
	n0 := bare(t, host)
	n0.Must(t, nstest.Tmpfs("/a"), nstest.Make("shared", "/a"))
	n1 := n0.Thread(t)
	n1.Must(t, nstest.Make("rprivate", "/"))
	n0.Must(t, nstest.Tmpfs("/a/x"), nstest.Tmpfs("/a/x/y"), nstest.Tmpfs("/a/z"))
	n1.Must(t, nstest.Tmpfs("/a/z")) // has its own there
	s := newScene(t, change.Options{Journal: t.TempDir()}, n0, n1)
	before := canonical(s.now(t))
	p := s.plan(t, "n1", "rejoin /a --to n0:/a --slave")
	ops := p.Submounts()
	lines := []string{}
	for _, op := range ops {
		lines = append(lines, op.String())
	}
	s.together(t, "n1", append(lines, "rejoin /a --to n0:/a --slave")...)
	got := types(n1.Mounts(t))
	for _, path := range []string{"/a", "/a/x", "/a/x/y"} {
		if got[path] != "slave" {
			t.Errorf("%s is %q: %v", path, got[path], got)
		}
	}
	if got["/a/z"] != "private" || len(ops) != 4 {
		t.Errorf("%v by %v", got, ops)
	}
	s.takeBack(t)
	if is := canonical(s.now(t)); is != before {
		t.Error(different(before, is))
	}
}

// Why a mount cannot join another one's group.
func TestRejoinRefused(t *testing.T) {
	host := nstest.Host(t)
	n0, n1 := bare(t, host), bare(t, host)
	n0.Must(t, nstest.Tmpfs("/a"), nstest.Make("shared", "/a"), nstest.Mkdir("/a/x"), nstest.Bind("/a/x", "/b"))
	n1.Must(t, nstest.Tmpfs("/a"))
	n2 := n0.Thread(t)
	s := newScene(t, change.Options{}, n0, n1, n2)
	for line, want := range map[string]string{
		"rejoin /a --to n0:/a": "are not of the same filesystem",
		"rejoin /a --to n0:/":  "are not of the same filesystem",
	} {
		if _, err := s.Apply(t.Context(), s.plan(t, "n1", line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	n2.Must(t, nstest.Make("private", "/a"))
	for line, want := range map[string]string{
		"rejoin /a --to n0:/b":  "/a shows a directory that /b does not contain",
		"rejoin /b --to n0:/a":  "/b is shared already; mount --make-private /b first",
		"rejoin /a --to n0:/":   "are not of the same filesystem",
		"rejoin /a/x --to n0:/": "/a/x is not a mount point",
	} {
		if _, err := s.Apply(t.Context(), s.plan(t, "n2", line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

// A namespace of another owner: what is mounted there belongs to root there, mounts that
// came with it are locked, and those of its owner's are found in it.
func TestAnotherOwner(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Mkdir("/mnt/a/x"), nstest.Mkdir("/mnt/b"))
	n := host.Clone(t, nstest.User())
	s := newScene(t, change.Options{Journal: t.TempDir()}, host, n)
	s.apply(t, "n1", "mount -t tmpfs -o mode=750 own /mnt/b")
	info, err := os.Stat(n.Path("/mnt/b"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != os.Geteuid() { // who is root there
		t.Errorf("the new filesystem belongs to %d", uid)
	}
	s.apply(t, "n0", "mount -t tmpfs x /mnt/a/x") // comes to n1
	s.apply(t, "n1", "mount --make-rprivate /mnt")
	for _, line := range []string{"umount /mnt/a", "mount --move /mnt/a /mnt/b"} {
		p := s.plan(t, "n1", line)
		if p.Prediction.OK || !strings.Contains(p.Prediction.Reason, "is locked") || len(p.Prediction.Uncertain) > 0 {
			t.Errorf("%s: %+v", line, p.Prediction.Outcome)
		}
	}
	s.apply(t, "n1", "umount /mnt/a/x")
	s.apply(t, "n1", "rejoin /mnt/a --to n0:/mnt/a --slave")
	s.apply(t, "n0", "mount --bind /mnt/a /mnt/b")
	if got := types(n.Mounts(t)); got["/mnt/a"] != "slave" {
		t.Errorf("the mounts are %v", got)
	}
}

// Neither owner of two namespaces may enter the other one: the root above both may.
func TestTwoOwners(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	s := newScene(t, change.Options{Journal: t.TempDir()}, host.Clone(t, nstest.User()), host.Clone(t, nstest.User()))
	s.apply(t, "n0", "mount --make-private /mnt/a")
	s.apply(t, "n1", "mount --make-shared /mnt/a")
	s.apply(t, "n0", "rejoin /mnt/a --to n1:/mnt/a")
	s.takeBack(t)
	if got := types(s.spaces[0].Mounts(t)); got["/mnt/a"] != "private" {
		t.Errorf("the mounts are %v", got)
	}
}
