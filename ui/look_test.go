package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

func TestHostileTextIsEscaped(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).press("G enter")
	for range 14 {
		d.check()
		d.press("down")
	}
	d.shows(`/a b\nc\td`, `/\x1b[31mred\x1b]0;title\a`, `/rtl\u202egnp.exe`, `/bad\xff\xfeutf8`, "/日本語/データ", `/back\\slash`)
	d.press("y")
	d.check()
	d.press("esc c")
	d.check()
}

func TestThemeIsFixedWithoutColour(t *testing.T) {
	d := explore(t, scene(), Options{NoColor: true}, 80, 24).press(":").typed("theme: dark")
	d.shows("not now: colour is turned off")
}

func TestReadOnlyAndSnapshotAreSaid(t *testing.T) {
	d := explore(t, scene(), Options{ReadOnly: true, Label: "saved.json"}, 120, 40)
	d.shows("read-only", "saved.json of 2026-11-23 17:00", "snapshot")
	d.press("r")
	d.shows("a saved snapshot is shown")
}

// Times are told as the clock on the wall has them, also those of a host that was saved
// elsewhere.
func TestTimesAreLocal(t *testing.T) {
	time.Local = time.FixedZone("", 5*60*60+30*60)
	defer func() { time.Local = time.UTC }()
	d := watching(t, Options{Label: "host.json"}, 160, 40).tell(day()).press("4 g")
	d.shows("host.json of 2026-11-23 22:30", "22:30:01.200 mount", "noticed     22:30:01.200000")
	replaying(t, taped(), 160, 40).shows("22:30:00, ×1 paused")
}

func TestResize(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60).press("2 G")
	for _, size := range [][2]int{{60, 20}, {59, 20}, {60, 19}, {1, 1}, {80, 24}, {300, 100}, {61, 21}, {120, 20}} {
		for _, keys := range []string{"1", "2", "3", "2 v enter", "?", "esc v"} {
			d.press(keys)
			d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			d.check()
		}
	}
	d.send(tea.WindowSizeMsg{Width: 59, Height: 24})
	d.shows("60 x 20", "59 x 24")
}

func TestLook(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		want look
	}{
		{"nothing set", nil, look{}},
		{"UTF-8", []string{"LANG=de_DE.UTF-8", "TERM=xterm"}, look{}},
		{"utf8", []string{"LC_ALL=C.utf8"}, look{}},
		{"another locale", []string{"LANG=de_DE.ISO-8859-1"}, look{ascii: true}},
		{"LC_ALL wins", []string{"LC_ALL=C", "LANG=de_DE.UTF-8"}, look{ascii: true}},
		{"Linux console", []string{"TERM=linux", "LANG=C.UTF-8"}, look{ascii: true}},
		{"NO_COLOR=1", []string{"NO_COLOR=1"}, look{noColor: true}},
		{"NO_COLOR=0 counts", []string{"NO_COLOR=0"}, look{noColor: true}},
		{"NO_COLOR=no counts", []string{"NO_COLOR=no"}, look{noColor: true}},
		{"NO_COLOR empty does not", []string{"NO_COLOR="}, look{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := newLook(Options{Environ: tc.env}); got != tc.want {
				t.Errorf("look is %+v, want %+v", got, tc.want)
			}
		})
	}
}

// The terminal's way of counting cells is the renderer's and the explorer's at once.
func TestCellsAreCountedAsTheTerminalDoes(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24).press("G enter j j j j j j")
	for _, tc := range []struct {
		name  string
		msg   tea.Msg
		cells int
	}{
		{"a terminal that says nothing", nil, 4},
		{"mode unknown", tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeNotRecognized}, 4},
		{"another mode", tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}, 4},
		{"mode known", tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset}, 2},
	} {
		d.send(tc.msg)
		if got := d.m.theme.Width("👍🏽"); got != tc.cells {
			t.Errorf("%s: the emoji takes %d cells, want %d", tc.name, got, tc.cells)
		}
		d.shows("हिन्दी")
		d.check()
		d.press("?").check()
		d.press("esc")
	}
}

func TestThemeFollowsTheTerminal(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24)
	d.m.themeName = ""
	d.send(tea.BackgroundColorMsg{Color: white{}})
	if d.m.theme.Name != "light" {
		t.Errorf("on white the theme is %s", d.m.theme.Name)
	}
}

type white struct{}

func (white) RGBA() (r, g, b, a uint32) { return 0xffff, 0xffff, 0xffff, 0xffff }

func TestFooterHasRoomForWhatMatters(t *testing.T) {
	for _, tc := range []struct {
		name, keys string
		width      int
		want       string
	}{
		{"namespaces", "1", 60, "? help  : palette  enter open  / filter  y copy  q quit"},
		{"mounts", "2", 60, "? help  : palette  enter open  / filter  y copy  q quit"},
		{"mounts", "2", 80, "? help  : palette  enter open  / filter  y copy  p what if  v compare  q quit"},
		{"comparison", "2 v enter", 60, "? help  : palette  o differences  x swap  q quit"},
		{"comparison", "2 v enter", 120, "? help  : palette  enter open  / filter  y copy  p what if  v compare  o differences  x swap  c namespace  q quit"},
	} {
		t.Run(fmt.Sprint(tc.name, tc.width), func(t *testing.T) {
			d := explore(t, scene(), Options{}, tc.width, 20).press(tc.keys)
			lines := strings.Split(d.text(), "\n")
			if got := strings.TrimSpace(lines[len(lines)-1]); got != tc.want {
				t.Errorf("the footer is %q, want %q", got, tc.want)
			}
			for _, h := range d.m.hints() {
				if id, ok := d.m.target(h.from, 19); !ok || id != h.id {
					t.Errorf("a click on %s means %q", h.text, id)
				}
			}
		})
	}
}

func TestHeaderLeavesOutWholeFields(t *testing.T) {
	for _, tc := range []struct {
		options Options
		width   int
		want    string
	}{
		{Options{Label: "host.json", ReadOnly: true}, 120, "debian, Linux 6.18.44, 6 namespaces, 43 mounts host.json of 2026-11-23 17:00 read-only"},
		{Options{Label: "host.json", ReadOnly: true}, 80, "debian, 6 namespaces, 43 mounts host.json of 2026-11-23 17:00 read-only"},
		{Options{Label: "host.json", ReadOnly: true}, 60, "debian, 6 namespaces, 43 mounts host.json read-only"},
		{Options{Label: "/a/directory/with/a/long/name/host.json"}, 60, "debian, 6 namespaces ..with/a/long/name/host.json"},
	} {
		d := explore(t, scene(), tc.options, tc.width, 20)
		if got := strings.Join(strings.Fields(strings.Split(d.text(), "\n")[1]), " "); got != tc.want {
			t.Errorf("at %d the header is %q, want %q", tc.width, got, tc.want)
		}
	}
}
