package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
)

func TestOperationsAreRows(t *testing.T) {
	d := watching(t, Options{Live: true}, 280, 60).press("4")
	d.tell(newStory(scene()))
	d.shows("nothing has happened since 17:00:00", "listening with fanotify, tracefs", "tells who made which system call; misses what the", "not used")
	d.tell(day())
	for _, want := range []string{
		"17:00:01.200 mount 4711 mount ● S shared:60 host /media 2 in 2",
		"17:00:04.200 mount 4720 make-private ● S shared:5 → ○ P private host /run 1 in 1",
		"17:00:06.200 podman 4733 move ○ P private web /etc/resolv.conf → /etc/hosts",
		"17:00:07.200 podman 4733 remount rw → ro web /etc/hosts",
		"17:00:08.200 unshare 4740 unshare unshare 4 mounts",
		"17:00:09.200 unattributed propagation ◉ B → ● S shared:112 systemd-resolved.service 2 changes",
		"17:00:10.200 unattributed namespace gone mnt:[4026532700]",
		`17:00:11.200 \x1b[31mevil 666 mount □ U unbindable db /\x1b]0;x\a\u202etxt`,
		"17:00:12.200 ⚠ resync the queue of fanotify overflowed: what changed meanwhile follows 2",
		"17:00:13.210 30 mounts, 30 umounts in 0.6 s by pid 5000 (stress)",
		"17:00:15.800 ? 4801 umount host /media 1 in 1",
	} {
		if !strings.Contains(words(d.text()), want) {
			t.Errorf("there is no row %q", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + d.text())
	}
}

// words is a text with one space between its words.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '▸' || r == '▾' || r == '│' }), " ")
}

func TestOpenedOperation(t *testing.T) {
	d := watching(t, Options{}, 280, 60).tell(day()).press("4 g")
	for _, open := range []string{"enter", "space", "right", "l"} {
		d.press(open)
		text := words(d.text())
		for _, want := range []string{
			"+A origin ● S shared:60 host /media",
			"+A from master:1 ◉ B shared:61 master:60 systemd-resolved.service /media",
			"+A from master:1 ▶ L master:60 mnt:[4026532690] /media",
			"⊘N not reached root does not contain host /srv",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("after %s there is no row %q:\n%s", open, want, d.text())
			}
		}
		d.press("j j h h").hides("+A from master:1")
	}
}

func TestEnterOnAnEventGoesToItsMount(t *testing.T) {
	d := watching(t, Options{}, 160, 40).tell(newStory(scene()).media()).press("4 g enter j j enter")
	d.shows("systemd-resolved.service mnt:[4026532201]")
	if row := d.row(); !strings.Contains(row, "/media") {
		t.Errorf("selected is %q", row)
	}
	d.press("esc")
	d.shows("listening with")
	if row := d.row(); !strings.Contains(row, "master:1") {
		t.Errorf("back on %q", row)
	}
	d.press("P")
	d.shows("Propagation forest")
	if row := d.row(); !strings.Contains(row, "systemd-res") || !strings.Contains(row, "/media") {
		t.Errorf("its peer group is %q", row)
	}
	d.press("esc G enter")
	d.shows("mnt:[4026532690]") // a mount that was not reached
	d.tell(func() *story {
		s := newStoryFrom(d.told)
		return s.operation(0, 1, "umount").change(nsctl.EventUmount, hostNS, s.mountOf(hostNS, 700), true, nil)
	}())
	d.press("4 g j enter")
	d.shows("the mount /media in host is gone")
	d.press("P")
	d.shows("the mount /media in host is gone")
}

func TestFollowsTheEndOnlyFromThere(t *testing.T) {
	d := watching(t, Options{}, 80, 24).tell(day()).press("4 G")
	d.shows("following")
	next := func(comm string) {
		s := newStoryFrom(d.told)
		d.tell(s.operation(0, 99, comm).change(nsctl.EventMount, dbNS, mount(nsctl.MountID(8000+d.seq), 500, "/"+comm, "tmpfs", "x", ""), true, nil))
	}
	next("one")
	if !strings.Contains(d.row(), "/one") {
		t.Errorf("from the end the selection went to %q", d.row())
	}
	d.press("up")
	before := d.row()
	next("two")
	if d.row() != before {
		t.Errorf("the selection went from %q to %q", before, d.row())
	}
	d.press("g")
	at := strings.Index(d.text(), "❯")
	next("three")
	if now := strings.Index(d.text(), "❯"); now != at {
		t.Error("the picture jumped")
	}
	d.press("G")
	if !strings.Contains(d.row(), "/three") {
		t.Errorf("the last row is %q", d.row())
	}
}

func TestFreezeStopsThePictureOnly(t *testing.T) {
	d := watching(t, Options{}, 80, 24).tell(day()).press("4 f")
	d.shows("frozen, 0 more since")
	picture := d.row()
	s := newStoryFrom(d.told)
	d.tell(s.operation(0, 99, "late").change(nsctl.EventMount, dbNS, mount(8000, 500, "/after", "tmpfs", "x", ""), true, nil))
	d.shows("frozen, 1 more since")
	d.hides("/after")
	if d.row() != picture {
		t.Errorf("the row was %q and is %q", picture, d.row())
	}
	d.press("f")
	d.shows("/after", "following")
	if !strings.Contains(d.row(), "/after") {
		t.Errorf("the end was selected, and now %q is", d.row())
	}
	d = drive(t, Options{}, 80, 24).press("4 f")
	d.shows("nothing tells what happens")
}

func TestFilterOfEvents(t *testing.T) {
	for _, tc := range []struct {
		typed string
		rows  int
		shows string
	}{
		{"media", 2, "umount"},
		{"kind:umount", 32, "/media"},
		{"kind:mount", 33, "/media"},
		{"kind:make-private", 1, "/run"},
		{"ns:pinned", 0, "nothing matches"},
		{"ns:4026532690", 1, "/media"},
		{"ns:web kind:move", 1, "/etc/hosts"},
		{"path:/etc", 2, "remount"},
		{"by:podman", 2, "remount"},
		{"by:4733", 2, "remount"},
		{"pid:4711", 1, "/media"},
		{"kind:private", 1, "/run"},
		{"kind:gone", 1, "4026532700"},
		{"kind:unattributed", 2, "propagation"},
		{"by:unattributed", 2, "propagation"},
		{"by:?", 1, "? 4801"},
		{"pid:47", 0, "nothing matches"},
		{"unattributed", 2, "propagation"},
		{"shared:60", 2, "/media"},
		{"shared:6", 0, "nothing matches"},
		{"master:60", 2, "/media"},
		{"overflowed", 1, "resync"},
		{`\x1b[31mevil`, 1, "db"},
	} {
		t.Run(tc.typed, func(t *testing.T) {
			d := watching(t, Options{}, 160, 40).tell(day()).press("4 /").typed(tc.typed)
			d.shows(tc.shows)
			want := fmt.Sprintf(" of %d", tc.rows)
			if tc.rows > 0 && !strings.Contains(d.text(), want) {
				t.Errorf("there are not %d rows:\n%s", tc.rows, d.text())
			}
			d.check()
		})
	}
	d := watching(t, Options{}, 160, 40).tell(day()).press("4 /").typed("by:podman").press("enter n n N esc")
	d.shows("3 of 11")
}

func TestNotReachedTooLongAgo(t *testing.T) {
	d := watching(t, Options{}, 160, 40)
	d.tell(newStory(scene()))
	s := newStoryFrom(d.told)
	d.told = nil // as after a gap
	d.tell(s.media()).press("4 g enter")
	d.shows("too long ago to work out")
}

// What came before in the same batch is part of the state before an operation.
func TestNotReachedIsWorkedOutFromTheStateBefore(t *testing.T) {
	s := newStory(scene())
	s.operation(time.Second, 1, "mount")
	pinned := s.mountOf(pinnedNS, 600)
	pinned.Propagation, pinned.Dev = nsctl.Propagation{}, nsctl.Dev{Minor: 26}
	s.change(nsctl.EventPropagation, pinnedNS, pinned, true, nil)
	s.operation(time.Second, 2, "mount")
	s.change(nsctl.EventMount, hostNS, mount(700, 26, "/media", "ext4", "/dev/sdc1", "shared:60"), true, nil)
	d := watching(t, Options{}, 160, 40).tell(s).press("4 G enter")
	text := words(d.text())
	if want := "not reached private"; !strings.Contains(text, want) {
		t.Errorf("the screen does not show %q:\n%s", want, d.text())
	}
}

func TestLightsFade(t *testing.T) {
	d := watching(t, Options{Live: true}, 160, 40).tell(newStory(scene()))
	if len(d.wait) != 0 {
		t.Error("there is a tick although nothing is lit")
	}
	d.tell(newStoryFrom(d.told).media())
	for screen, rows := range map[string][]string{"1": {"host", "service"}, "2 G": {"/media"}, "3 g": {"shared:1"}, "3 G": {"shared:60", "/media"}} {
		d.press(screen)
		for _, row := range rows {
			if !slices.ContainsFunc(strings.Split(d.text(), "\n"), func(l string) bool { return strings.Contains(l, "◆") && strings.Contains(l, row) }) {
				t.Errorf("on screen %s no row with %s is lit:\n%s", screen, row, d.text())
			}
		}
	}
	d.press("2 G")
	ticks := 0
	for ; len(d.wait) > 0 && ticks < 10; ticks++ {
		if len(d.wait) != 1 {
			t.Fatalf("%d ticks are on their way", len(d.wait))
		}
		msg := d.wait[0]
		d.wait = nil
		d.send(msg)
		if ticks == 1 {
			d.shows("◇")
			d.hides("◆")
		}
	}
	if ticks != 4 {
		t.Errorf("it took %d ticks to fade", ticks)
	}
	d.hides("◆", "◇")
}

func TestSourcesAreToldInFull(t *testing.T) {
	d := watching(t, Options{Live: true}, 80, 24).tell(day()).press("4 e")
	d.shows("listening with fanotify", "6 namespaces", "tells each mount, umount and move")
	d.typed("poll")
	d.shows("not used", "not needed: fanotify tells the same")
}

func TestCopyOfAnEvent(t *testing.T) {
	d := watching(t, Options{}, 160, 40).tell(day()).press("4 g y")
	d.shows("command that does the same", "mount -t ext4 /dev/sdc1 /media", "4711")
	d.press("esc j j y")
	d.shows("nsenter -t 4711 -m -- mount --move /etc/resolv.conf /etc/hosts")
}

func TestCommandOfABind(t *testing.T) {
	s := newStory(scene()).operation(time.Second, 1, "mount")
	m := mount(7000, 26, "/bound", "tmpfs", "tmpfs", "")
	m.Root, m.Dev = "/lock/it's", nsctl.Dev{Minor: 31}
	s.change(nsctl.EventMount, hostNS, m, true, nil)
	watching(t, Options{}, 160, 40).tell(s).press("4").shows(`mount --bind '/run/lock/it'\''s' /bound`)
}
