package sys_test

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// elsewhere runs the calling test again as who is in a namespace: for an ordinary user's
// own, that is root of a user namespace.
func elsewhere(t *testing.T, n *nstest.NS) {
	t.Helper()
	out, err := n.Run(n.Proc("exe"), "-test.run=^"+t.Name()+"$", "-test.v")
	if err != nil {
		t.Errorf("in %v: %v\n%s", n.NS(), err, out)
	}
}

// marked gives a notifier with a mark on the namespace of an agent.
func marked(t *testing.T, n *nstest.NS) sys.MountNotifier {
	t.Helper()
	notifier, err := sys.OpenMountNotifier()
	need(t, err)
	t.Cleanup(notifier.Close)
	file := namespaceOf(t, n)
	defer file.Close()
	if err := notifier.Mark(file); err != nil {
		t.Fatal(err)
	}
	return notifier
}

func namespaceOf(t *testing.T, n *nstest.NS) sys.NamespaceFile {
	t.Helper()
	file, err := sys.OpenNamespace(n.Proc("ns/mnt"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// happened reads all events that there are.
func happened(t *testing.T, notifier sys.MountNotifier) (events []sys.MountEvent) {
	t.Helper()
	buf := make([]byte, sys.MountEventsSize)
	for more := true; more; {
		var err error
		more, err = notifier.ReadEvents(buf, func(e sys.MountEvent) { events = append(events, e) })
		if err != nil {
			t.Fatal(err)
		}
	}
	return events
}

// newest gives the unique id of the mount that was made last in a namespace.
func newest(t *testing.T, n *nstest.NS) uint64 {
	t.Helper()
	file := namespaceOf(t, n)
	defer file.Close()
	info, err := file.MountNSInfo()
	need(t, err)
	ids, err := sys.ListMounts(info.ID, nil)
	need(t, err)
	return ids[len(ids)-1]
}

func TestMountEvents(t *testing.T) {
	host := nstest.Host(t)
	if os.Geteuid() != 0 {
		elsewhere(t, host)
		return
	}
	copied := host.Clone(t)
	actor := host.PID()
	if !sys.AdministersHost() {
		actor = 0 // who only administers a user namespace is not told
	}
	here, there := marked(t, host), marked(t, copied)
	expect := func(what string, got []sys.MountEvent, want ...sys.MountEvent) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: got %+v, want %+v", what, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: event %d is %+v, want %+v", what, i, got[i], want[i])
			}
		}
	}
	expect("nothing happened", happened(t, here))

	host.Must(t, nstest.Mkdir("/mnt/a"), nstest.Mkdir("/mnt/b"), nstest.Tmpfs("/mnt/a"))
	original, received := newest(t, host), newest(t, copied)
	expect("a mount", happened(t, here), sys.MountEvent{Attached: true, Mount: original, PID: actor})
	expect("its copy", happened(t, there), sys.MountEvent{Attached: true, Mount: received, PID: actor})

	host.Must(t, nstest.Make("private", "/mnt/a"), nstest.Remount("/mnt/a", sys.MountReadOnly))
	expect("propagation and flags", happened(t, here))

	host.Must(t, nstest.Make("rprivate", "/"), nstest.Move("/mnt/a", "/mnt/b"))
	expect("a move", happened(t, here), sys.MountEvent{Attached: true, Detached: true, Mount: original, PID: actor})
	expect("which does not reach the copy", happened(t, there))

	host.Must(t, nstest.Umount("/mnt/b"))
	expect("an umount", happened(t, here), sys.MountEvent{Detached: true, Mount: original, PID: actor})

	file := namespaceOf(t, host)
	defer file.Close()
	if err := here.Unmark(file); err != nil {
		t.Fatal(err)
	}
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	expect("the mark was removed", happened(t, here))
	if err := here.Unmark(file); !errors.Is(err, unix.ENOENT) {
		t.Errorf("removing it again: %v, want ENOENT", err)
	}
}

// A mark does not keep a namespace alive: its mounts are told as detached when it dies.
func TestMountEventsOfADyingNamespace(t *testing.T) {
	host := nstest.Host(t)
	if os.Geteuid() != 0 {
		elsewhere(t, host)
		return
	}
	child := host.Clone(t, nstest.Propagation("rprivate"))
	mounts := len(child.Mounts(t))
	notifier := marked(t, child)
	poller := newPoller(t)
	if err := poller.Add(notifier.File, sys.Readable, 1); err != nil {
		t.Fatal(err)
	}
	child.Exit(t)
	ready(t, poller, 1) // the namespace may die after the process has
	detached := 0
	for _, e := range happened(t, notifier) {
		if e.Detached && !e.Attached {
			detached++
		}
	}
	if detached < mounts {
		t.Errorf("%d mounts were detached, want all %d", detached, mounts)
	}
}

func TestMountEventsOverflow(t *testing.T) {
	host := nstest.Host(t)
	if os.Geteuid() != 0 {
		elsewhere(t, host)
		return
	}
	const receivers = 128 // so that few system calls make many events
	notifier := marked(t, host)
	host.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs("/mnt/a"), nstest.Make("shared", "/mnt/a"),
		nstest.Mkdir("/mnt/a/x"))
	for i := range receivers {
		host.Must(t, nstest.Bind("/mnt/a", "/mnt/b"+string(rune('0'+i))))
	}
	var ops []nstest.Op
	for range 80 {
		ops = append(ops, nstest.Mount("x", "/mnt/a/x", "tmpfs", 0, ""), nstest.Umount("/mnt/a/x"))
	}
	host.Must(t, ops...)
	events := happened(t, notifier)
	last := events[len(events)-1]
	if last != (sys.MountEvent{Overflow: true}) {
		t.Errorf("the last of %d events is %+v, want an overflow", len(events), last)
	}
	host.Must(t, nstest.Mount("x", "/mnt/a/x", "tmpfs", 0, ""))
	if got := happened(t, notifier); len(got) != receivers+1 {
		t.Errorf("%d events after the overflow was read, want %d", len(got), receivers+1)
	}
}

// Only who administers a namespace may be told of its mounts.
func TestMountEventsAreRefused(t *testing.T) {
	host := nstest.Host(t)
	notifier, err := sys.OpenMountNotifier()
	need(t, err)
	defer notifier.Close()
	if os.Geteuid() == 0 {
		elsewhere(t, host.Fork(t, nstest.As(65534)))
		return
	}
	err = notifier.Mark(own(t))
	if !errors.Is(err, unix.EPERM) || err.Error() != "fanotify_mark mount namespace: operation not permitted" {
		t.Errorf("got %v, want EPERM", err)
	}
}

// Root of a user namespace is told of the mounts of the namespaces that it owns
// (Linux 6.16).
func TestMountEventsInAUserNamespace(t *testing.T) {
	host := nstest.Host(t)
	inner := host.Clone(t, nstest.User())
	out, err := inner.Run(inner.Proc("exe"), "-test.run=^TestMountEvents(|OfADyingNamespace)$", "-test.v")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMarkOfAnotherKindOfNamespace(t *testing.T) {
	notifier, err := sys.OpenMountNotifier()
	need(t, err)
	defer notifier.Close()
	file, err := sys.OpenNamespace("/proc/self/ns/uts")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := notifier.Mark(file); err == nil {
		t.Error("a uts namespace can be marked")
	}
}
