package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/screen"
)

func TestRegistry(t *testing.T) {
	for _, p := range newRegistry(false).Problems() {
		t.Error(p)
	}
}

func TestEveryKeyInFooterAndHelpIsReal(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60)
	for _, s := range []action.Scope{action.Namespaces, action.Mounts, action.Peers} {
		d.m.show(s)
		if len(d.m.hints()) < 5 {
			t.Errorf("only %d hints on %s", len(d.m.hints()), s)
		}
		for _, h := range d.m.hints() {
			if _, ok := d.m.registry.ByID(h.id); !ok {
				t.Errorf("the footer of %s offers %q, which is no action", s, h.id)
			}
		}
	}
}

func TestFirstFrameBeforeAnythingIsRead(t *testing.T) {
	d := drive(t, Options{Live: true}, 80, 24)
	d.check()
	d.shows("reading the mount namespaces")
	d.press("2 j 3 k v y enter ? esc : esc / x enter esc")
	d.check()
}

func TestPartialResultsAreUsable(t *testing.T) {
	d := drive(t, Options{Live: true}, 120, 40)
	d.send(SnapshotLoadedMsg{Seq: 1, Host: screen.NewHost(scene(), 0, 2, 6)})
	d.shows("reading 2 of 6", "web")
	d.press("enter")
	d.shows("/sys/fs/cgroup")
}

func TestReadingAgainKeepsTheScreen(t *testing.T) {
	d := explore(t, scene(), Options{Live: true}, 120, 40).press("3 j j")
	before := d.content()
	s := scene()
	s.Namespaces = s.Namespaces[:1]
	d.seq++
	d.send(SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(s, 0, 1, 6)})
	if d.content() != before {
		t.Error("what was on screen went away while the host was read again")
	}
	d.load(s)
	if d.content() == before {
		t.Error("the new state is not shown")
	}
}

func TestDetailPaneStaysScrolled(t *testing.T) {
	d := explore(t, scene(), Options{}, 60, 20).press("2 tab j j j j j")
	d.hides("filesystem  ext4")
	d.shows("superblock")
	before := d.content()
	d.load(scene())
	if d.content() != before {
		t.Error("another state of the same mount scrolls the detail pane")
	}
	d.press("tab j")
	d.shows("filesystem  proc")
}

func TestStaleSnapshotIsDropped(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24)
	now := d.content()
	d.send(SnapshotLoadedMsg{Seq: 1, Host: screen.Empty()})
	if d.content() != now {
		t.Error("a message that was overtaken changed the screen")
	}
}

func TestWalkThroughTheScreens(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40)
	d.press("j j j")
	d.shows("only receives", "podman web")
	d.press("enter")
	d.shows("web mnt:[4026532410]", "/etc/resolv.conf")
	d.press("j j j")
	d.shows("master:40", "from group 40", "nowhere else: a slave only receives")
	d.press("enter")
	d.shows("Propagation forest")
	if row := d.row(); !strings.Contains(row, "slave") || !strings.Contains(row, "web") {
		t.Errorf("enter on a slave selects %q on the Peers screen", row)
	}
	d.press("up up enter")
	d.shows("host mnt:[4026531832]", "A mount made here would appear in", "⇒ web /data", "only if at or below /data/postgres", "↔ db /var/lib/postgres")
	d.press("esc")
	d.shows("Propagation forest")
	d.press("esc esc")
	d.shows("Mount namespaces")
	d.press("esc")
	d.shows("q leaves")
}

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

func TestSelectionStaysAcrossSnapshots(t *testing.T) {
	top := func(d *driver) int { // the line of the selected row on screen
		return slices.IndexFunc(strings.Split(d.text(), "\n"), func(l string) bool { return strings.Contains(l, "❯") })
	}
	t.Run("mount", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 80, 24).press("2 G k")
		before, line := d.row(), top(d)
		s := scene()
		drop(s, 0, "/proc")
		drop(s, 0, "/dev")
		s.Namespaces = s.Namespaces[:2:2]
		d.load(s)
		if d.row() != before || top(d) != line {
			t.Errorf("the selection moved from %q on line %d to %q on line %d", before, line, d.row(), top(d))
		}
		d.load(scene())
		if d.row() != before || top(d) != line {
			t.Errorf("the selection moved from %q on line %d to %q on line %d", before, line, d.row(), top(d))
		}
	})
	t.Run("mount that is gone", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("2 G")
		s := scene()
		drop(s, 0, "/var/lib/images")
		d.load(s)
		d.shows("the selected mount /var/lib/images is gone")
		if !strings.Contains(d.row(), "/srv") {
			t.Errorf("the neighbour is not selected but %q", d.row())
		}
	})
	t.Run("namespace", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 80, 24).press("j j j j")
		before := d.m.host.Label(d.m.namespaces.Selected())
		s := scene()
		s.Namespaces = slices.Delete(s.Namespaces, 1, 3)
		d.load(s)
		if got := d.m.host.Label(d.m.namespaces.Selected()); got != before {
			t.Errorf("the selection moved from %q to %q", before, got)
		}
		s = scene()
		s.Namespaces = slices.Delete(s.Namespaces, 4, 5)
		d.load(s)
		d.shows("the selected namespace db is gone")
	})
	t.Run("group", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("3 /").typed("web backup").press("enter esc")
		before := d.row()
		s := scene()
		drop(s, 0, "/proc")
		drop(s, 2, "/proc")
		d.load(s)
		if d.row() != before {
			t.Errorf("the selection moved from %q to %q", before, d.row())
		}
		s = scene()
		drop(s, 3, "/data/backup")
		d.load(s)
		d.shows("the selected mount in it is gone")
	})
	t.Run("comparison", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("2 v").typed("web").press("enter G k k")
		before := d.row()
		s := scene()
		drop(s, 0, "/dev")
		drop(s, 3, "/dev")
		d.load(s)
		if d.row() != before {
			t.Errorf("the selection moved from %q to %q", before, d.row())
		}
		s.Namespaces = s.Namespaces[:3:3]
		d.load(s)
		d.check()
		if d.m.mounts.Comparing() {
			t.Error("a comparison with a namespace that is gone goes on")
		}
	})
	t.Run("namespace of the mounts that is gone", func(t *testing.T) {
		d := explore(t, scene(), Options{}, 120, 40).press("j j j enter")
		s := scene()
		s.Namespaces = slices.Delete(s.Namespaces, 3, 4)
		d.load(s)
		d.shows("the namespace web is gone", "host mnt:[4026531832]")
	})
}

// partial is what of a snapshot is known before the tables are read by statmount(2):
// the numbers, but not the ids that are never reused.
func partial() *nsctl.Snapshot {
	s := scene()
	for i := range s.Namespaces {
		s.Namespaces[i].NSID = 0
		for j := range s.Namespaces[i].Mounts {
			s.Namespaces[i].Mounts[j].ID = 0
		}
	}
	return s
}

// What was selected before its ids were read is still selected, where it was, when
// they are, and the other way round.
func TestSelectionStaysWhenIDsBecomeKnown(t *testing.T) {
	for _, keys := range []string{"G k", "2 G k", "2 j j j left tab j", "3 G k", "3 j j", "2 v enter G k", "j j enter tab j j"} {
		t.Run(keys, func(t *testing.T) {
			d := explore(t, partial(), Options{}, 80, 24).press(keys)
			before := d.row()
			for _, s := range []*nsctl.Snapshot{scene(), partial(), scene()} {
				d.load(s)
				d.hides("is gone")
				if d.row() != before {
					t.Errorf("the selection moved from %q to %q", before, d.row())
				}
			}
		})
	}
}

// renamed is the scene a moment later, in which nothing has changed but the processes:
// kernel workers take another name with each piece of work.
func renamed(n int) *nsctl.Snapshot {
	s := scene()
	for i := range s.Namespaces {
		s.Namespaces[i].ProcessCount += n
		for j := range s.Namespaces[i].Processes {
			s.Namespaces[i].Processes[j].Comm = fmt.Sprintf("kworker/%d:%d", n, j)
		}
	}
	return s
}

// Nothing moves or goes away when only processes have changed, not even until a command
// has worked out anew what is shown.
func TestProcessesDoNotDisturb(t *testing.T) {
	for _, keys := range []string{
		"1 G k", "1 s s s j", "1 j tab j j", "2 G k", "2 tab j j j j j j j j j j", "2 z j", "3 G k", "3 j j tab j j j",
		"2 v enter G k", "2 v enter o G k tab j j", "2 / d a t a enter j",
	} {
		t.Run(keys, func(t *testing.T) {
			d := explore(t, scene(), Options{}, 80, 20).press(keys)
			before := d.text()
			for n := range 3 {
				d.seq++
				s := renamed(n)
				_, cmd := d.m.Update(SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(s, 0, len(s.Namespaces), len(s.Namespaces))})
				for _, moment := range []string{"at once", "a little later"} {
					// The numbers and names of processes are on the first screen.
					if got := d.text(); !strings.HasPrefix(keys, "1") && got != before {
						t.Fatalf("%s the screen is\n%s\nand was\n%s", moment, got, before)
					} else if d.m.namespaces.Selected() < 0 {
						t.Fatal("nothing is selected")
					}
					d.run(cmd)
				}
			}
		})
	}
	d := explore(t, scene(), Options{}, 80, 20).press("1 s s s j tab j j")
	selected, top := d.m.host.Namespace(d.m.namespaces.Selected()).NS, strings.Split(d.text(), "\n")[12:14]
	d.load(renamed(1))
	if got := d.m.host.Namespace(d.m.namespaces.Selected()).NS; got != selected {
		t.Errorf("%s is selected, and was %s", got, selected)
	}
	if got := strings.Split(d.text(), "\n")[12:14]; !slices.Equal(got, top) {
		t.Errorf("the detail pane begins with %q, and did with %q", got, top)
	}
}

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

func TestCopy(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press("j j j enter j j j y")
	d.shows("command that shows it", "mount point")
	d.typed("command")
	d.shows("nsenter -t 4711 -m -- findmnt -o +PROPAGATION --mountpoint /data")
	d.press("enter")
	d.shows("copied the command")
	if !d.saidKind("setClipboardMsg") {
		t.Errorf("nothing was copied: %v", d.said)
	}
}

func TestGapsCanBeOpened(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40)
	d.shows("2 gaps")
	d.press("e")
	d.shows("fds of process 77", "EACCES", "cannot list the open files of process 77")
	d.press("down")
	d.shows("cannot read who owns")
	d.press("esc")
	s := scene()
	s.Gaps = nil
	d.load(s)
	d.hides("gaps")
	d.press("e")
	d.shows("everything could be read")
}

func TestPaletteRunsActions(t *testing.T) {
	d := explore(t, scene(), Options{}, 120, 40).press(":")
	d.typed("theme: light").press("enter")
	if d.m.theme.Name != "light" {
		t.Errorf("the theme is %s", d.m.theme.Name)
	}
	d.press(":").typed("exchange the two")
	d.shows("not now: only on the screen Mounts")
	d.press("enter")
	if d.m.overlay == nil {
		t.Error("an action that cannot run was chosen")
	}
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

func TestReadingFailed(t *testing.T) {
	d := explore(t, scene(), Options{Live: true}, 120, 40)
	d.send(SnapshotLoadedMsg{Seq: 9, Ended: true, Err: fmt.Errorf("cannot list /proc:\x1b permission denied")})
	d.shows("stopped", `cannot list /proc:\x1b permission denied`, "web")
	d.check()
}

func TestQuitting(t *testing.T) {
	for _, keys := range []string{"q", "ctrl+c", "? ctrl+c", "/ ctrl+c", "2 v ctrl+c"} {
		if d := explore(t, scene(), Options{}, 80, 24).press(keys); !d.saidKind("QuitMsg") {
			t.Errorf("%s does not quit", keys)
		}
	}
	for _, keys := range []string{"ctrl+z", "? ctrl+z"} {
		if d := explore(t, scene(), Options{}, 80, 24).press(keys); !d.saidKind("SuspendMsg") {
			t.Errorf("%s does not suspend", keys)
		}
	}
	d := drive(t, Options{}, 20, 5).press("q")
	if !d.saidKind("QuitMsg") {
		t.Error("q does not quit on a terminal that is too small")
	}
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

func TestMouse(t *testing.T) {
	d := explore(t, scene(), Options{Mouse: true}, 120, 40)
	click := func(x, y int) { d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
	click(5, 3+1+3) // border, heads, third row
	if !strings.Contains(d.row(), "web") {
		t.Fatalf("a click selects %q", d.row())
	}
	click(5, 3+1+3)
	d.shows("/etc/resolv.conf")
	at := func(text string, y int) int {
		return strings.Index(strings.Split(d.text(), "\n")[y], text)
	}
	click(at("3 Peers", 0), 0)
	d.shows("Propagation forest")
	click(at("gaps", 0)-4, 0)
	d.shows("Not read")
	click(0, 39)
	d.hides("Not read")
	click(at("palette", 39), 39)
	d.shows("type a name; enter does it")
	d.press("esc")
	d.send(WheeledMsg{X: 5, Y: 10, Rows: 60})
	if strings.Contains(d.text(), "shared:1 ") {
		t.Error("the wheel does not scroll")
	}
	d.check()
	if d.m.View().MouseMode == tea.MouseModeNone {
		t.Error("the mouse is not used")
	}
	d.press("m")
	if d.m.View().MouseMode != tea.MouseModeNone {
		t.Error("m does not turn the mouse off")
	}
}

func TestPasteIsNoKeys(t *testing.T) {
	d := explore(t, scene(), Options{}, 80, 24)
	d.send(tea.PasteMsg{Content: "q3"})
	d.shows("Mount namespaces")
	d.press("/")
	d.send(tea.PasteMsg{Content: "web\n"})
	d.shows("1 of 1")
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

// Whatever is pressed, clicked and resized, in whatever order, while the host
// changes: nothing panics, and every screen is whole.
func TestMonkey(t *testing.T) {
	keys := strings.Fields("1 2 3 j k h l g G n N up down left right enter enter esc esc space z v v o x c [ ] y e r s d tab / ? : backspace delete home end pgup pgdown ctrl+d ctrl+u ctrl+w a b 5 m")
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d := explore(t, scene(), Options{Live: seed%2 == 0}, 80, 24)
		for range 300 {
			switch n := rng.IntN(60); n {
			case 0:
				d.send(tea.WindowSizeMsg{Width: 1 + rng.IntN(150), Height: 1 + rng.IntN(50)})
			case 1:
				s := scene()
				s.Namespaces = slices.DeleteFunc(s.Namespaces, func(nsctl.Namespace) bool { return rng.IntN(4) == 0 })
				for i := range s.Namespaces {
					s.Namespaces[i].Mounts = slices.DeleteFunc(s.Namespaces[i].Mounts, func(nsctl.Mount) bool { return rng.IntN(4) == 0 })
				}
				d.load(s)
			case 2, 3:
				d.send(tea.MouseClickMsg{X: rng.IntN(150), Y: rng.IntN(50), Button: tea.MouseLeft})
			case 4:
				d.send(WheeledMsg{X: rng.IntN(150), Y: rng.IntN(50), Rows: rng.IntN(21) - 10})
			default:
				d.press(keys[rng.IntN(len(keys))])
			}
			d.check()
		}
	}
}

func TestFooterHasRoomForWhatMatters(t *testing.T) {
	for _, tc := range []struct {
		name, keys string
		width      int
		want       string
	}{
		{"namespaces", "1", 60, "? help  : palette  enter open  / filter  y copy  q quit"},
		{"mounts", "2", 60, "? help  : palette  enter open  / filter  y copy  q quit"},
		{"mounts", "2", 80, "? help  : palette  enter open  / filter  y copy  v compare  c namespace  q quit"},
		{"comparison", "2 v enter", 60, "? help  : palette  o differences  x swap  q quit"},
		{"comparison", "2 v enter", 120, "? help  : palette  enter open  / filter  y copy  v compare  o differences  x swap  c namespace  q quit"},
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

func TestReasonsFollowTheHost(t *testing.T) {
	for _, open := range []string{"2 ?", "2 :"} {
		d := drive(t, Options{Live: true}, 120, 40).press(open).typed("beside this one")
		d.shows("not now: there is no second namespace")
		d.load(scene())
		d.hides("not now")
		d.press("enter")
		d.shows("Compare host with")
	}
}
