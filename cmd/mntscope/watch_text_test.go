package main

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/nsctl/watch"
)

// told is a narrator and what it has printed.
type told struct {
	*narrator
	t    *testing.T
	text *strings.Builder
	seq  int
}

func newTold(t *testing.T, s screen) *told {
	t.Helper()
	var b strings.Builder
	n := &told{narrator: newNarrator(bufio.NewWriter(&b), s), t: t, text: &b}
	first := &nsctl.Event{Kind: nsctl.EventReady, Snapshot: host(), Sources: []nsctl.WatchSource{
		{Name: "fanotify", Namespaces: 3, Text: "mounts and umounts; no changes of propagation"},
		{Name: "tracefs", Text: "not used: permission denied"},
		{Name: "poll", Text: "nothing"},
		{Name: "rescan", Namespaces: 3, Text: "everything\x1b else"},
	}}
	if err := n.begin(first, first.Snapshot); err != nil {
		t.Fatal(err)
	}
	return n
}

// happens tells events, each some milliseconds after 17:00:00.
func (n *told) happens(ms int, events ...nsctl.Event) {
	n.t.Helper()
	for i := range events {
		n.seq++
		events[i].Seq, events[i].Time = n.seq, time.Date(2026, 11, 23, 17, 0, 0, ms*1e6, time.Local)
	}
	if err := n.tell(events, watch.Update{Snapshot: host(), Events: events}); err != nil {
		n.t.Fatal(err)
	}
}

// after gives what was printed behind the first line.
func (n *told) after() string {
	n.t.Helper()
	if err := n.end(); err != nil {
		n.t.Fatal(err)
	}
	_, text, _ := strings.Cut(n.text.String(), "\n")
	return text
}

// In the first namespace of host(), / is shared:1, /data shared:7; the container has / as
// a slave of the first.
func mountEvent(kind nsctl.EventKind, op, space int, at string) nsctl.Event {
	ns := &host().Namespaces[space]
	return nsctl.Event{
		Kind: kind, Op: op, NS: ns.NS,
		Mount: &nsctl.Mount{MntID: 200, ParentID: ns.Mounts[0].MntID, Root: "/", Mountpoint: at, FSType: "tmpfs", Source: "none", Options: "rw", Propagation: nsctl.Propagation{Shared: 9}},
	}
}

func by(pid int, comm string, origin bool, e nsctl.Event) nsctl.Event {
	e.Actor, e.Origin = &nsctl.Actor{PID: pid, Comm: comm}, origin
	return e
}

func TestToldInText(t *testing.T) {
	n := newTold(t, screen{})
	received := mountEvent(nsctl.EventMount, 1, 1, "/mnt")
	received.Mount.MntID, received.Mount.Propagation = 201, nsctl.Propagation{Master: 9}
	received.Via = &nsctl.Via{Group: 1, MntID: 97}
	n.happens(1, by(4711, "mount", true, mountEvent(nsctl.EventMount, 1, 0, "/mnt")), by(4711, "mount", false, received))

	bound := mountEvent(nsctl.EventMount, 2, 1, "/b")
	bound.Mount.Root, bound.Mount.Source = "/dir", "/dev/sda"
	n.happens(2, by(4711, "", true, bound))

	private := mountEvent(nsctl.EventPropagation, 3, 0, "/data")
	private.Mount.Propagation, private.Was = nsctl.Propagation{}, &nsctl.Was{Propagation: nsctl.Propagation{Shared: 7, Master: 3}}
	follows := mountEvent(nsctl.EventPropagation, 3, 1, "/x")
	follows.Mount.Propagation, follows.Was = nsctl.Propagation{}, &nsctl.Was{Propagation: nsctl.Propagation{Master: 7}}
	follows.Via = &nsctl.Via{Group: 7, MntID: 98}
	n.happens(3, by(4712, "mount", true, private), follows)

	moved := mountEvent(nsctl.EventMove, 4, 0, "/new")
	moved.Was = &nsctl.Was{Mountpoint: "/data", ParentID: 26}
	remount := mountEvent(nsctl.EventRemount, 5, 0, "/data")
	remount.Was = &nsctl.Was{Options: "ro"}
	moved.Origin, remount.Origin = true, true
	n.happens(4, moved, by(1, "a\x1b\n\xff", true, remount))

	n.happens(5, mountEvent(nsctl.EventPropagation, 0, 0, "/x"))
	n.happens(6, mountEvent(nsctl.EventUmount, 0, 0, "/y"), mountEvent(nsctl.EventUmount, 0, 1, "/z\x1b[31m\n\u202e\xff"))

	created := nsctl.Event{Kind: nsctl.EventNamespaceCreated, Op: 6, NS: 77, Origin: true, Namespace: &nsctl.Namespace{
		NamespaceInfo: nsctl.NamespaceInfo{NS: 77, Name: "n\x1bew"}, Mounts: make([]nsctl.Mount, 2)}}
	n.happens(7, by(9, "unshare", true, created))
	n.happens(8, nsctl.Event{Kind: nsctl.EventNamespaceGone, Op: 7, NS: 4026532001, Origin: true})
	n.happens(9, nsctl.Event{Kind: nsctl.EventResync, Op: 8, Origin: true, Text: "the queue was full"}, mountEvent(nsctl.EventMount, 8, 0, "/late"))

	nowhere := mountEvent(nsctl.EventMount, 9, 0, "/mnt")
	nowhere.NS, nowhere.Mount.ParentID = 0, 500
	n.happens(10, nowhere)

	want := `17:00:00.001 mount(4711): mount tmpfs none on /mnt in systemd mnt:[4026531832]
    + /mnt  in web mnt:[4026532001]  from master:1
    not reached: /proc in systemd mnt:[4026531832]: it receives, but shows another part of the filesystem
17:00:00.002 ?(4711): mount tmpfs /dev/sda[/dir] on /b in web mnt:[4026532001]
17:00:00.003 mount(4712): make-private /data in systemd mnt:[4026531832]: shared:7 master:3 (shared and slave) → private
    ~ /x: master:7 (slave) → private  in web mnt:[4026532001]  from master:7
17:00:00.004 ?: move /data → /new in systemd mnt:[4026531832]
    not reached: cannot be worked out: by what was known before, it would have failed with EINVAL
17:00:00.004 a\x1b\n\xff(1): remount /data in systemd mnt:[4026531832]: ro → rw
17:00:00.005 cause unknown: propagation of /x in systemd mnt:[4026531832]: private → shared:9 (shared)
17:00:00.006 cause unknown: 2 umounts
    - /y                      in systemd mnt:[4026531832]
    - /z\x1b[31m\n\u202e\xff  in web mnt:[4026532001]
17:00:00.007 unshare(9): new namespace n\x1bew mnt:[77], with 2 mounts
17:00:00.008 namespace gone: web mnt:[4026532001]
17:00:00.009 RESYNC: the queue was full
    + /late  in systemd mnt:[4026531832]
17:00:00.010 ?: mount tmpfs none on /mnt in mnt:[?]
`
	if got := n.after(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhichNamespaceAnEventIsAbout(t *testing.T) {
	for _, tc := range []struct {
		info nsctl.NamespaceInfo
		ns   nsctl.NSNumber
		id   nsctl.NSID
		want bool
	}{
		{nsctl.NamespaceInfo{NS: 7, NSID: 1}, 7, 1, true},
		{nsctl.NamespaceInfo{NS: 7, NSID: 1}, 7, 2, false}, // the number was used again
		{nsctl.NamespaceInfo{NS: 7}, 7, 2, true},
		{nsctl.NamespaceInfo{NS: 7, NSID: 1}, 7, 0, true},
		{nsctl.NamespaceInfo{NS: 7}, 8, 0, false},
		{nsctl.NamespaceInfo{}, 0, 0, false}, // of which nothing may be read
	} {
		if got := is(&tc.info, tc.ns, tc.id); got != tc.want {
			t.Errorf("%+v is %d with id %d: %v", tc.info, tc.ns, tc.id, got)
		}
	}
}

func TestWhatIsListenedWith(t *testing.T) {
	want := `listening with fanotify (3 namespaces: mounts and umounts; no changes of propagation), rescan (3 namespaces: everything\x1b else); without tracefs (permission denied)` + "\n"
	if got := newTold(t, screen{}).text.String(); got != want {
		t.Errorf("got %s", got)
	}
	lines := strings.Split(strings.TrimSpace(newTold(t, screen{width: 50}).text.String()), "\n")
	for i, line := range lines {
		if ansi.StringWidth(line) > 50 || i > 0 && !strings.HasPrefix(line, "    ") {
			t.Errorf("line %d is %q", i, line)
		}
	}
	if len(lines) < 3 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestToldWhoWasNotReached(t *testing.T) {
	n := newTold(t, screen{})
	// In the container, which receives: who sends to it gets nothing.
	n.happens(1, by(5, "mount", true, mountEvent(nsctl.EventMount, 1, 1, "/mnt")))
	if got := n.after(); strings.Contains(got, "not reached") {
		t.Errorf("filesystems of different devices: %s", got)
	}
	n = newTold(t, screen{})
	same := host()
	for i := range same.Namespaces[:2] {
		same.Namespaces[i].Mounts[0].Dev = nsctl.Dev{Minor: 1}
	}
	n.before = same
	for i := range 6 {
		n.happens(10+i, by(5, "mount", true, mountEvent(nsctl.EventMount, i+1, 1, fmt.Sprint("/mnt", i))))
		n.before = same
	}
	n.happens(1500, by(5, "mount", true, mountEvent(nsctl.EventMount, 9, 1, "/later")))
	got := n.after()
	const line = "    not reached: / in systemd mnt:[4026531832]: it only sends to where this is done: nothing travels up to a master\n"
	if strings.Count(got, line) != mostPredictions+1 || strings.Count(got, "not worked out while so much happens") != 1 {
		t.Errorf("got\n%s", got)
	}
	n = newTold(t, screen{})
	n.before, n.only = same, &picked{spaces: []nsctl.NamespaceInfo{same.Namespaces[1].NamespaceInfo}}
	n.happens(1, by(5, "mount", true, mountEvent(nsctl.EventMount, 1, 1, "/mnt")))
	if got := n.after(); strings.Contains(got, "not reached") {
		t.Errorf("a namespace that was not asked for: %s", got)
	}
}

// On a narrow terminal the numbers of namespaces stay whole, and what is long is broken
// between words.
func TestToldOnANarrowTerminal(t *testing.T) {
	n := newTold(t, screen{width: 60})
	received := mountEvent(nsctl.EventMount, 1, 1, "/mnt/"+strings.Repeat("long", 10))
	received.Via = &nsctl.Via{Group: 1, MntID: 97}
	n.happens(1, by(4711, "mount", true, mountEvent(nsctl.EventMount, 1, 0, "/mnt")), received)
	want := `17:00:00.001 mount(4711): mount tmpfs none on /mnt in
        systemd mnt:[4026531832]
    + /mnt/longlonglonglo…  in web 4026532001  from master:1
    not reached: /proc in systemd mnt:[4026531832]: it
        receives, but shows another part of the filesystem
`
	if got := n.after(); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestToldInASCIIAndStyle(t *testing.T) {
	for _, s := range []screen{{ascii: true}, {styled: true}} {
		n := newTold(t, s)
		moved := mountEvent(nsctl.EventMove, 4, 0, "/new")
		moved.Was = &nsctl.Was{Mountpoint: "/data"}
		n.happens(1, by(1, "x", true, moved))
		got := n.after()
		if s.ascii && (!strings.Contains(got, "move /data -> /new") || strings.ContainsFunc(got, func(r rune) bool { return r > 126 })) {
			t.Errorf("in ASCII: %s", got)
		}
		if strings.Contains(got, "\x1b[") != s.styled {
			t.Errorf("%+v: %q", s, got)
		}
	}
}
