package ui

import (
	"fmt"
	"strings"
	"testing"
)

var sizes = [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}}

// selectMount shows the mounts of the host and selects one.
func (d *driver) selectMount(path string) *driver {
	d.t.Helper()
	d.press("2 g")
	for range 100 {
		if r, ok := d.m.mounts.Selected(); ok && d.m.host.Mount(r).Mountpoint == path {
			return d
		}
		d.press("j")
	}
	d.t.Fatalf("no mount at %s:\n%s", path, d.text())
	return d
}

func TestWhatIf(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			d := explore(t, scene(), Options{}, size[0], size[1]).selectMount("/")
			d.press("p")
			d.shows("What if, in host", "mount -t tmpfs tmpfs /")
			d.check()
			d.typed("make-private").press("enter")
			d.shows("what if, in host: mount --make-private /", "esc leaves")
			if row := d.row(); !strings.Contains(row, "~ /") {
				t.Errorf("the changed mount is not marked: %q", row)
			}
			d.check()
			d.press("3")
			d.check()
			d.press("1")
			d.check()
			d.press("esc")
			d.hides("what if, in host")
			if d.m.host != d.m.live {
				t.Error("after esc something else than the host is shown")
			}
		})
	}
}

func TestWhatIfShowsWhatAppearsAndWhatVanishes(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).selectMount("/")
	d.press("p").press("enter") // a new tmpfs
	d.shows("+ /", "would appear")
	d.press("esc").selectMount("/").press("p").typed("umount -l").press("enter")
	d.shows("- /", "would vanish")
}

func TestWhatIfOfWhatTheKernelRefuses(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/")
	d.press("p").typed("type it").press("enter")
	d.shows("what if")
	d.typed("/nothing ").press("backspace enter")
	if d.m.what == nil && d.m.note == "" {
		t.Errorf("neither an outcome nor a reason is shown:\n%s", d.text())
	}
	d = explore(t, scene(), Options{}, 120, 40).selectMount("/")
	d.press("p").typed("type it").press("enter ctrl+a ctrl+k")
	d.typed("nonsense").press("enter")
	d.shows("not an operation on mounts")
}

// The mode lasts while the host changes, and ends when the namespace is gone.
func TestWhatIfFollowsTheHost(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/")
	d.press("p").typed("make-private").press("enter")
	d.load(scene())
	d.shows("what if, in host: mount --make-private /")
	s := scene()
	s.Namespaces = s.Namespaces[1:]
	d.load(s)
	d.hides("what if, in host")
	d.shows("the namespace host is gone")
}

func TestWhy(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).selectMount("/")
	d.press("w")
	d.shows("marked / in host")
	d.press("1 j j j w")
	d.shows("Why, or why not", "from  host /")
	d.check()
	d.press("esc")
	d.hides("Why, or why not")
}
