package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// host makes a namespace with /mnt/s shared, a peer, a slave and a private copy of it.
func family(t testing.TB) (host, peer, slave, private *nstest.NS, group nsctl.GroupID) {
	host = nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/s"), nstest.Mkdir("/mnt/s/a"), nstest.Mkdir("/mnt/s/b"))
	peer = host.Clone(t)
	slave = host.Clone(t, nstest.Propagation("rslave"))
	private = host.Clone(t, nstest.Propagation("rprivate"))
	for _, m := range host.Mounts(t) {
		if m.Mountpoint == "/mnt/s" {
			group = m.Propagation.Shared
		}
	}
	return host, peer, slave, private, group
}

func at(kind nsctl.EventKind, ns *nstest.NS, path string) func(*nsctl.Event) bool {
	return func(e *nsctl.Event) bool {
		return e.Kind == kind && e.NS == ns.NS() && e.Mount != nil && e.Mount.Mountpoint == path
	}
}

// byRoot ends a test that needs what only root may use.
func byRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("listening with fanotify to other namespaces takes root")
	}
}

func TestMountAndUmount(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, group := family(t)
	w := follow(t, Options{})
	host.Must(t, nstest.Tmpfs("/mnt/s/a"))
	op := w.operation("something is mounted", at(nsctl.EventMount, host, "/mnt/s/a"))
	want := []string{
		fmt.Sprintf("mount /mnt/s/a in %d via %d", peer.NS(), group),
		fmt.Sprintf("mount /mnt/s/a in %d via %d", slave.NS(), group),
	}
	slices.Sort(want)
	if got := copies(op); !slices.Equal(got, want) {
		t.Errorf("copies are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if op[0].NS != host.NS() {
		t.Errorf("it began in %v, want %v", op[0].NS, host.NS())
	}
	for _, e := range op {
		if e.Actor == nil || e.Actor.PID != host.PID() || e.Actor.Comm == "" {
			t.Errorf("it was done by %+v, want %d", e.Actor, host.PID())
		}
	}
	w.awaitState(host, peer, slave, private)

	peer.Must(t, nstest.Umount("/mnt/s/a"))
	op = w.operation("it is unmounted", at(nsctl.EventUmount, host, "/mnt/s/a"))
	if len(op) != 3 || op[0].NS != peer.NS() || op[0].Actor == nil || op[0].Actor.PID != peer.PID() {
		t.Errorf("an umount in the peer, there and in two others, was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
}

func TestTreesComeAndGoAsOne(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, group := family(t)
	host.Must(t, nstest.Tmpfs("/mnt/src"), nstest.Tmpfs("/mnt/src/in"), nstest.Tmpfs("/mnt/src/in/deep"))
	w := follow(t, Options{})
	host.Must(t, nstest.Rbind("/mnt/src", "/mnt/s/a"))
	op := w.operation("a tree is bound", at(nsctl.EventMount, slave, "/mnt/s/a/in/deep"))
	if len(op) != 9 || op[0].NS != host.NS() || op[0].Mount.Mountpoint != "/mnt/s/a" {
		t.Errorf("three mounts in three namespaces were told as\n%s", describe(op))
	}
	for _, e := range op {
		if (e.NS == host.NS()) != (e.Via == nil) || e.Via != nil && e.Via.Group != group && e.Mount.Mountpoint == "/mnt/s/a" {
			t.Errorf("came by a wrong way: %s", describe([]nsctl.Event{e}))
		}
	}
	host.Must(t, nstest.Detach("/mnt/s/a"))
	op = w.operation("it is taken away", at(nsctl.EventUmount, slave, "/mnt/s/a/in/deep"))
	// With it go those that the copies are peers and slaves of, as each umount is propagated.
	if len(op) != 15 || op[0].NS != host.NS() || op[0].Mount.Mountpoint != "/mnt/s/a" {
		t.Errorf("an umount -l of the tree was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
}

func TestMove(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, _ := family(t)
	host.Must(t, nstest.Tmpfs("/mnt/p"), nstest.Make("private", "/mnt/p"), nstest.Tmpfs("/mnt/p/x"), nstest.Tmpfs("/mnt/p/x/y"))
	w := follow(t, Options{})
	host.Must(t, nstest.Move("/mnt/p/x", "/mnt/s/a"))
	op := w.operation("something is moved", at(nsctl.EventMove, host, "/mnt/s/a"))
	if op[0].Was == nil || op[0].Was.Mountpoint != "/mnt/p/x" {
		t.Errorf("it was at %+v", op[0].Was)
	}
	kinds := map[nsctl.EventKind]int{}
	for _, e := range op {
		kinds[e.Kind]++
	}
	// It became shared with what is below it, and appears in the peer and in the slave.
	if kinds[nsctl.EventMove] != 1 || kinds[nsctl.EventMount] != 4 || kinds[nsctl.EventPropagation] != 2 || len(op) != 7 {
		t.Errorf("a move into a shared mount was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
}

func TestPivotRoot(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	inside := host.Clone(t, nstest.Propagation("rprivate"))
	inside.Must(t, nstest.Tmpfs("/mnt/root"), nstest.Mkdir("/mnt/root/old"))
	w := follow(t, Options{})
	inside.Must(t, nstest.Chdir("/mnt/root"), nstest.Pivot(".", "old"))
	op := w.operation("the root is another one", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventMove && e.NS == inside.NS() && e.Mount.Mountpoint == "/" && e.Was.Mountpoint == "/mnt/root"
	})
	if len(op) != 2 || op[1].Kind != nsctl.EventMove || op[1].Mount.Mountpoint != "/old" || op[1].Was.Mountpoint != "/" {
		t.Errorf("pivot_root was told as\n%s", describe(op))
	}
	w.awaitState(inside, host)
}

// Who cannot use fanotify sees the same, and nothing unmounted that is there: what is watched is
// the table of a process, which shows what is below its root.
func TestPivotRootSeenByPoll(t *testing.T) {
	host := nstest.Host(t)
	inside := host.Clone(t, nstest.Propagation("rprivate"))
	inside.Must(t, nstest.Tmpfs("/mnt/root"), nstest.Mkdir("/mnt/root/old"), nstest.Mkdir("/mnt/root/new"))
	w := follow(t, Options{Without: []string{"fanotify", "tracefs"}})
	told := func(what string, is func(*nsctl.Event) bool) {
		w.await(what, func() bool {
			return slices.ContainsFunc(w.events, func(e nsctl.Event) bool { return is(&e) })
		})
	}
	inside.Must(t, nstest.Chdir("/mnt/root"), nstest.Pivot(".", "old"))
	told("the root is another one", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventMove && e.NS == inside.NS() && e.Mount.Mountpoint == "/" && e.Was.Mountpoint == "/mnt/root"
	})
	w.await("nothing else has moved", func() bool {
		moved := 0
		for _, e := range w.events {
			if e.Kind == nsctl.EventMove && e.NS == inside.NS() {
				moved++ // but what was carried along did not
			}
		}
		return moved == 2
	})
	inside.Must(t, nstest.Detach("/old"))
	told("the old one has gone", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventUmount && e.NS == inside.NS() && e.Mount.Mountpoint == "/old"
	})
	inside.Must(t, nstest.Tmpfs("/new"))
	told("something is mounted on the new one", at(nsctl.EventMount, inside, "/new"))
	w.awaitState(inside, host)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.NS == inside.NS() && e.Kind == nsctl.EventUmount && (e.Mount.Mountpoint == "/" || strings.HasPrefix(e.Mount.Mountpoint, "/mnt/root")) {
			t.Errorf("what is there was told to be unmounted:\n%s", describe(w.events))
			break
		}
	}
}

func TestCoversFallAndRise(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, _ := family(t)
	slave.Must(t, nstest.Tmpfs("/mnt/s/a")) // only there
	w := follow(t, Options{})
	host.Must(t, nstest.Tmpfs("/mnt/s/a"))
	op := w.operation("something is mounted beneath", at(nsctl.EventMove, slave, "/mnt/s/a"))
	if len(op) != 4 || op[0].Kind != nsctl.EventMount || op[0].NS != host.NS() {
		t.Errorf("a mount that is tucked beneath another one in the slave was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
	host.Must(t, nstest.Umount("/mnt/s/a"))
	op = w.operation("it is taken away again", at(nsctl.EventUmount, slave, "/mnt/s/a"))
	if len(op) != 4 || op[0].NS != host.NS() || op[0].Kind != nsctl.EventUmount {
		t.Errorf("an umount below a cover was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
}

func TestRemovedInAnotherNamespace(t *testing.T) {
	byRoot(t)
	host, peer, slave, private, _ := family(t)
	private.Must(t, nstest.Tmpfs("/mnt/s/a"))
	w := follow(t, Options{})
	host.Must(t, nstest.Remove("/mnt/s/a"))
	op := w.operation("its mount point was removed", at(nsctl.EventUmount, private, "/mnt/s/a"))
	if len(op) != 1 || op[0].Actor == nil || op[0].Actor.PID != host.PID() {
		t.Errorf("rmdir in another namespace was told as\n%s", describe(op))
	}
	w.awaitState(host, peer, slave, private)
}

func TestNamespacesComeAndGo(t *testing.T) {
	host := nstest.Host(t)
	w := follow(t, Options{})
	child := host.Clone(t)
	op := w.operation("a namespace is there", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventNamespaceCreated && e.NS == child.NS()
	})
	if ns := op[0].Namespace; ns == nil || len(ns.Mounts) == 0 || len(ns.Processes) == 0 || ns.Processes[0].PID != child.PID() {
		t.Errorf("the new namespace was told as %+v", ns)
	}
	host.Must(t, nstest.Tmpfs("/mnt/x"))
	w.operation("it is heard", at(nsctl.EventMount, child, "/mnt/x"))
	w.awaitState(host, child)
	child.Exit(t)
	op = w.operation("it has ended", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventNamespaceGone && e.NS == child.NS()
	})
	if len(op) != 1 {
		t.Errorf("the end of a namespace was told as\n%s", describe(op))
	}
}

// A slave loses its master, as that was the last of its group: nothing tells, and nobody
// did anything where it is.
func TestSilentLossOfAMaster(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/s"))
	slave := host.Clone(t, nstest.Propagation("rslave"))
	w := follow(t, Options{})
	host.Must(t, nstest.Detach("/mnt/s"))
	op := w.operation("the master has gone", at(nsctl.EventUmount, host, "/mnt/s"))
	w.awaitState(host, slave)
	// It went by propagation: the slave is in a mount that receives.
	if len(op) != 2 {
		t.Errorf("was told as\n%s", describe(op))
	}

	host.Must(t, nstest.Tmpfs("/mnt/t"))
	other := host.Clone(t, nstest.Propagation("rslave"))
	other.Must(t, nstest.Make("private", "/mnt")) // its copy of /mnt/t stays
	w.operation("the other is there", func(e *nsctl.Event) bool {
		return e.Kind == nsctl.EventNamespaceCreated && e.NS == other.NS()
	})
	w.awaitState(host, other)
	host.Must(t, nstest.Umount("/mnt/t"))
	op = w.operation("the master has gone", at(nsctl.EventUmount, host, "/mnt/t"))
	lost := op[len(op)-1]
	if len(op) != 2 && len(op) != 3 || lost.Kind != nsctl.EventPropagation || lost.NS != other.NS() || lost.Via == nil || lost.Was.Propagation.Master == 0 {
		t.Errorf("that a slave lost its master was told as\n%s", describe(op))
	}
	w.awaitState(host, slave, other)
}

// Watching must not keep a namespace alive, whatever it is watched with.
func TestNamespacesAreNotKeptAlive(t *testing.T) {
	for _, o := range []Options{{}, {Without: []string{"fanotify"}}, {Without: []string{"fanotify", "poll"}}} {
		t.Run(strings.Join(append(o.Without, "left out"), " "), func(t *testing.T) {
			host := nstest.Host(t)
			child := host.Clone(t, nstest.Propagation("rprivate"))
			child.Must(t, nstest.Tmpfs("/mnt/mark"))
			w := follow(t, o)
			child.Exit(t)
			w.operation("it has ended", func(e *nsctl.Event) bool {
				return e.Kind == nsctl.EventNamespaceGone && e.NS == child.NS()
			})
			fds, err := filepath.Glob("/proc/self/fd/*")
			if err != nil {
				t.Fatal(err)
			}
			for _, fd := range fds {
				if link, err := os.Readlink(fd); err == nil && link == child.NS().String() {
					t.Errorf("%s is still open", fd)
				}
			}
		})
	}
}

func TestChangesOfType(t *testing.T) {
	byRoot(t)
	for _, o := range []Options{{}, {Without: []string{"tracefs"}}} {
		t.Run(strings.Join(append(o.Without, "left out"), " "), func(t *testing.T) {
			host, peer, slave, private, group := family(t)
			w := follow(t, o)
			host.Must(t, nstest.Make("private", "/mnt/s"))
			op := w.operation("it is private", at(nsctl.EventPropagation, host, "/mnt/s"))
			if len(op) != 1 || op[0].Was == nil || op[0].Was.Propagation.Shared != group || op[0].Mount.Propagation.Type() != nsctl.Private {
				t.Errorf("make-private was told as\n%s", describe(op))
			}
			if known := op[0].Actor != nil && op[0].Actor.PID == host.PID(); known != (o.Without == nil) {
				t.Errorf("it was done by %+v", op[0].Actor)
			}
			// The last of the group: the slave loses its master.
			peer.Must(t, nstest.Make("private", "/mnt/s"))
			op = w.operation("the slave lost its master", at(nsctl.EventPropagation, slave, "/mnt/s"))
			if len(op) != 2 || op[0].NS != peer.NS() || op[1].Via == nil || op[1].Via.Group != group {
				t.Errorf("make-private of the last peer was told as\n%s", describe(op))
			}
			host.Must(t, nstest.Make("rslave", "/"))
			w.operation("a tree changed", at(nsctl.EventPropagation, host, "/mnt"))
			w.awaitState(host, peer, slave, private)
		})
	}
}

func TestRemount(t *testing.T) {
	byRoot(t)
	for _, o := range []Options{{}, {Without: []string{"tracefs"}}} {
		t.Run(strings.Join(append(o.Without, "left out"), " "), func(t *testing.T) {
			host, peer, slave, private, _ := family(t)
			w := follow(t, o)
			host.Must(t, nstest.ReadOnly("/mnt/s"))
			op := w.operation("it is read-only", at(nsctl.EventRemount, host, "/mnt/s"))
			if len(op) != 1 || op[0].Was == nil || op[0].Was.Options == op[0].Mount.Options {
				t.Errorf("a remount of the mount was told as\n%s", describe(op))
			}
			w.awaitState(host, peer, slave, private)
			host.Must(t, nstest.Mount("none", "/mnt/s", "tmpfs", sys.MountRemount, "size=1m"))
			op = w.operation("the filesystem is another", func(e *nsctl.Event) bool {
				return e.Kind == nsctl.EventRemount && e.NS == host.NS() && strings.Contains(e.Mount.SuperOptions, "size=1024k")
			})
			if len(op) != 4 && o.Without == nil || op[0].Was == nil || op[0].Was.SuperOptions == op[0].Mount.SuperOptions {
				t.Errorf("a remount of the filesystem was told as\n%s", describe(op))
			}
			w.awaitState(host, peer, slave, private)
		})
	}
}

// A filesystem that is remounted read-only through one of its mounts changes for the others
// in the same operation, also for one that is listed before.
func TestRemountOfAFilesystemWithSeveralMounts(t *testing.T) {
	byRoot(t)
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Mkdir("/mnt/b"), nstest.Bind("/mnt/a", "/mnt/b"))
	w := follow(t, Options{})
	host.Must(t, nstest.Mount("none", "/mnt/b", "tmpfs", sys.MountRemount|sys.MountReadOnly, ""))
	op := w.operation("it is read-only", at(nsctl.EventRemount, host, "/mnt/b"))
	if len(op) != 2 || op[0].Mount.Mountpoint != "/mnt/b" || op[1].Mount.Mountpoint != "/mnt/a" || op[1].Actor == nil {
		t.Errorf("it was told as\n%s", describe(op))
	}
	w.awaitState(host)
}

// Mounts on top of each other that are made one by one are no tree.
func TestMountsOnTopOfEachOther(t *testing.T) {
	byRoot(t)
	for name, mount := range map[string]nstest.Op{"of new filesystems": nstest.Tmpfs("/mnt/a"), "of one": nstest.Bind("/mnt/a", "/mnt/a")} {
		t.Run(name, func(t *testing.T) {
			const times = 200
			host := nstest.Host(t)
			host.Must(t, nstest.Mkdir("/mnt/a"), nstest.Tmpfs("/mnt/a"), nstest.Make("private", "/mnt/a"))
			w := follow(t, Options{})
			from := w.count()
			host.Must(t, slices.Repeat([]nstest.Op{mount}, times)...)
			w.awaitState(host)
			operations := map[int]int{}
			for _, e := range w.soFar()[from:] {
				if e.Kind == nsctl.EventMount && e.NS == host.NS() {
					operations[e.Op]++
				}
			}
			if len(operations) != times {
				t.Errorf("%d mounts were told as %d operations", times, len(operations))
			}
		})
	}
}
