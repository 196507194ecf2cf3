package ui

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/ui/action"
)

// copied is what was copied last.
func (d *driver) copied() string {
	for _, msg := range slices.Backward(d.said) {
		if text := fmt.Sprint(msg); strings.Contains(fmt.Sprintf("%T", msg), "setClipboardMsg") {
			return text
		}
	}
	return ""
}

// In a sandbox, enter is enough.
func TestTypeInASandbox(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	d.inSpace("s9", "/sys").press("t")
	d.shows("Propagation type of s9 /sys", "slave      now", "nothing changes: it is slave already")
	d.press("enter")
	d.shows("nothing changes: it is slave already")
	d.press("down y")
	d.shows("nsenter -t 904 -m -- mount --make-private /sys", "1 mount changes", "~C s9 /sys")
	if got := d.copied(); got != "nsenter -t 904 -m -- mount --make-private /sys" {
		t.Errorf("copied %q", got)
	}
	d.press("r")
	d.shows("[x] and everything below", "mount --make-rprivate /sys")
	d.press("space enter")
	want := []string{"mnt:[4026532904] mount --make-private /sys"}
	if d.m.overlay != nil || !slices.Equal(b.done, want) {
		t.Errorf("done was %q", b.done)
	}
	d.shows("done: 1 mount in 1 namespace; u takes it back: nsenter -t 904 -m -- mount --make-private /sys")
}

// Elsewhere it asks, and neither enter nor an arrow key alone says yes.
func TestTypeAsks(t *testing.T) {
	for _, tc := range []struct {
		name, keys string
		done       bool
	}{
		{"enter", "enter", false}, {"an arrow", "right", false}, {"escape", "esc", false}, {"n", "n", false}, {"another letter", "t", false},
		{"y", "y", true}, {"an arrow and enter", "right enter", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, b := changing(t, Options{}, 120, 40)
			d.inSpace("host", "/sys").press("t down down enter")
			d.shows("This changes the host's own namespace host and 6 others. Do it?", "❯[ No ]", "mount --make-private /sys")
			d.press(tc.keys)
			if done := len(b.done) == 1; done != tc.done {
				t.Errorf("done was %q", b.done)
			}
		})
	}
	// It changes only the sandbox's own mount, but not only the sandbox if that has slaves elsewhere.
	d, b := changing(t, Options{}, 120, 40)
	for i := range b.s.Namespaces {
		switch ns := &b.s.Namespaces[i]; ns.Name {
		case "s9":
			ns.Mounts[2].Propagation = nsctl.Propagation{Shared: 77}
		case "web":
			ns.Mounts[3].Propagation = nsctl.Propagation{Master: 77}
		}
	}
	d.load(b.s)
	d.inSpace("s9", "/sys").press("t down down enter")
	d.shows("This changes the sandbox s9 and 1 other. Do it?")
}

// What was predicted to be a disaster has to be typed out.
func TestDangerIsTyped(t *testing.T) {
	for _, ns := range []string{"host", "s9"} {
		d, b := changing(t, Options{}, 120, 40)
		d.inSpace(ns, "/proc").press("p ctrl+a ctrl+k").typed("umount -l /proc").press("enter A enter")
		d.shows("danger: /proc would be gone", "type /proc")
		d.press("y enter")
		d.shows("that is not it")
		d.send(tea.PasteMsg{Content: "/proc"})
		d.press("backspace enter")
		if len(b.done) > 0 {
			t.Errorf("in %s: done was %q", ns, b.done)
		}
		d.typed("/proc").press("enter")
		if len(b.done) != 1 || d.m.overlay != nil || d.m.what != nil {
			t.Errorf("in %s: done was %q\n%s", ns, b.done, d.text())
		}
	}
}

// Of several dangers the name of each has to be typed.
func TestEachDangerIsTyped(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	d.inSpace("s9", "/proc")
	d.run(d.m.propose(wantedIn(t, "mnt:[4026532904]", "umount -l /proc", "mount -t tmpfs over /"), "Two"))
	d.shows("enter goes on")
	d.press("enter")
	d.shows("/proc would be gone", "type /proc", "After that 1 more danger is to be agreed to.")
	d.typed("/").press("enter")
	d.shows("that is not it")
	d.press("backspace").typed("/proc").press("enter")
	d.shows("/ would be covered", "type / and enter")
	d.hides("After that")
	if len(b.done) > 0 {
		t.Errorf("done was %q before all was agreed to", b.done)
	}
	d.typed("/proc").press("enter")
	d.shows("that is not it")
	d.press("esc")
	if d.m.overlay != nil || len(b.done) > 0 {
		t.Errorf("esc did %q", b.done)
	}
	d.run(d.m.propose(wantedIn(t, "mnt:[4026532904]", "umount -l /proc", "mount -t tmpfs over /"), "Two"))
	d.press("enter").typed("/proc").press("enter").typed("/").press("enter")
	if len(b.done) != 2 {
		t.Errorf("done was %q\n%s", b.done, d.text())
	}
}

// wantedIn are operations in a namespace.
func wantedIn(t *testing.T, ns string, lines ...string) (list []change.Request) {
	t.Helper()
	for _, line := range lines {
		op, err := nsctl.ParseOpLine(line)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, change.Request{Op: op, NS: ns, Cwd: "/"})
	}
	return list
}

// If the host has changed meanwhile, nothing is done, and it is shown anew.
func TestChangedMeanwhile(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	b.before = func(string) error {
		b.before = nil
		b.s = changedType(b.s, "s9", "/sys", nsctl.Propagation{})
		return &change.Changed{Why: "the host has changed since"}
	}
	d.inSpace("s9", "/sys").press("t up enter")
	d.shows("nothing was done: the host has changed since", "This is what would happen now", "○ P private → ● S shared:new1")
	if len(b.done) > 0 {
		t.Errorf("done was %q", b.done)
	}
	d.press("enter")
	if len(b.done) != 1 {
		t.Errorf("done was %q", b.done)
	}

	// What was in sight when enter was pressed is not what would happen: it is shown first.
	d, b = changing(t, Options{}, 120, 40)
	d.inSpace("s9", "/sys").press("t up")
	b.s = changedType(b.s, "s9", "/sys", nsctl.Propagation{})
	d.press("enter")
	d.shows("this is not what was shown a moment ago", "○ P private → ● S shared:new1")
	if len(b.done) > 0 {
		t.Errorf("done was %q", b.done)
	}
}

// changedType gives a host with one mount of another type.
func changedType(s *nsctl.Snapshot, ns, path string, p nsctl.Propagation) *nsctl.Snapshot {
	other := *s
	other.Namespaces = slices.Clone(s.Namespaces)
	for i := range other.Namespaces {
		if other.Namespaces[i].Name != ns {
			continue
		}
		other.Namespaces[i].Mounts = slices.Clone(other.Namespaces[i].Mounts)
		for j := range other.Namespaces[i].Mounts {
			if m := &other.Namespaces[i].Mounts[j]; m.Mountpoint == path {
				m.Propagation = p
			}
		}
	}
	return &other
}

// A number that was used again does not lead to another namespace, or another mount.
func TestNumbersUsedAgain(t *testing.T) {
	for _, what := range []string{"namespace", "mount"} {
		d, b := changing(t, Options{}, 120, 40)
		d.inSpace("s9", "/sys").press("t down")
		b.s = changedType(b.s, "s9", "/sys", nsctl.Propagation{Master: 7})
		for i := range b.s.Namespaces {
			if ns := &b.s.Namespaces[i]; ns.Name == "s9" && what == "namespace" {
				ns.NSID = 999
			} else if ns.Name == "s9" {
				ns.Mounts[2].ID += 999
			}
		}
		d.press("enter")
		d.shows("nothing can be done", "is gone, and another one has its number")
		d.press("enter enter")
		if len(b.done) > 0 {
			t.Errorf("done was %q in another %s", b.done, what)
		}
	}
}

// Of several operations, each is predicted for what the one before it leaves, and the first
// that fails ends them.
func TestSeveralOperations(t *testing.T) {
	wanted := func(lines ...string) []change.Request { return wantedIn(t, "mnt:[4026532904]", lines...) }
	d, b := changing(t, Options{}, 120, 40)
	d.run(d.m.propose(wanted("mount -t tmpfs a /sys/a", "mount --make-shared /sys/a", "mount -t tmpfs b /sys/a/b"), "Three"))
	d.shows("2 mounts appear", "enter does it", "+A s9 /sys/a", "+A s9 /sys/a/b")
	d.press("y")
	if got := d.copied(); strings.Count(got, "\n") != 2 {
		t.Errorf("copied %q", got)
	}
	d.press("enter")
	if len(b.done) != 3 {
		t.Fatalf("done was %q\n%s", b.done, d.text())
	}
	d.shows("done: 2 mounts in 1 namespace; u takes all of it back: 3 operations")
	for i, with := range []int64{0, 1, 1} {
		if got := b.planned[len(b.planned)-3+i].With; got != with {
			t.Errorf("operation %d was done together with %d, want %d", i, got, with)
		}
	}

	// One that would be refused after the others is said before.
	d, b = changing(t, Options{}, 120, 40)
	d.run(d.m.propose(wanted("mount -t tmpfs a /sys/a", "umount /sys/a", "umount /sys/a"), "Three"))
	d.shows("it cannot be done", "umount /sys/a: EINVAL")
	d.press("enter")
	if len(b.done) > 0 {
		t.Errorf("done was %q", b.done)
	}

	d, b = changing(t, Options{}, 120, 40)
	b.before = func(op string) error {
		if strings.Contains(op, "make-shared") {
			return &change.OpError{Op: op, Call: "mount_setattr", Path: "/sys/a", Errno: "EPERM", Why: "not permitted", Try: "try as root"}
		}
		return nil
	}
	d.run(d.m.propose(wanted("mount -t tmpfs a /sys/a", "mount --make-shared /sys/a", "mount -t tmpfs b /sys/a/b"), "Three"))
	d.press("enter")
	d.shows("✓ done: nsenter -t 904 -m -- mount -t tmpfs a /sys/a", "⊘ not done: nsenter -t 904 -m -- mount --make-shared /sys/a", "try as root", "not tried: nsenter -t 904 -m -- mount -t tmpfs b /sys/a/b")
	if len(b.done) != 1 {
		t.Errorf("done was %q", b.done)
	}

	// The second would do something else by now.
	d, b = changing(t, Options{}, 120, 40)
	b.strange = func(*change.Result) error {
		b.s = changedType(b.s, "s9", "/sys/a", nsctl.Propagation{Unbindable: true})
		b.strange = nil
		return nil
	}
	d.run(d.m.propose(wanted("mount -t tmpfs a /sys/a", "mount --make-private /sys/a"), "Two"))
	d.press("enter")
	d.shows("✓ done", "it would do something else now than what was shown")
	if len(b.done) != 1 {
		t.Errorf("done was %q", b.done)
	}
}

// What was done but could not be looked at is no success.
func TestUnverified(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	b.strange = func(*change.Result) error { return &change.Unverified{Op: "x", Err: errors.New("the disk is full")} }
	d.inSpace("s9", "/sys").press("t down enter")
	d.shows("✓ done", "it was done, but what it did is not known: the disk is full")
}

// What went in another way is told even if something else is in front when it is known.
func TestSurpriseIsNotLost(t *testing.T) {
	d, b := changing(t, Options{}, 120, 40)
	b.strange = func(r *change.Result) error {
		r.Surprises = []nsctl.Surprise{{Text: "was not predicted: umount of /sys"}}
		return nil
	}
	d.inSpace("s9", "/sys").press("t down")
	_, cmd := d.m.Update(key("enter"))
	_, cmd = d.m.Update(cmd())
	d.shows("doing it")
	d.press("u")
	d.press("esc u t ?") // nothing else is begun meanwhile
	d.shows("Help: Mounts")
	d.run(cmd)
	d.shows("Help: Mounts")
	d.press("esc")
	d.shows("Not all of it happened as was shown", "was not predicted: umount of /sys")
}

// Nothing that changes the host is anywhere in a read-only explorer.
func TestReadOnlyChangesNothing(t *testing.T) {
	d, b := changing(t, Options{ReadOnly: true}, 200, 60)
	if d.m.options.Changer != nil {
		t.Error("there is somebody who changes the host")
	}
	for _, s := range []action.Scope{action.Namespaces, action.Mounts, action.Peers, action.Events, action.Sandboxes} {
		d.m.show(s)
		for _, a := range d.m.registry.In(s) {
			if a.Danger {
				t.Errorf("%s has the action %s", s, a.ID)
			}
		}
		for _, key := range []string{"t", "u", "A"} {
			if a, ok := d.m.registry.ByKey(s, key); ok {
				t.Errorf("%s has %s on %s", s, a.ID, key)
			}
		}
		d.press("t u A")
		d.hides("t type", "u undo")
		for _, list := range []string{"?", ":"} {
			for _, text := range []string{"propagation type of the mount", "take back the last", "is shown: do it"} {
				d.press(list).typed(text)
				d.shows("nothing matches")
				d.press("esc esc")
			}
		}
	}
	d.m.show(action.Mounts)
	d.whatIf("/sys", "umount -l /sys").press("A enter y")
	d.hides("A does it", "Do it")
	if len(b.done) > 0 {
		t.Errorf("done was %q", b.done)
	}
}

// On a snapshot there is nobody who could change anything.
func TestNoChangesOfASnapshot(t *testing.T) {
	d := explore(t, scene(), Options{Label: "host.json"}, 120, 40).press("2 t u A L")
	d.shows("a saved snapshot is shown, not this host")
	d.whatIf("/sys", "umount -l /sys")
	d.hides("A does it")
}

// Whatever is pressed: nothing panics, every screen is whole, and the host is changed only
// after it was asked about.
func TestMonkeyChanges(t *testing.T) {
	keys := strings.Fields("1 2 3 4 5 j k g G enter enter esc space r t t u A L p y n up down left right tab : ? x [ ] d / pgdown")
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 2))
		d, b := changing(t, Options{}, 80, 24)
		b.undo, b.entries = undoOf(t, b, 0, "mount --make-private /sys", "a loss"), history(b)
		for range 300 {
			d.anything(rng, 40, keys, func() { d.load(b.s) })
			d.check()
		}
	}
}
