package uitest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

// operating is an explorer that makes, moves and removes mounts in a room.
type operating struct {
	*uitest.Terminal
	room *room
	asks bool // the room is no sandbox
}

// newOperating has the mounts of the room in front.
func newOperating(t *testing.T, term *uitest.Terminal, r *room, asks bool) *operating {
	t.Helper()
	r.Do(t, "mount -t tmpfs scratch /mnt && mount --make-private /mnt && cd /mnt && mkdir long-name bind-here rbind-here moved tree one two \"$(printf 'esc\\033[2Jx')\"")
	r.Do(t, "mount -t tmpfs tree /mnt/tree && mkdir /mnt/tree/sub && mount -t tmpfs sub /mnt/tree/sub")
	r.Do(t, "for d in one two; do mount -t tmpfs $d /mnt/$d && mount --make-shared /mnt/$d; done")
	shows(term, strings.Trim(r.NS.String(), "mnt:[]"))
	return &operating{term, r, asks}
}

// shows has the mounts of the namespace with a number in front.
func shows(term *uitest.Terminal, number string) {
	term.Press("1")
	term.WaitForText("STANDING")
	term.Press("/", "ctrl+a", "ctrl+k")
	term.Type(number)
	term.WaitFor("the row of the namespace", func(s uitest.Screen) bool { return rowWith(s, number) != "" })
	term.Press("enter", "g", "enter")
	term.WaitForText("MOUNT POINT")
}

func (x *operating) pick(filter string) { pick(x.Terminal, filter) }

// pick selects the first mount that a filter finds.
func pick(term *uitest.Terminal, filter string) {
	term.Press("/", "ctrl+a", "ctrl+k")
	term.Type(filter)
	term.WaitFor("a row with "+filter, func(s uitest.Screen) bool { return rowWith(s, filter) != "" })
	term.Press("enter", "g", "n")
	term.WaitFor(filter+" to be selected", func(s uitest.Screen) bool { return strings.Contains(selected(s), filter) })
}

// do presses a key, and types what is missing in the line that it opens; tab completes that to
// the line that is expected.
func (x *operating) do(key, typed, line string) {
	x.Press(key)
	x.WaitForText("Change mounts in ")
	if typed != "" {
		x.Type(typed)
		x.Press("tab")
	}
	x.WaitFor(line, func(s uitest.Screen) bool {
		return strings.Contains(s.Text(), "❯ "+line+" ") && s.Contains("enter goes on")
	})
	x.agree()
}

// agree says yes to what is asked, where anything is.
func (x *operating) agree() {
	x.Press("enter")
	if x.asks {
		x.WaitForText("Do it?")
		x.Press("y")
	}
	x.WaitForText("done: ")
}

// takeBack takes back what was done last, which brings all back.
func (x *operating) takeBack() {
	x.Press("u")
	x.WaitForText("after that, all is as it was before")
	x.Press("enter")
	if x.asks {
		x.WaitForText("Do it?")
		x.Press("y")
	}
	x.WaitForText("taken back: ")
}

// table gives what is mounted below /mnt, as the kernel has it: path, type, source.
func (x *operating) table(t *testing.T) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(x.room.Do(t, "cat /proc/self/mountinfo")) {
		before, after, _ := strings.Cut(line, " - ")
		if path := strings.Fields(before)[4]; strings.HasPrefix(path, "/mnt/") {
			list = append(list, path+" "+strings.Join(strings.Fields(after)[:2], " "))
		}
	}
	slices.Sort(list)
	return list
}

// expect compares that with what it was before.
func (x *operating) expect(t *testing.T, before []string, gone []string, come ...string) []string {
	t.Helper()
	want := slices.DeleteFunc(slices.Clone(before), func(line string) bool { return slices.Contains(gone, line) })
	want = append(want, come...)
	slices.Sort(want)
	is := x.table(t)
	if !slices.Equal(is, want) {
		t.Fatalf("mounted is %q, want %q", is, want)
	}
	return is
}

// all does every operation that has a key.
func (x *operating) all(t *testing.T) {
	t.Helper()
	is := x.table(t)

	x.pick("scratch")
	x.do("a", "/lo", "mount -t tmpfs tmpfs /mnt/long-name/")
	is = x.expect(t, is, nil, "/mnt/long-name tmpfs tmpfs")

	x.pick("scratch")
	x.do("a", "/e", `mount -t tmpfs tmpfs $'/mnt/esc\033[2Jx/'`)
	is = x.expect(t, is, nil, "/mnt/esc\x1b[2Jx tmpfs tmpfs")

	x.pick("/mnt/long-name")
	x.do("b", "/mnt/b", "mount --bind /mnt/long-name /mnt/bind-here/")
	is = x.expect(t, is, nil, "/mnt/bind-here tmpfs tmpfs")

	x.pick("/mnt/tree")
	x.do("B", "/mnt/r", "mount --rbind /mnt/tree /mnt/rbind-here/")
	copies := []string{"/mnt/rbind-here tmpfs tree", "/mnt/rbind-here/sub tmpfs sub"}
	is = x.expect(t, is, nil, copies...)

	x.pick("/mnt/rbind-here")
	x.do("M", "/mnt/m", "mount --move /mnt/rbind-here /mnt/moved/")
	moved := []string{"/mnt/moved tmpfs tree", "/mnt/moved/sub tmpfs sub"}
	is = x.expect(t, is, copies, moved...)

	x.pick("/mnt/bind-here")
	x.do("U", "", "umount /mnt/bind-here")
	is = x.expect(t, is, []string{"/mnt/bind-here tmpfs tmpfs"})

	x.pick("/mnt/moved")
	x.Press("U")
	x.WaitForText("the kernel would refuse: EBUSY")
	x.Press("down")
	x.WaitFor("umount -l", func(s uitest.Screen) bool {
		return s.Contains("❯ umount -l /mnt/moved ") && s.Contains("enter goes on")
	})
	x.agree()
	is = x.expect(t, is, moved)

	x.markBoth()
	x.Press("t")
	x.WaitForText("Propagation type of 2 mounts")
	x.Press("g", "j", "j")
	x.WaitFor("what it would do", func(s uitest.Screen) bool {
		return s.Contains("mount --make-private /mnt/one") && s.Contains("mount --make-private /mnt/two") && strings.Count(s.Text(), "~C ") >= 2
	})
	x.agree()
	for _, path := range []string{"/mnt/one", "/mnt/two"} {
		if p := x.room.Propagation(t, path); p.String() != "" {
			t.Errorf("%s is %s, want private", path, p)
		}
	}
	x.expect(t, is, nil)

	// One key takes both back.
	x.takeBack()
	for _, path := range []string{"/mnt/one", "/mnt/two"} {
		if p := x.room.Propagation(t, path); p.Shared == 0 {
			t.Errorf("%s is %s after it was taken back, want shared", path, p)
		}
	}

	// They are still marked, and the two go together.
	x.WaitForText("marked: 2 mounts in 1 namespace")
	x.Press("U")
	x.WaitForText("unmount 2 marked mounts")
	x.Press("enter")
	x.WaitFor("both commands", func(s uitest.Screen) bool { return s.Contains("umount /mnt/one") && s.Contains("umount /mnt/two") })
	x.agree()
	x.expect(t, is, []string{"/mnt/one tmpfs one", "/mnt/two tmpfs two"})
	x.WaitForNoText("marked: ")
}

func (x *operating) markBoth() {
	x.pick("/mnt/one")
	x.Press("*")
	x.WaitForText("marked: 1 mount in 1 namespace")
	x.pick("/mnt/two")
	x.Press("*")
	x.WaitForText("marked: 2 mounts in 1 namespace")
}

// Every operation that has a key, in a sandbox, where nothing is asked.
func TestOperationsInASandbox(t *testing.T) {
	w, r := beside(t, 120, 40)
	w.Press("n", "enter")
	w.WaitForText("made the sandbox s1")
	r.Becomes(t, explorer(t).Path+" sandbox exec s1 --")
	newOperating(t, w.Terminal, r, false).all(t)
	leave(t, w.Terminal)
}

// The same in a namespace that root owns, where each is asked about.
func TestOperationsElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may change a namespace that root owns")
	}
	w, r := beside(t, 120, 40)
	r.Becomes(t, "unshare --mount --propagation private")
	newOperating(t, w.Terminal, r, true).all(t)
	leave(t, w.Terminal)
}

// Who only looks has none of these keys, but tab completes for him too, and leaves nothing behind.
func TestReadOnlyCompletes(t *testing.T) {
	w := atWork(t, 120, 40, "--readonly")
	w.Press("2")
	w.WaitForText("MOUNT POINT")
	w.Press("a", "b", "B", "M", "U", "p")
	w.WaitForText("What if, in ")
	w.Press("ctrl+a", "ctrl+k")
	w.Type("umount /proc/sys/ke")
	w.Press("tab")
	w.WaitForText("umount /proc/sys/kernel/ ")
	leave(t, w.Terminal)
	if entries, err := os.ReadDir(w.state); err != nil || len(entries) > 0 {
		t.Errorf("left behind is %v, %v", entries, err)
	}
}
