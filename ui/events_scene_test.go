package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// story is a scripted watch of a host: what it delivers next.
type story struct {
	now    *nsctl.Snapshot
	events []nsctl.Event // since the last take
	seq    int
	time   time.Time
	op     int
	actor  *nsctl.Actor
}

func newStory(s *nsctl.Snapshot) *story {
	t := &story{now: s, time: s.Taken}
	t.add(nsctl.Event{Kind: nsctl.EventReady, Snapshot: s, Sources: []nsctl.WatchSource{
		{Name: "fanotify", Namespaces: 6, Text: "tells each mount, umount and move, and who did it"},
		{Name: "tracefs", Namespaces: 6, Text: "tells who made which system call; misses what the kernel does by itself"},
		{Name: "poll", Text: "not needed: fanotify tells the same"},
	}})
	return t
}

// newStoryFrom is how a story goes on.
func newStoryFrom(s *nsctl.Snapshot) *story {
	return &story{now: s, time: s.Taken.Add(time.Minute), op: 1000, seq: 1000}
}

// watching is a driver in which a watch begins.
func watching(t testing.TB, o Options, w, h int) *driver {
	t.Helper()
	d := drive(t, o, w, h)
	d.told = scene()
	return d
}

func (t *story) add(e nsctl.Event) *story {
	e.Seq, e.Time = t.seq, t.time
	t.seq++
	t.events = append(t.events, e)
	return t
}

// operation begins the next operation, some time after the last.
func (t *story) operation(after time.Duration, pid int, comm string) *story {
	t.time = t.time.Add(after)
	t.op++
	t.actor = &nsctl.Actor{PID: pid, Comm: comm}
	return t
}

func (t *story) at(ns nsctl.NSNumber) int {
	return slices.IndexFunc(t.now.Namespaces, func(n nsctl.Namespace) bool { return n.NS == ns })
}

// change does something to a mount of a namespace and tells of it. An origin is told with
// who did it.
func (t *story) change(kind nsctl.EventKind, ns nsctl.NSNumber, m nsctl.Mount, origin bool, via *nsctl.Via) *story {
	next := *t.now
	next.Namespaces = slices.Clone(t.now.Namespaces)
	n := &next.Namespaces[t.at(ns)]
	n.Mounts = slices.Clone(n.Mounts)
	e := nsctl.Event{Kind: kind, Op: t.op, Origin: origin, NS: ns, NSID: n.NSID, Mount: &m, Via: via}
	if origin {
		e.Actor = t.actor
	}
	at := slices.IndexFunc(n.Mounts, func(x nsctl.Mount) bool { return x.MntID == m.MntID })
	switch kind {
	case nsctl.EventMount:
		n.Mounts = append(n.Mounts, m)
	case nsctl.EventUmount:
		n.Mounts = slices.Delete(n.Mounts, at, at+1)
	default:
		was := n.Mounts[at]
		e.Was = &nsctl.Was{Propagation: was.Propagation, ParentID: was.ParentID, Mountpoint: was.Mountpoint, Options: was.Options, SuperOptions: was.SuperOptions}
		n.Mounts[at] = m
	}
	t.now = &next
	return t.add(e)
}

// mountOf gives a mount of the scene as it is now.
func (t *story) mountOf(ns nsctl.NSNumber, id nsctl.MountID) nsctl.Mount {
	for _, m := range t.now.Namespaces[t.at(ns)].Mounts {
		if m.MntID == id {
			return m
		}
	}
	panic(id)
}

// The namespaces of the scene.
const (
	hostNS    nsctl.NSNumber = 4026531832
	serviceNS nsctl.NSNumber = 4026532201
	webNS     nsctl.NSNumber = 4026532410
	dbNS      nsctl.NSNumber = 4026532533
	pinnedNS  nsctl.NSNumber = 4026532690
)

// media mounts something that appears in three namespaces.
func (t *story) media() *story {
	t.operation(1200*time.Millisecond, 4711, "mount")
	t.change(nsctl.EventMount, hostNS, mount(700, 26, "/media", "ext4", "/dev/sdc1", "shared:60"), true, nil)
	t.change(nsctl.EventMount, serviceNS, mount(701, 226, "/media", "ext4", "/dev/sdc1", "shared:61 master:60"), false, &nsctl.Via{Group: 1, MntID: 226})
	return t.change(nsctl.EventMount, pinnedNS, mount(702, 600, "/media", "ext4", "/dev/sdc1", "master:60"), false, &nsctl.Via{Group: 1, MntID: 600})
}

// day is a story in which everything occurs that the Events screen can show.
func day() *story {
	t := newStory(scene()).media()
	t.operation(3*time.Second, 4720, "mount")
	run := t.mountOf(hostNS, 31)
	run.Propagation = nsctl.Propagation{}
	t.change(nsctl.EventPropagation, hostNS, run, true, nil)
	run = t.mountOf(serviceNS, 231)
	run.Propagation.Master = 0
	t.change(nsctl.EventPropagation, serviceNS, run, false, nil)

	t.operation(2*time.Second, 4733, "podman")
	moved := t.mountOf(webNS, 405)
	moved.Mountpoint = "/etc/hosts"
	t.change(nsctl.EventMove, webNS, moved, true, nil)
	t.operation(time.Second, 4733, "podman")
	remounted := t.mountOf(webNS, 405)
	remounted.Options = "ro,relatime"
	t.change(nsctl.EventRemount, webNS, remounted, true, nil)

	t.operation(time.Second, 4740, "unshare")
	made := nsctl.Namespace{NamespaceInfo: nsctl.NamespaceInfo{NS: 4026532700, NSID: 30, Kind: nsctl.KindOther, Processes: []nsctl.Process{{PID: 4740, Comm: "unshare"}}}, Mounts: dbMounts()}
	t.add(nsctl.Event{Kind: nsctl.EventNamespaceCreated, Op: t.op, Origin: true, NS: made.NS, NSID: 30, Namespace: &made, Actor: t.actor})

	// Nothing tells what caused these.
	t.time, t.op = t.time.Add(time.Second), t.op+1
	known := t.op
	t.op = 0
	for _, id := range []nsctl.MountID{227, 228} {
		m := t.mountOf(serviceNS, id)
		m.Propagation.Master = 0
		t.change(nsctl.EventPropagation, serviceNS, m, false, nil)
	}
	t.time = t.time.Add(time.Second)
	t.add(nsctl.Event{Kind: nsctl.EventNamespaceGone, NS: 4026532700, NSID: 30})
	t.op = known

	t.operation(time.Second, 666, "\x1b[31mevil")
	t.change(nsctl.EventMount, dbNS, mount(710, 500, "/\x1b]0;x\x07\u202etxt", "tmp\x1bfs", "\x9b31m", "unbindable"), true, nil)

	t.operation(time.Second, 0, "")
	t.actor = nil
	t.add(nsctl.Event{Kind: nsctl.EventResync, Op: t.op, Text: "the queue of fanotify overflowed: what changed meanwhile follows"})
	t.change(nsctl.EventUmount, dbNS, t.mountOf(dbNS, 710), false, nil)
	t.change(nsctl.EventMount, dbNS, mount(711, 500, "/late", "tmpfs", "late", ""), false, nil)

	t.time = t.time.Add(time.Second)
	t.burst(30, 7000)
	t.operation(2*time.Second, 4801, "")
	return t.change(nsctl.EventUmount, hostNS, t.mountOf(hostNS, 700), true, nil).
		change(nsctl.EventUmount, serviceNS, t.mountOf(serviceNS, 701), false, &nsctl.Via{Group: 1, MntID: 226})
}

// burst mounts and unmounts in turn, faster than anybody can follow.
func (t *story) burst(n int, id nsctl.MountID) *story {
	for i := range n {
		t.operation(10*time.Millisecond, 5000, "stress")
		m := mount(id, 502, fmt.Sprintf("/var/lib/postgres/%d", i), "tmpfs", "x", "shared:900")
		t.change(nsctl.EventMount, dbNS, m, true, nil)
		t.operation(10*time.Millisecond, 5000, "stress")
		t.change(nsctl.EventUmount, dbNS, m, true, nil)
	}
	return t
}

// tell gives the explorer what happened since it was told last.
func (d *driver) tell(t *story) *driver {
	d.t.Helper()
	d.seq++
	n := len(t.now.Namespaces)
	msg := SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(t.now, d.m.options.Self, n, n)}
	var ready *nsctl.Event
	if len(t.events) > 0 && t.events[0].Kind == nsctl.EventReady {
		ready = &t.events[0]
	}
	msg.Batch = screen.NewBatch(screen.Happened{Before: d.told, After: t.now, Events: t.events, Ready: ready})
	d.told, t.events = t.now, nil
	d.send(msg)
	return d
}
