package ui

import (
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestFilter(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40)
	d.press("2 /").typed("hidden")
	d.shows("2 matches", "/data/backup")
	d.hides("/srv")
	d.press("esc")
	d.shows("/srv")
	d.press("/").typed("covered mount").press("enter")
	d.shows("/ covered mount", "2 matches")
	if row := d.row(); !strings.Contains(row, "/data") {
		t.Errorf("the first match is not selected but %q", row)
	}
	d.press("n")
	if row := d.row(); !strings.Contains(row, "/data/backup") {
		t.Errorf("n goes to %q", row)
	}
	d.press("n N")
	if row := d.row(); !strings.Contains(row, "/data/backup") {
		t.Errorf("n N goes to %q", row)
	}
	d.press("esc")
	d.shows("/srv")
	d.press("/").typed("nothing like this").press("enter")
	d.shows("nothing matches")
	d.check()
	d.press("esc 1 /").typed("podman").press("enter")
	d.shows("1 of 1", "web")
}

func TestNextWithoutFilterSaysWhy(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24).press("n")
	d.shows("there is no filter")
	d.press("j")
	d.hides("there is no filter")
}

func TestComparison(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("2 v").typed("web").press("enter")
	d.shows("differences", "web mnt:[4026532410]")
	d.press("g /").typed("backup").press("enter")
	d.shows("propagation shared:41 but in web master:41")
	d.press("esc")
	d.press("x")
	d.shows("shared:41")
	d.press("esc")
	d.hides("web mnt:[4026532410]")
	if d.m.mounts.Comparing() {
		t.Error("esc does not end the comparison")
	}
}

func TestOnlyDifferences(t *testing.T) {
	s := scene()
	s.Namespaces[1].Mounts = slices.Clone(s.Namespaces[0].Mounts[:4])
	s.Namespaces[1].Mounts[3].Options = "ro"
	d := explore(t, s, Options{}, 120, 40).press("2 v").typed("kdev").press("enter")
	d.shows("/proc")
	d.press("o")
	d.hides("/proc")
	d.press("G k")
	d.shows("/sys/fs/cgroup", "options rw,relatime but in kdevtmpfs ro")
}

// drop removes a mount from a copy of a namespace.
func drop(s *nsctl.Snapshot, ns int, mountpoint string) {
	s.Namespaces[ns].Mounts = slices.DeleteFunc(slices.Clone(s.Namespaces[ns].Mounts), func(m nsctl.Mount) bool { return m.Mountpoint == mountpoint })
}

// What is shown has been escaped once, not twice.
func TestBackslashes(t *testing.T) {
	s := scene()
	s.Namespaces[3].Name, s.Gaps[0].Message = `back\slash`, `at C:\ nothing`
	d := explore(t, s, Options{}, 120, 40)
	for _, keys := range []string{"2 c", "esc v", "esc 1 j j j enter v enter", "esc e"} {
		d.press(keys)
		d.hides(`\\\`)
	}
	d.shows(`C:\\ nothing`)
	s = scene()
	s.Namespaces = append(s.Namespaces[:3:3], s.Namespaces[4])
	d.press("esc 2")
	d.load(s)
	d.shows(`back\\slash is gone`)
	d.hides(`\\\`)
}
