package ui

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhy(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			d := explore(t, scene(), Options{}, size[0], size[1]).selectMount("/run")
			d.press("w")
			d.shows("why? /run in host", "esc forgets")
			d.check()
			d.press("1 g j j j")
			d.shows("why? /run in host")
			d.press("w")
			d.shows("Why: /run in host, and web")
			d.hides("why? ")
			d.check()
			d.press("G g j k pgdown pgup") // scrolls
			d.shows("Why: /run in host, and web")
			d.press("esc")
			d.hides("Why: ")
		})
	}
}

func TestWhyShowsTheCutAndWhatMendsIt(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("1 G k enter G") // /backup of db, which is private
	if row := d.row(); !strings.Contains(row, "/backup") {
		t.Fatalf("selected is %q", row)
	}
	d.press("w 1 g w")
	d.shows("from db", "cut: ", "What would mend it", "y copies")
	d.check()
	d.press("y")
	if !d.saidKind("Clipboard") {
		d.press("enter") // of several steps
	}
	if !d.saidKind("Clipboard") {
		t.Errorf("nothing was copied:\n%s", d.text())
	}
}

// Another mount of the namespace can be picked instead, or none.
func TestWhyPick(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40)
	d.press("w")
	d.shows("pick a mount first")
	d.selectMount("/run").press("w").selectMount("/sys").press("w")
	d.shows("why? /sys in host")
	d.press("esc")
	d.hides("why? ", "pick a mount")
	d.shows("debian")
	if d.m.current != 2 {
		t.Error("esc did more than to forget the mark")
	}
	d.press("w")
	s := scene()
	drop(s, 0, "/sys")
	drop(s, 0, "/sys/fs/cgroup")
	d.load(s)
	d.press("1 j w")
	d.shows("/sys in host is gone")
}

// What is only thought of cannot be asked about.
func TestWhyInWhatIf(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).whatIf("/", "mount -t tmpfs x /run/new").press("n n w")
	d.shows("the mount is not there yet")
	d.selectMount("/dev").press("w")
	d.shows("why? /dev in host")
	d.press("1 g j j w")
	d.shows("Why: /dev in host, and systemd-resolved.service")
}
