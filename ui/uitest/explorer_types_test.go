package uitest_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// transitions is what becomes of a mount: the table of mount_namespaces(7). The letters are
// those of the types in the explorer.
var transitions = []struct {
	name  string
	setup string // of the mount at /mnt/m
	from  string
	to    map[string]string
}{
	{"private", "true", "P", map[string]string{"shared": "S", "slave": "P", "private": "P", "unbindable": "U"}},
	{"shared", "mount --make-shared /mnt/m", "S", map[string]string{"shared": "S", "slave": "P", "private": "P", "unbindable": "U"}},
	{"shared with a peer", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer", "S",
		map[string]string{"shared": "S", "slave": "L", "private": "P", "unbindable": "U"}},
	{"slave", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m", "L",
		map[string]string{"shared": "B", "slave": "L", "private": "P", "unbindable": "U"}},
	{"shared and slave", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m && mount --make-shared /mnt/m", "B",
		map[string]string{"shared": "B", "slave": "L", "private": "P", "unbindable": "U"}},
	{"shared and slave with a peer", "mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/peer && mount --make-slave /mnt/m && mount --make-shared /mnt/m && mount --bind /mnt/m /mnt/third", "B",
		map[string]string{"shared": "B", "slave": "L", "private": "P", "unbindable": "U"}},
	{"unbindable", "mount --make-unbindable /mnt/m", "U", map[string]string{"shared": "S", "slave": "U", "private": "P", "unbindable": "U"}},
}

// typeChoices are the rows of the dialog.
var typeChoices = []string{"shared", "slave", "private", "unbindable"}

// letterOf is how the explorer shows a type.
func letterOf(p nsctl.Propagation) string {
	return map[nsctl.PropagationType]string{nsctl.Shared: "S", nsctl.SharedSlave: "B", nsctl.Slave: "L", nsctl.Private: "P", nsctl.Unbindable: "U"}[p.Type()]
}

// retyping is an explorer that changes the mount at /mnt/m of a room.
type retyping struct {
	working
	room *room
	asks bool // the room is no sandbox
	n    int
}

// newRetyping has the mounts of the room in front.
func newRetyping(t *testing.T, term working, r *room, asks bool) *retyping {
	t.Helper()
	r.Do(t, "mount -t tmpfs scratch /mnt && mount --make-private /mnt && mkdir /mnt/m /mnt/peer /mnt/third /mnt/mark")
	number := strings.Trim(r.NS.String(), "mnt:[]")
	term.Press("1", "esc", "/")
	term.Type(number)
	term.Press("enter")
	selects(t, term.Terminal, number)
	term.Press("enter")
	term.WaitForText(r.NS.String())
	term.Press("/")
	term.Type("/mnt/m")
	term.Press("enter")
	return &retyping{working: term, room: r, asks: asks}
}

// setUp mounts something new at /mnt/m, and waits until the explorer shows all of it: what is
// mounted last is a mark.
func (x *retyping) setUp(t *testing.T, script string) {
	t.Helper()
	x.n++
	source := "case-" + strconv.Itoa(x.n)
	x.room.Do(t, "mount -t tmpfs "+source+" /mnt/m && "+script+" && mount -t tmpfs last-of-"+source+" /mnt/mark")
	x.WaitForText("last-of-" + source)
	x.Press("g", "n")
	want := x.room.Propagation(t, "/mnt/m").String()
	x.WaitFor("the selected row to be "+source+" "+want, func(s uitest.Screen) bool {
		row := selected(s)
		return strings.Contains(row, " "+source) && strings.Contains(row, want)
	})
}

func (x *retyping) tearDown(t *testing.T) {
	t.Helper()
	x.room.Do(t, "umount /mnt/m/sub 2>/dev/null; for d in mark third peer m; do mountpoint -q /mnt/$d && umount -l /mnt/$d; done; true")
}

// choose chooses a type in the dialog, and gives what it predicts for a path: the letter of
// the type, or nothing if nothing changes.
func (x *retyping) choose(t *testing.T, to string, below bool, path string) string {
	t.Helper()
	x.Press("t")
	x.WaitForText("Propagation type of")
	x.Press("g")
	for _, choice := range typeChoices {
		if choice == to {
			break
		}
		x.Press("j")
	}
	command := "mount --make-" + to + " /mnt/m"
	if below {
		x.Press("space")
		command = "mount --make-r" + to + " /mnt/m"
	}
	s := x.WaitFor("what "+command+" would do", func(s uitest.Screen) bool {
		return s.Contains(command) && !s.Contains("working it out") && (s.Contains("nothing changes") || s.Contains("~C "))
	})
	for y := range s.Cells {
		if _, change, ok := strings.Cut(s.Line(y), "~C "); ok {
			if _, change, ok = strings.Cut(change, " "+path+" "); ok {
				_, after, _ := strings.Cut(change, "→ ")
				return strings.Fields(after)[1]
			}
		}
	}
	return ""
}

// agree says yes to what is asked, where anything is.
func (x *retyping) agree() {
	x.Press("enter")
	if x.asks {
		x.WaitForText("Do it?")
		x.Press("y")
	}
}

// try makes the mount another type, and takes it back.
func (x *retyping) try(t *testing.T, name, from, to, want string) {
	t.Helper()
	predicted := x.choose(t, to, false, "/mnt/m")
	if is := letterOf(x.room.Propagation(t, "/mnt/m")); is != from {
		t.Fatalf("%s: before anything is done the mount is %s", name, is)
	}
	if predicted == "" {
		x.Press("enter") // does nothing
		x.Press("esc")
		x.WaitForNoText("Propagation type of")
		if is := letterOf(x.room.Propagation(t, "/mnt/m")); is != want || from != want {
			t.Errorf("%s made %s is %s, want %s, and it was predicted to stay %s", name, to, is, want, from)
		}
		return
	}
	x.agree()
	x.WaitForText("→ done: ")
	if is := letterOf(x.room.Propagation(t, "/mnt/m")); is != want || predicted != want {
		t.Errorf("%s made %s is %s, want %s; predicted was %s", name, to, is, want, predicted)
	}
	x.undo()
	if is := letterOf(x.room.Propagation(t, "/mnt/m")); is != from {
		t.Errorf("%s made %s and taken back is %s", name, to, is)
	}
}

func (x *retyping) undo() {
	x.Press("u")
	x.WaitForText("after that, all is as it was before")
	x.agree()
	x.WaitForText("→ taken back: ")
}

// all tries every transition, and changes whole trees.
func (x *retyping) all(t *testing.T) {
	t.Helper()
	for _, row := range transitions {
		for _, to := range typeChoices {
			x.setUp(t, row.setup)
			x.try(t, row.name, row.from, to, row.to[to])
			x.tearDown(t)
		}
	}
	for _, to := range typeChoices {
		x.setUp(t, "mount --make-unbindable /mnt/m && mkdir /mnt/m/sub && mount -t tmpfs sub /mnt/m/sub && mount --make-shared /mnt/m/sub")
		want := map[string]string{"shared": "S S", "slave": "U P", "private": "P P", "unbindable": "U U"}[to]
		x.choose(t, to, true, "/mnt/m")
		x.agree()
		x.WaitForText("→ done: ")
		if is := letterOf(x.room.Propagation(t, "/mnt/m")) + " " + letterOf(x.room.Propagation(t, "/mnt/m/sub")); is != want {
			t.Errorf("the tree made %s is %s, want %s", to, is, want)
		}
		x.undo()
		if is := letterOf(x.room.Propagation(t, "/mnt/m")) + " " + letterOf(x.room.Propagation(t, "/mnt/m/sub")); is != "U S" {
			t.Errorf("the tree made %s and taken back is %s", to, is)
		}
		x.tearDown(t)
	}
	x.byHand(t)
}

// byHand does what the dialog would do with the command that it shows.
func (x *retyping) byHand(t *testing.T) {
	t.Helper()
	x.setUp(t, "mount --make-shared /mnt/m")
	x.choose(t, "private", false, "/mnt/m")
	x.Press("y")
	command := x.WaitForClipboard(0)
	x.Press("esc")
	if output, err := x.beside(t, "/bin/sh", "-c", command).CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", command, err, output)
	}
	if is := letterOf(x.room.Propagation(t, "/mnt/m")); is != "P" {
		t.Errorf("after %s the mount is %s", command, is)
	}
}

// Every transition in a sandbox, where nothing is asked.
func TestTypesInASandbox(t *testing.T) {
	w := atWork(t, 160, 40)
	w.Press("n", "enter")
	w.WaitForText("made the sandbox s1")
	newRetyping(t, w, enter(t, w.beside(t, explorer(t).Path, "sandbox", "exec", "s1", "--", "/bin/sh")), false).all(t)
	leave(t, w.Terminal)
}

// Every transition in a namespace that is no sandbox.
func TestTypesElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may change a namespace that root owns")
	}
	w := atWork(t, 160, 40)
	newRetyping(t, w, enter(t, w.beside(t, "unshare", "--mount", "--propagation", "private", "/bin/sh")), true).all(t)
	leave(t, w.Terminal)
}

// Every transition in a namespace of a user namespace that the user owns.
func TestTypesInAUserNamespace(t *testing.T) {
	w := atWork(t, 160, 40)
	newRetyping(t, w, enter(t, w.beside(t, "unshare", "--user", "--map-root-user", "--mount", "--propagation", "private", "/bin/sh")), true).all(t)
	leave(t, w.Terminal)
}
