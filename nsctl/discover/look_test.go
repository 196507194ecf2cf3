package discover

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// look reads the host, and looks at a path in one of its namespaces.
func look(t *testing.T, number nsctl.NSNumber, path string, follows bool) (nsctl.Seen, error) {
	t.Helper()
	return lookerOf(t, follows).of(t, number, path)
}

type testLooker struct{ *Looker }

func lookerOf(t *testing.T, follows bool) testLooker {
	t.Helper()
	l := NewLooker(graph.New(readings[0].snapshot(t)))
	l.follows = follows
	return testLooker{l}
}

func (l testLooker) of(t *testing.T, number nsctl.NSNumber, path string) (nsctl.Seen, error) {
	t.Helper()
	return l.at(t.Context(), t, number, path)
}

func (l testLooker) at(ctx context.Context, t *testing.T, number nsctl.NSNumber, path string) (nsctl.Seen, error) {
	t.Helper()
	for i := range l.g.Snapshot().Namespaces {
		if l.g.Namespace(i).NS == number {
			return l.Look(ctx, i, path)
		}
	}
	t.Fatalf("%v is not in the snapshot", number)
	return nsctl.Seen{}, nil
}

// ways are the ways into a namespace: through the root of a process in it, or on a thread
// that enters it, which takes root.
func ways(t *testing.T, test func(t *testing.T, follows bool)) {
	t.Helper()
	t.Run("through a process", func(t *testing.T) { test(t, true) })
	if os.Geteuid() == 0 {
		t.Run("entering", func(t *testing.T) { test(t, false) })
	}
}

func directory(path string) nsctl.Seen { return nsctl.Seen{Path: path, Kind: nsctl.Directory} }

func file(path string) nsctl.Seen { return nsctl.Seen{Path: path, Kind: nsctl.NotDirectory} }

func failed(errno string) nsctl.Seen { return nsctl.Seen{Errno: errno} }

func TestLook(t *testing.T) {
	n := nstest.Host(t)
	n.Must(t,
		nstest.Mkdir("/mnt/d/sub"), nstest.Touch("/mnt/f"), nstest.Tmpfs("/mnt/m"), nstest.Mkdir("/mnt/m/in"), nstest.Tmpfs("/mnt/m"),
		nstest.Mkdir("/mnt/m/top"), nstest.Symlink("/mnt/m/top", "/mnt/absolute"), nstest.Symlink("../mnt/d", "/mnt/relative"),
		nstest.Symlink("/../../mnt/d/..", "/mnt/above"), nstest.Symlink("loop", "/mnt/loop"), nstest.Symlink("/no/such", "/mnt/dangling"),
		nstest.Symlink("f", "/mnt/file"), nstest.Mkdir("/mnt/a (deleted)"), nstest.Mkdir("/mnt/\x1b\n\xff"),
		nstest.Mkdir("/mnt/old"), nstest.Bind("/mnt/old", "/mnt/bound"), nstest.Remove("/mnt/old"),
		nstest.Touch("/mnt/onfile"), nstest.Bind("/mnt/f", "/mnt/onfile"),
	)
	ways(t, func(t *testing.T, follows bool) {
		l := lookerOf(t, follows)
		for _, tc := range []struct {
			path string
			want nsctl.Seen
		}{
			{"/", directory("/")},
			{"/mnt", directory("/mnt")},
			{"/mnt/d/sub/", directory("/mnt/d/sub")},
			{"/mnt/d/../f", file("/mnt/f")},
			{"/../mnt/f", file("/mnt/f")},
			{"/mnt/m", directory("/mnt/m")},
			{"/mnt/absolute", directory("/mnt/m/top")},
			{"/mnt/relative/sub", directory("/mnt/d/sub")},
			{"/mnt/relative/../f", file("/mnt/f")},
			{"/mnt/above/file", file("/mnt/f")},
			{"/mnt/onfile", file("/mnt/onfile")},
			{"/mnt/a (deleted)", directory("/mnt/a (deleted)")},
			{"/mnt/\x1b\n\xff", directory("/mnt/\x1b\n\xff")},
			{"/mnt/bound", directory("/mnt/bound")},
			{"/dev/null", file("/dev/null")},
			{"/mnt/m/in", failed("ENOENT")},
			{"/mnt/none", failed("ENOENT")},
			{"/mnt/dangling", failed("ENOENT")},
			{"/mnt/f/x", failed("ENOTDIR")},
			{"/mnt/loop/x", failed("ELOOP")},
			{"/mnt/" + strings.Repeat("x", 300), failed("ENAMETOOLONG")},
		} {
			t.Run(tc.path, func(t *testing.T) {
				if got, err := l.of(t, n.NS(), tc.path); got != tc.want || err != nil {
					t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
				}
			})
		}
	})
}

// Who enters a namespace has its root, whatever root the processes in it have.
func TestLookPastAChroot(t *testing.T) {
	host := nstest.Host(t)
	n := host.Clone(t)
	n.Must(t, nstest.Tmpfs("/mnt/jail"), nstest.Mkdir("/mnt/jail/mnt/inside"), nstest.Mkdir("/mnt/outside"), nstest.Chroot("/mnt/jail"))
	got, err := look(t, n.NS(), "/mnt/outside", true)
	if os.Geteuid() != 0 {
		if err == nil || !strings.Contains(err.Error(), "only root may enter") || got != (nsctl.Seen{}) {
			t.Errorf("got %+v, %v", got, err)
		}
		return
	}
	if got != directory("/mnt/outside") || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := look(t, n.NS(), "/mnt/inside", true); got != failed("ENOENT") || err != nil {
		t.Errorf("a path in the chroot: got %+v, %v", got, err)
	}
}

// A process keeps its root when that is covered; who enters comes out on top.
func TestLookWhereTheRootIsCovered(t *testing.T) {
	n := nstest.Host(t)
	n.Must(t, nstest.Mkdir("/mnt/below"), nstest.Rbind("/", "/"), nstest.Tmpfs("/mnt/below"), nstest.Mkdir("/mnt/below/before"))
	entered := n.Fork(t)
	entered.Must(t, nstest.Chroot("/.."), nstest.Tmpfs("/mnt/below"), nstest.Mkdir("/mnt/below/new"))
	for path, want := range map[string]nsctl.Seen{"/mnt/below/new": directory("/mnt/below/new"), "/mnt/below/before": failed("ENOENT")} {
		if got, err := look(t, n.NS(), path, true); got != want || err != nil {
			t.Errorf("%s: got %+v, %v; want %+v", path, got, err, want)
		}
	}
}

func TestLookWithoutAProcess(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a namespace that no process is in is entered by root only")
	}
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Mkdir("/mnt/a/b"), nstest.Symlink("/mnt/a/b", "/mnt/link"))
	thread := host.Clone(t).Thread(t)
	for name, number := range map[string]nsctl.NSNumber{
		"descriptor": host.HoldByFD(t).NS, "bind mount": host.HoldByBind(t, "/mnt/ns/held").NS, "thread": thread.NS(),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := look(t, number, "/mnt/link", true); got != directory("/mnt/a/b") || err != nil {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestLookInTheOwnNamespace(t *testing.T) {
	own, err := nstest.NumberOf("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(dir, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	l := lookerOf(t, true)
	for path, want := range map[string]nsctl.Seen{
		"/": directory("/"), dir + "/link/link": directory(dir), dir + "/none": failed("ENOENT"),
		"/proc/self/ns/mnt": file(own.String()),
	} {
		if got, err := l.of(t, own, path); got != want || err != nil {
			t.Errorf("%s: got %+v, %v; want %+v", path, got, err, want)
		}
	}
	if root, ok := l.Root(l.own.NS); !ok || root != l.own || l.g.Namespace(root.NS).NS != own {
		t.Errorf("the own root is %v, %v", root, ok)
	}
}

// Links of /proc lead anywhere. What is not in the namespace, the kernel does not mount.
func TestLookThroughLinksOfProc(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("such links are followed only by who enters, which takes root")
	}
	host := nstest.Host(t)
	n, other := host.Clone(t), host.Clone(t)
	n.Must(t, nstest.Mkdir("/mnt/here"))
	pid := strconv.Itoa(other.PID())
	for path, want := range map[string]struct {
		seen    nsctl.Seen
		problem string
	}{
		"/proc/" + strconv.Itoa(n.PID()) + "/root/mnt/here": {directory("/mnt/here"), ""},
		"/proc/" + pid + "/ns/mnt":                          {file(other.NS().String()), ""},
		"/proc/self/ns/mnt":                                 {file(n.NS().String()), ""},
		"/proc/" + pid + "/root/mnt":                        {failed("EINVAL"), "leads into " + other.NS().String()},
		"/proc/" + pid + "/fd/" + strconv.Itoa(other.Open(t, "/proc/self/ns/net")): {file(netNotation(t)), ""},
	} {
		got, err := look(t, n.NS(), path, true)
		if got != want.seen || (err == nil) != (want.problem == "") || err != nil && !strings.Contains(err.Error(), want.problem) {
			t.Errorf("%s: got %+v, %v; want %+v, %q", path, got, err, want.seen, want.problem)
		}
	}
	if seen, err := lookerOf(t, true).compared(0, "/x", nsctl.Seen{Path: "pipe:[17]"}, sys.PlaceInfo{}); seen != failed("EINVAL") || err == nil {
		t.Errorf("a pipe is %+v, %v", seen, err)
	}
}

func netNotation(t *testing.T) string {
	t.Helper()
	text, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What changed after the snapshot is not passed off as what is in it.
func TestLookSeesThatTheMountsChanged(t *testing.T) {
	n := nstest.Host(t)
	n.Must(t, nstest.Mkdir("/mnt/a"))
	ways(t, func(t *testing.T, follows bool) {
		l := lookerOf(t, follows)
		n.Must(t, nstest.Tmpfs("/mnt/a"))
		got, err := l.of(t, n.NS(), "/mnt/a")
		if err == nil || !strings.Contains(err.Error(), "the mounts have changed") || got != directory("/mnt/a") {
			t.Errorf("got %+v, %v", got, err)
		}
		n.Must(t, nstest.Umount("/mnt/a"))
	})
}

// A mount in another namespace may have gone since the snapshot, and its number be that of a
// new one here.
func TestLookAtANumberUsedAgain(t *testing.T) {
	n, other := nstest.Host(t), nstest.Host(t)
	n.Must(t, nstest.Tmpfs("/mnt/a"))
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	here := slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == n.NS() })
	there := slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == other.NS() })
	at := slices.IndexFunc(s.Namespaces[here].Mounts, func(m nsctl.Mount) bool { return m.Mountpoint == "/mnt/a" })
	gone := s.Namespaces[here].Mounts[at]
	if gone.ID == 0 {
		t.Skip("the kernel gives mounts no ids that are never used again (Linux 6.8)")
	}
	gone.ID--
	gone.ParentID, gone.Mountpoint = s.Namespaces[there].Mounts[0].MntID, "/x"
	s.Namespaces[here].Mounts = slices.Delete(s.Namespaces[here].Mounts, at, at+1)
	s.Namespaces[there].Mounts = append(s.Namespaces[there].Mounts, gone)
	got, err := NewLooker(graph.New(s)).Look(t.Context(), here, "/mnt/a")
	if err == nil || !strings.Contains(err.Error(), "the mounts have changed") || got != directory("/mnt/a") {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLookIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may look everywhere")
	}
	own, err := nstest.NumberOf("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	got, err := look(t, own, dir+"/x", true)
	if err == nil || !strings.Contains(err.Error(), "EACCES") || !strings.Contains(err.Error(), "as root") || got != (nsctl.Seen{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A filesystem whose server never answers does not hold up who asks.
func TestLookOnADeadServer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("/dev/fuse is root's")
	}
	n := nstest.Host(t)
	fd := n.Open(t, "/dev/fuse")
	n.Must(t, nstest.Mkdir("/mnt/dead"), nstest.Mount("dead", "/mnt/dead", "fuse", 0, "fd="+strconv.Itoa(fd)+",rootmode=40000,user_id=0,group_id=0"))
	l := lookerOf(t, true)
	if got, err := l.of(t, n.NS(), "/mnt/dead"); got != directory("/mnt/dead") || err != nil {
		t.Errorf("its mount point: got %+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := l.at(ctx, t, n.NS(), "/mnt/dead/x"); err == nil || got != (nsctl.Seen{}) ||
		!strings.Contains(err.Error(), "/mnt/dead/x in "+n.NS().String()+" does not answer") {
		t.Errorf("below it: got %+v, %v", got, err)
	}
}
