package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
)

// TestMain lets the pictures show the same times everywhere.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

var update = flag.Bool("update", false, "write the pictures in testdata anew")

// looks are the ways of drawing.
var looks = []struct {
	name    string
	options Options
}{
	{"truecolor", Options{}},
	{"mono", Options{NoColor: true, ReadOnly: true, Live: true}},
	{"ascii", Options{ASCII: true, Label: "host.json"}},
}

// Every screen, at every size, in every way of drawing, looks as it did.
func TestGolden(t *testing.T) {
	screens := []struct {
		name  string
		reach func(d *driver)
	}{
		{"namespaces", func(d *driver) { d.press("j j j") }},
		{"mounts", func(d *driver) { d.press("2 g j j j j j j j j") }},
		{"peers", func(d *driver) { d.press("3 j j j") }},
		{"comparison", func(d *driver) { d.press("2 v").typed("web").press("enter j j j") }},
		{"hostile", func(d *driver) { d.press("G enter j j") }},
		{"help", func(d *driver) { d.press("2 ?").typed("fold") }},
		{"filter", func(d *driver) { d.press("2 /").typed("shared:4") }},
		{"asking", func(d *driver) { d.selectMount("/sys").press("p down down") }},
		{"refused", func(d *driver) { d.selectMount("/sys").press("p down") }},
		{"whatif-namespaces", func(d *driver) { d.whatIf("/", "mount -t tmpfs x /sys/new").press("1 j j") }},
		{"whatif-mounts", func(d *driver) {
			d.whatIf("/sys", "mount --move /srv /mnt").press("esc").whatIf("/sys", "mount --make-rprivate /sys")
		}},
		{"whatif-peers", func(d *driver) { d.whatIf("/sys", "umount -l /sys").press("3 n n") }},
		{"why", func(d *driver) { d.press("1 G k enter G w 1 g w") }},
	}
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		for _, look := range looks {
			for _, s := range screens {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], look.name)
				t.Run(name, func(t *testing.T) {
					d := explore(t, scene(), look.options, size[0], size[1])
					s.reach(d)
					d.check()
					compareGolden(t, name, d.content())
				})
			}
		}
	}
}

// The Events screen too, in all that it can show.
func TestGoldenEvents(t *testing.T) {
	screens := []struct {
		name  string
		reach func(d *driver)
	}{
		{"events", func(d *driver) { d.press("4 g j") }},
		{"events-opened", func(d *driver) { d.press("4 g enter j j") }},
		{"events-missed", func(d *driver) { d.press("4 g enter j j j j") }},
		{"events-burst", func(d *driver) { d.press("4 G up") }},
		{"events-in-burst", func(d *driver) { d.press("4 G up enter down enter down") }},
		{"events-frozen", func(d *driver) { d.press("4 f").tell(newStoryFrom(d.told).burst(3, 7500)) }},
		{"events-filter", func(d *driver) { d.press("4 /").typed("ns:host kind:mount") }},
		{"events-lit", func(d *driver) { d.press("2 g j j") }},
	}
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		for _, look := range looks {
			for _, s := range screens {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], look.name)
				t.Run(name, func(t *testing.T) {
					d := watching(t, look.options, size[0], size[1]).tell(day())
					s.reach(d)
					d.check()
					compareGolden(t, name, d.content())
				})
			}
		}
	}
}

func TestGoldenReading(t *testing.T) {
	d := drive(t, Options{Live: true}, 80, 24)
	compareGolden(t, "reading-80x24", d.content())
	d.check()
	d.send(tea.WindowSizeMsg{Width: 59, Height: 20})
	d.check()
	compareGolden(t, "too-small-59x20", d.content())
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -update makes it", err)
	}
	if got != string(want) {
		t.Errorf("the screen changed; if it was meant to, run go test -update\ngot\n%s\nwant\n%s", got, want)
	}
}

// A second namespace of the same name must not confuse anything.
func TestTwins(t *testing.T) {
	s := scene()
	s.Namespaces = append(s.Namespaces, s.Namespaces[3], nsctl.Namespace{})
	d := explore(t, s, Options{}, 80, 24)
	for range len(s.Namespaces) + 1 {
		d.press("enter esc down")
		d.check()
	}
}
