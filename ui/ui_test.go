package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/action"
	"mntscope/ui/screen"
)

func TestRegistry(t *testing.T) {
	for _, replay := range []bool{false, true} {
		for _, p := range newRegistry(false, replay).Problems() {
			t.Error(p)
		}
	}
	for _, p := range action.New(true, append(actions(), onReplay()...)).Problems() { // a replay changes nothing
		t.Error("in the key table ", p)
	}
}

func TestEveryKeyInFooterAndHelpIsReal(t *testing.T) {
	d := explore(t, scene(), Options{}, 200, 60)
	for _, s := range []action.Scope{action.Namespaces, action.Mounts, action.Peers, action.Events, action.Sandboxes} {
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

// Whatever is pressed, clicked and resized, in whatever order, while the host
// changes: nothing panics, and every screen is whole.
func TestMonkey(t *testing.T) {
	keys := strings.Fields("1 2 3 j k h l g G n N up down left right enter enter esc esc space z v v o x c [ ] y e r s d tab / ? : backspace delete home end pgup pgdown ctrl+d ctrl+u ctrl+w a b 4 5 f P m")
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		d := explore(t, scene(), Options{Live: seed%2 == 0}, 80, 24)
		for range 300 {
			d.anything(rng, 60, keys, func() {
				s := scene()
				s.Namespaces = slices.DeleteFunc(s.Namespaces, func(nsctl.Namespace) bool { return rng.IntN(4) == 0 })
				for i := range s.Namespaces {
					s.Namespaces[i].Mounts = slices.DeleteFunc(s.Namespaces[i].Mounts, func(nsctl.Mount) bool { return rng.IntN(4) == 0 })
				}
				d.load(s)
			})
			d.check()
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
