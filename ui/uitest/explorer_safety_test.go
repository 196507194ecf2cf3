package uitest_test

import (
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// elsewhere is an explorer that has the mounts of a namespace in front that is no sandbox.
func elsewhere(t *testing.T) (working, *operating) {
	t.Helper()
	w, r := beside(t, 120, 40)
	r.Becomes(t, ownNamespace())
	return w, newOperating(t, w.Terminal, r, true)
}

// mountedAt counts what is mounted at a path.
func (r *room) mountedAt(t *testing.T, path string) (n int) {
	t.Helper()
	return strings.Count(r.Do(t, "cat /proc/self/mountinfo"), " "+path+" ")
}

// What takes /proc away is done when its name was typed, and by nothing else.
func TestDangerHasToBeTyped(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("in a user namespace what is mounted at /proc may be locked, as far as the line in which it is typed can know")
	}
	w, x := elsewhere(t)
	x.room.Do(t, "mount --rbind /proc /proc")
	was := x.room.mountedAt(t, "/proc")
	umount := func() {
		x.pick("scratch")
		x.Press("U")
		x.WaitForText("Change mounts in ")
		x.Press("ctrl+a", "ctrl+k")
		x.Type("umount -l /proc")
		x.WaitFor("what it would do", func(s uitest.Screen) bool { return s.Contains("-V ") && s.Contains("enter goes on") })
		x.Press("enter")
		checkLayout(t, "enter", x.WaitForText("danger: /proc would be gone"))
	}
	untouched := func(after string) {
		if is := x.room.mountedAt(t, "/proc"); is != was {
			t.Fatalf("after %s %d are mounted at /proc, and were %d", after, is, was)
		}
	}
	umount()
	for _, wrong := range []string{"", "y", "/", "/pro", "/mnt"} {
		x.Press("ctrl+a", "ctrl+k")
		x.Type(wrong)
		x.Press("enter")
		x.WaitForText("that is not it")
		untouched("typing " + wrong)
	}
	x.Press("esc")
	x.WaitForText("nothing was done")
	x.WaitForNoText("danger: ")
	untouched("esc")
	umount()
	x.Type("/proc")
	untouched("typing it without enter")
	x.Press("enter")
	x.WaitForText("done: ")
	if is := x.room.mountedAt(t, "/proc"); is != was-1 {
		t.Errorf("%d are mounted at /proc, and were %d", is, was)
	}
	leave(t, w.Terminal)
}

// makesPrivate has the question in front whether /mnt/one is to be made private.
func (x *operating) makesPrivate() {
	x.Press("t")
	x.WaitForText("Propagation type of")
	x.Press("g", "j", "j")
	x.WaitFor("what it would do", func(s uitest.Screen) bool {
		return s.Contains("mount --make-private /mnt/one") && s.Contains("~C ") && !s.Contains("working it out")
	})
	x.Press("enter")
	x.WaitForText("Do it?")
}

// In a namespace that is no sandbox the answer is no, unless it is said to be yes.
func TestTheAnswerIsNo(t *testing.T) {
	w, x := elsewhere(t)
	x.pick("/mnt/one")
	for _, keys := range [][]string{{"enter"}, {"right", "esc"}, {"esc"}, {"n"}, {"down", "esc"}, {"space", "enter"}, {"right", "left", "enter"}} {
		x.makesPrivate()
		x.WaitForText("❯[ No ]")
		x.Press(keys...)
		x.WaitForNoText("Do it?")
		x.Settle()
		if p := x.room.Propagation(t, "/mnt/one"); p.Shared == 0 {
			t.Fatalf("%v made it %q", keys, p)
		}
	}
	x.makesPrivate()
	x.Press("right", "enter")
	x.WaitForText("done: ")
	if p := x.room.Propagation(t, "/mnt/one"); p != (nsctl.Propagation{}) {
		t.Errorf("an arrow and enter made it %q", p)
	}
	leave(t, w.Terminal)
}

// If the host has changed since what is agreed to was shown, nothing is done, and it is shown anew.
func TestChangedSinceItWasShown(t *testing.T) {
	w, x := elsewhere(t)
	x.pick("/mnt/one")
	x.makesPrivate()
	x.room.Do(t, "mount --make-unbindable /mnt/one")
	x.Press("y")
	s := x.WaitForText("nothing was done: the host has changed since")
	checkLayout(t, "y", s)
	s = x.WaitForText("This is what would happen now:")
	if !s.Contains("unbindable → ") {
		t.Errorf("what would happen now is not shown:\n%s", s.Text())
	}
	if p := x.room.Propagation(t, "/mnt/one"); !p.Unbindable {
		t.Errorf("it is %q", p)
	}
	x.Press("enter")
	x.WaitForText("Do it?")
	x.Press("y")
	x.WaitForText("done: ")
	if p := x.room.Propagation(t, "/mnt/one"); p != (nsctl.Propagation{}) {
		t.Errorf("it is %q", p)
	}

	// Another mount at the same place is not the one that was chosen.
	x.pick("/mnt/two")
	x.Press("t")
	x.WaitForText("Propagation type of")
	x.Press("g", "j", "j")
	x.WaitFor("what it would do", func(s uitest.Screen) bool { return s.Contains("mount --make-private /mnt/two") && s.Contains("~C ") })
	x.Press("enter")
	x.WaitForText("Do it?")
	x.room.Do(t, "umount /mnt/two && mount -t tmpfs other /mnt/two && mount --make-shared /mnt/two")
	x.Press("y")
	x.WaitFor("that it is another one", func(s uitest.Screen) bool {
		return !s.Contains("Do it?") && !s.Contains("doing it") && s.Contains("⊘")
	})
	if p := x.room.Propagation(t, "/mnt/two"); p.Shared == 0 {
		t.Errorf("another mount was made %q", p)
	}
	leave(t, w.Terminal)
}

// Two explorers have one journal: what one does the other takes back, once.
func TestTwoExplorers(t *testing.T) {
	w, x := elsewhere(t)
	other := uitest.Start(t, w.beside(t, explorer(t).Path), 120, 40, "XDG_STATE_HOME="+w.state)
	other.WaitForText("STANDING")
	x.pick("/mnt/one")
	x.makesPrivate()
	x.Press("y")
	x.WaitForText("done: ")
	// Both are about to take it back.
	for _, term := range []*uitest.Terminal{x.Terminal, other} {
		term.Press("u")
		term.WaitForText("after that, all is as it was before")
		term.Press("enter")
		term.WaitForText("Do it?")
	}
	other.Press("y")
	other.WaitForText("taken back: ")
	group := x.room.Propagation(t, "/mnt/one")
	if group.Shared == 0 {
		t.Errorf("it is %q after it was taken back", group)
	}
	x.Press("y")
	x.WaitForText("there is nothing to take back")
	if p := x.room.Propagation(t, "/mnt/one"); p != group {
		t.Errorf("it is %q after it was taken back twice, and was %q", p, group)
	}
	// Each lists what both did.
	x.Press("j", "L")
	x.WaitForText("Log of 2 operations")
	x.WaitForText("takes back 1")
	x.Press("esc")
	leave(t, other)
	leave(t, w.Terminal)
}

// A namespace that ends while it is being asked about: nothing is done, and that is said.
func TestNamespaceEndsMeanwhile(t *testing.T) {
	w, r := beside(t, 120, 40)
	r.Becomes(t, ownNamespace())
	r.Do(t, "mount -t tmpfs volume /mnt && mount --make-private /mnt")
	before := r.Do(t, "cat /proc/self/mountinfo")
	for _, asked := range []bool{false, true} {
		pid, number := r.container(t)
		shows(w.Terminal, number)
		pick(w.Terminal, "volume")
		w.Press("t")
		w.WaitForText("Propagation type of")
		w.Press("g")
		w.WaitFor("what it would do", func(s uitest.Screen) bool { return s.Contains("mount --make-shared /mnt") && s.Contains("~C ") })
		if asked {
			w.Press("enter")
			w.WaitForText("Do it?")
		}
		r.Do(t, "kill -9 "+pid+"; until ! [ -e /proc/"+pid+" ]; do wait; done")
		if asked {
			w.Press("y")
		} else {
			w.Press("enter")
		}
		s := w.WaitForText("is gone")
		checkLayout(t, "the end of the namespace", s)
		w.Press("esc", "esc", "esc")
		w.WaitForNoText("Propagation type of")
		w.WaitForNoText("Do it?")
	}
	if is := r.Do(t, "cat /proc/self/mountinfo"); is != before {
		t.Errorf("the mounts beside it are\n%s\nand were\n%s", is, before)
	}
	leave(t, w.Terminal)
}

// Read-only there is no key that changes anything, nor an action in the palette or the help.
func TestReadOnlyHasNoWayToChange(t *testing.T) {
	w := atWork(t, 160, 50, "--readonly")
	w.Press("2")
	w.WaitForText("MOUNT POINT")
	w.Press("/")
	w.Type("/proc")
	w.Press("enter", "g")
	// All but the last line, which says why.
	shown := func(s uitest.Screen) string {
		return s.Text()[:strings.LastIndexByte(strings.TrimRight(s.Text(), "\n"), '\n')]
	}
	before := shown(w.Settle())
	for _, key := range strings.Fields("t u A a b B M U *") {
		w.Press(key)
		if s := w.WaitForText("read-only: this explorer changes nothing"); shown(s) != before {
			t.Errorf("%s does something:\n%s", key, s.Text())
		}
		w.Press("down", "up")
		w.WaitForNoText("this explorer changes nothing")
	}
	w.Press("esc")
	for _, list := range []string{":", "?"} {
		for _, title := range []string{"propagation type of the mount", "take back the last", "mount a new filesystem", "bind the mount to", "move the mount, with", "unmount it", "rejoin:", "is shown: do it"} {
			w.Press(list)
			w.Type(title)
			w.WaitForText("nothing matches")
			w.Press("esc", "esc")
			w.WaitForNoText("nothing matches")
		}
	}
	leave(t, w.Terminal)
}
