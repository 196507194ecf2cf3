package ui

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestMarks(t *testing.T) {
	for _, size := range sizes {
		d, b := changing(t, Options{}, size[0], size[1])
		d.inSpace("s9", "/sys").press("*")
		if row := d.row(); !strings.Contains(row, "❯✓") {
			t.Errorf("the marked mount is not shown: %q", row)
		}
		d.inSpace("web", "/data").press("*")
		d.shows("marked: 2 mounts in 2 namespaces", ", 1 marked")
		d.check()
		d.load(b.s) // another state of the same host
		d.shows("marked: 2 mounts in 2 namespaces")
		d.press("1")
		d.shows("marked: 2 mounts in 2 namespaces")
		d.press("2 *")
		d.shows("marked: 1 mount in 1 namespace")
		d.check()
		d.press("v enter")
		d.check()
		d.press("esc esc")
		d.hides("marked")
		d.shows("debian")
		if d.m.current != 2 {
			t.Error("esc did more than to forget the marks")
		}
	}
}

// What is gone is not marked any more, and another mount with its number is not marked instead.
func TestMarksOfWhatIsGone(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	boxTop(d, b)
	d.inSpace("s9", "/data").press("*").inSpace("s9", "/mnt").press("*")
	s := *b.s
	s.Namespaces = slices.Clone(s.Namespaces)
	for i := range s.Namespaces {
		if ns := &s.Namespaces[i]; ns.Name == "s9" {
			ns.Mounts = slices.Clone(ns.Mounts)
			at := slices.IndexFunc(ns.Mounts, func(m nsctl.Mount) bool { return m.MntID == 990 })
			ns.Mounts[at].ID += 1_000_000 // the number was given to another one
		}
	}
	d.load(&s)
	d.shows("marked: 1 mount in 1 namespace")
	d.selectMountHere("/data")
	if strings.Contains(d.row(), "✓") {
		t.Errorf("another mount is marked: %q", d.row())
	}
}

// selectMountHere selects a mount of the namespace that is in front.
func (d *driver) selectMountHere(path string) {
	d.t.Helper()
	d.press("g")
	for range 100 {
		if r, ok := d.m.mounts.Selected(); ok && d.m.host.Mount(r).Mountpoint == path {
			return
		}
		d.press("j")
	}
	d.t.Fatalf("no mount at %s", path)
}

func TestMarkedMountsAreChangedAtOnce(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	boxTop(d, b)
	for _, path := range []string{"/mnt", "/mnt/in", "/data"} {
		d.inSpace("s9", path).press("*")
	}
	d.press("t")
	d.shows("Propagation type of 3 mounts")
	d.press("g enter")
	if len(b.done) != 3 {
		t.Errorf("done was %q", b.done)
	}
	b.done = nil
	d.load(b.s)
	d.press("U")
	d.shows("unmount 3 marked mounts", "busy or not")
	d.press("enter")
	d.shows("umount /mnt/in")
	d.press("enter")
	want := []string{"umount /mnt/in", "umount /mnt", "umount /data"}
	for i := range b.done {
		b.done[i] = strings.TrimPrefix(b.done[i], "mnt:[4026532904] ")
	}
	slices.Sort(want[1:])
	if len(b.done) == 3 {
		slices.Sort(b.done[1:])
	}
	if !slices.Equal(b.done, want) {
		t.Errorf("done was %q, want %q", b.done, want)
	}
	d.load(b.s)
	d.hides("marked")
}

// w has a mount of its own, which marks do not touch.
func TestMarksAndWhyAreTwoThings(t *testing.T) {
	d, _ := changing(t, Options{}, 120, 40)
	d.inSpace("host", "/sys").press("w *")
	d.shows("why? /sys in host", ", 1 marked")
	d.press("esc")
	d.shows("marked: 1 mount in 1 namespace")
	d.hides("why?")
	d.press("esc")
	d.hides("marked")
}
