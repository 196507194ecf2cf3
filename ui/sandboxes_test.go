package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
)

func TestGoldenSandboxes(t *testing.T) {
	screens := []struct {
		name  string
		reach func(d *driver)
	}{
		{"sandboxes", func(d *driver) { d.press("g j") }},
		{"sandboxes-steps", func(d *driver) { d.selectRow("s9").press("s esc s esc") }},
		{"sandboxes-step", func(d *driver) { d.selectRow("s9").press("s s s") }},
		{"sandboxes-refused", func(d *driver) { d.selectRow("s9").press("c").typed("exchange").press("enter") }},
		{"sandboxes-new", func(d *driver) {
			d.press("n down right right down").typed("/srv/a").press("down down right down right right space")
		}},
		{"sandboxes-wrong", func(d *driver) {
			d.press("n").typed("s9")
			d.fail(errors.New("cannot make the sandbox s9: unshare(2): the limit of user namespaces is 0; sysctl user.max_user_namespaces=1000 raises it"))
			d.press("enter")
		}},
		{"sandboxes-remove", func(d *driver) { d.selectRow("chain").press("x") }},
		{"sandboxes-choose", func(d *driver) { d.selectRow("s9").press("s esc c") }},
	}
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}} {
		for _, look := range looks {
			for _, s := range screens {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], look.name)
				t.Run(name, func(t *testing.T) {
					options := look.options
					options.ReadOnly = options.ReadOnly && s.name == "sandboxes" // of the others there are none
					d, _ := atWork(t, options, size[0], size[1])
					s.reach(d)
					d.check()
					compareGolden(t, name, d.content())
				})
			}
		}
	}
}

// selectRow goes to the row of a sandbox.
func (d *driver) selectRow(name string) *driver {
	d.t.Helper()
	d.press("g")
	for range 20 {
		if i, _ := d.m.sandboxes.Selected(); i != nil && i.Name == name {
			return d
		}
		d.press("j")
	}
	d.t.Fatalf("there is no row %s:\n%s", name, d.text())
	return d
}

func (d *driver) fail(err error) { d.m.options.Workshop.(*workbench).fails = err }

func TestSandboxesAreListed(t *testing.T) {
	d, _ := atWork(t, Options{}, 200, 60)
	at := 0
	for _, want := range []string{"bobs", "chain", "└─ inner", "s9", "s10", "wreck"} { // in this order
		next := strings.Index(d.text()[at:], want+" ")
		if next < 0 {
			t.Fatalf("%s is not where it belongs:\n%s", want, d.text())
		}
		at += next
	}
	d.shows("until removed", "with its maker", "0/4 alpine")
	d.selectRow("bobs")
	d.shows("not one of your sandboxes")
	d.press("s")
	d.shows("not one of your sandboxes")
	d.selectRow("wreck").press("enter")
	d.shows("its namespace has ended with its keeper")
	d.selectRow("inner").press("enter")
	d.shows("inner mnt:[4026532902]")
	d.press("esc")
	d.shows("PROPAGATION", "its namespaces are copies of that one's")
}

func TestSandboxIsMade(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	d.press("n enter")
	d.shows("made the sandbox s7")
	if row := d.row(); !strings.Contains(row, "s7") {
		t.Errorf("%q is selected", row)
	}
	if len(w.wanted) != 1 || w.wanted[0].Propagation != sandbox.Private || w.wanted[0].UserNS || w.wanted[0].PID || w.wanted[0].Keep || w.wanted[0].RootFrom != "" {
		t.Errorf("wanted was %+v", w.wanted)
	}
	d.shows("ends with this")

	// What is shown is what is made, and an error leaves everything as it was typed.
	d.press("n").typed("demo").press("down right right down").typed("/srv/x")
	d.shows("mntscope sandbox new demo --root /srv/x --steps 0 --pid")
	d.fail(errors.New("the root /srv/x: no such file or directory"))
	d.press("enter")
	d.shows("no such file or directory", "demo", "/srv/x")
	d.press("down right down right down right space down right down right")
	d.shows("mntscope sandbox new demo --root /srv/x --propagation slave --in chain --keep")
	d.press("enter")
	if got := w.wanted[2]; got.Name != "demo" || got.RootFrom != "/srv/x" || got.Steps != sandbox.AllSteps || got.PID || got.In != "chain" || !got.Keep || got.Propagation != sandbox.Slave {
		t.Errorf("wanted was %+v", got)
	}
}

// Another user may have a sandbox of the same name, of which an ordinary user does not see the
// number.
func TestSandboxesOfOneName(t *testing.T) {
	d, _ := atWork(t, Options{}, 120, 40)
	s, _ := boxed()
	for _, at := range []nsctl.NSNumber{0, 4026532950} {
		other := s.Namespaces[len(s.Namespaces)-1]
		other.Name, other.NS, other.NSID = "s7", at, 0
		s.Namespaces = append(s.Namespaces, other)
	}
	d.load(s)
	d.press("n enter")
	for range 2 {
		if i, foreign := d.m.sandboxes.Selected(); i == nil || foreign || i.Name != "s7" {
			t.Errorf("selected is %+v, foreign %v", i, foreign)
		}
		d.load(s)
	}
	if strings.Contains(d.text(), "making") {
		t.Errorf("another user's sandbox is said to be made:\n%s", d.text())
	}
}

// A process can call itself a keeper, of whatever name.
func TestHostileSandboxes(t *testing.T) {
	d, w := atWork(t, Options{}, 80, 24)
	s, _ := boxed()
	other := s.Namespaces[len(s.Namespaces)-1]
	other.Name, other.NS = "\x1b[31m\u202eevil\n\\", 4026532960
	s.Namespaces = append(s.Namespaces, other)
	w.list[4].Root, w.list[4].From, w.list[4].User = "/a\x1b[2J", "\xff\x9b", "\x1b]0;x\a"
	w.list[0].In, w.list[1].In = "inner", "chain" // each in the other
	d.load(s)
	d.press("1 5 g")
	for range 9 {
		d.check()
		d.press("j y esc")
	}
	d.shows(`\x1b[31m`, "inner", "chain")
}

func TestOrdinaryUserNeedsAUserNamespace(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	w.root = false
	d.press("n down down down space")
	d.shows("user: an ordinary user needs one", "--user-ns")
	d.press("down right up space")
	d.shows("--in chain")
	if d.press("up up up enter"); w.wanted[0].In != "chain" || !w.wanted[0].UserNS {
		t.Errorf("wanted was %+v", w.wanted[0])
	}
}

func TestPathIsCompleted(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	d.press("n down right right down").typed("/sr")
	w.paths = []string{"/srv/alpine/", "/srv/alpine.tar.gz"}
	d.press("tab")
	d.shows("/srv/alpine", "alpine  alpine.tar.gz")
	w.paths = []string{"/srv/alpine.tar.gz"}
	d.typed(".").press("tab")
	d.shows("--root /srv/alpine.tar.gz")
	w.paths = nil
	d.press("tab")
	d.shows("there is no directory and no tarball")
}

func TestStepsAreTaken(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	d.selectRow("s9")
	d.shows("Steps to its root: 0 of 4 taken", "mount --bind /srv/alpine /srv/alpine")
	d.press("s")
	d.shows("Step 1 of 4 in s9", "1 mount appeared", "+ /srv/alpine new", "After: 5 mounts", "Before: 4 mounts")
	d.press("s")
	d.shows("Step 2 of 4 in s9", "Mounts before and after, the same: 4")
	d.press("esc")
	d.shows("2 of 4 taken", "✓ bind the root on itself")
	d.press("S")
	d.shows("took 2 steps", "4 of 4 taken")
	d.press("s")
	d.shows("all steps have been taken")
	d.press("c").typed("exchange").press("enter")
	d.shows("Step 3 of 4 in s9", "5 mounts moved", "was /sys")
	d.press("esc")

	w.steps["s9"] = stepsTo("/srv/alpine")
	d.press("5 c").typed("exchange").press("enter")
	d.shows("EINVAL: /srv/alpine is not a mount point")
	d.press("esc")
	d.shows("⊘ exchange the roots")
	d.fail(errors.New("the keeper has ended"))
	d.press("s")
	d.shows("the keeper has ended")
	d.selectRow("s10").press("s")
	d.shows("has the host's tree")
}

func TestSandboxIsRemoved(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	d.selectRow("chain").press("x")
	d.shows("Remove the sandbox chain?", "4 processes", "So do inner", "mntscope sandbox rm chain")
	for _, keys := range []string{"enter", "x esc", "x n", "x right left enter", "x up down enter"} {
		if d.press(keys); len(w.removed) > 0 {
			t.Fatalf("%s removes it", keys)
		}
	}
	d.press("x y")
	d.shows("removed chain and inner")
	d.hides("└─ inner")
	d.press("X")
	d.shows("what is left of 1 sandbox")
	d.press("right enter")
	d.shows("removed wreck")
	d.press("X")
	d.shows("no sandbox is stale")
	d.selectRow("s9")
	d.fail(errors.New("process 4711 in its namespace does not end"))
	d.press("x y")
	d.shows("does not end", "s9")
	if !slices.Equal(w.removed, []string{"chain"}) {
		t.Errorf("removed were %v", w.removed)
	}
}

func TestShell(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	d.selectRow("s9").press("!")
	d.shows("back from the shell in s9")
	if got := d.terminal.String(); !strings.Contains(got, "a shell in s9") || !strings.Contains(got, "the shell has ended") {
		t.Errorf("on the terminal stands %q", got)
	}
	d.selectRow("wreck").press("!")
	d.shows("has ended")
	d.press("1 g j j j !")
	d.press("enter")
	d.shows("web mnt:[")
	d.fail(errors.New("there is no shell\x1b[31m"))
	d.press("!")
	d.shows(`there is no shell\x1b[31m`)
	if len(w.shells) != 3 || w.shells[0].Sandbox != "s9" || w.shells[1].Sandbox != "" || d.m.live.Label(w.shells[1].NS) != "web" || w.shells[2].NS != w.shells[1].NS {
		t.Errorf("shells were opened in %+v", w.shells)
	}
	w.root = false
	d.press("!")
	d.shows("only root may enter")
	d.press("1 g !")
	d.shows("back from the shell in host")
	d.press("G k k k !") // a sandbox of one's own
	if last := w.shells[len(w.shells)-1]; last.Sandbox == "" {
		t.Errorf("the last shell was opened in %+v", last)
	}
}

// Nothing that changes something is there in a read-only explorer, and in one that shows
// something else than this host.
func TestReadOnlyHasNoWorkshop(t *testing.T) {
	d, _ := atWork(t, Options{ReadOnly: true}, 120, 40)
	d.selectRow("s9")
	d.shows("Steps to its root")
	for _, key := range []string{"n", "!", "s", "S", "c", "x", "X"} {
		if a, ok := d.m.registry.ByKey(d.m.current, key); ok {
			t.Errorf("%s is %s", key, a.ID)
		}
	}
	d.press("n ! s S c x X")
	d.hides("New sandbox", "Remove")
	s, _ := boxed()
	d = explore(t, s, Options{Label: "saved"}, 120, 40).press("5 n s x !")
	d.shows("chain", "not one of your sandboxes")
	d.hides("New sandbox", "Remove")
}

// The list is asked for when namespaces come or go, and not with every state of the host.
func TestSandboxesAreNotAskedForInVain(t *testing.T) {
	d, w := atWork(t, Options{}, 120, 40)
	s, _ := boxed()
	d.press("2")
	before := w.asked
	for range 5 {
		d.load(s)
	}
	if w.asked != before {
		t.Errorf("the list was asked for %d times although nothing came or went", w.asked-before)
	}
	s.Namespaces = slices.Delete(slices.Clone(s.Namespaces), 6, 7)
	d.load(s)
	if w.asked != before+1 {
		t.Errorf("after a namespace went the list was asked for %d times", w.asked-before)
	}
}

// Whatever is pressed: nothing panics, and every screen is whole.
func TestMonkeyAtWork(t *testing.T) {
	keys := strings.Fields("5 5 n s S c x X ! y j k g G enter enter esc esc tab up down left right space d / ? : a b 1 2 y backspace")
	for seed := range 4 {
		d, w := atWork(t, Options{}, 80, 24)
		w.paths = []string{"/srv/"}
		random := uint32(seed + 1)
		for range 400 {
			random = random*1664525 + 1013904223
			switch n := random >> 16 % 40; n {
			case 0:
				d.send(tea.WindowSizeMsg{Width: 60 + int(random>>8%100), Height: 20 + int(random>>9%40)})
			case 1:
				d.send(tea.MouseClickMsg{X: int(random >> 8 % 100), Y: int(random >> 9 % 30), Button: tea.MouseLeft})
			case 2:
				d.fail(errors.New("no"))
			case 3:
				s, fresh := boxed()
				w.list = fresh.list
				d.load(s)
			default:
				d.press(keys[int(random>>8)%len(keys)])
			}
			d.check()
		}
	}
}
