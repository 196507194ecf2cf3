package uitest_test

import (
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

// selected gives the row that the cursor is on.
func selected(s uitest.Screen) string {
	for y := range s.Cells {
		if _, row, ok := strings.Cut(s.Line(y), "│❯"); ok {
			return row
		}
	}
	return ""
}

// selects waits until the selected row contains text.
func selects(t testing.TB, term *uitest.Terminal, text string) uitest.Screen {
	t.Helper()
	return term.WaitFor("the selected row to contain "+text, func(s uitest.Screen) bool {
		return strings.Contains(selected(s), text)
	})
}

func TestInwardsAndBack(t *testing.T) {
	term := explore(t, demo, 120, 40)
	selects(t, term, "init")
	term.Press("j")
	selects(t, term, "web")
	term.Press("enter", "G")
	selects(t, term, "/data/photos")
	term.WaitForText("a slave only receives") // in the detail pane
	term.Press("enter")
	s := selects(t, term, "slave")
	if row := selected(s); !strings.Contains(row, "web") || !strings.Contains(row, "/data/photos") {
		t.Errorf("among the peers %q is selected", row)
	}
	term.Press("esc")
	selects(t, term, "/data/photos")
	term.Press("esc")
	selects(t, term, "web")
	leave(t, term)
}

func TestFilter(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press("2", "/")
	term.Type("nas")
	s := selects(t, term, "/mnt/nas")
	if s.Contains("/home") {
		t.Errorf("what does not match is still there\n%s", s.Text())
	}
	term.Press("enter")
	term.WaitForText("n N move, esc clears")
	term.Press("esc")
	selects(t, term, "/mnt/nas")
	term.WaitForText("/home")

	term.Press("/")
	term.Type("master:1")
	selects(t, term, "/mnt/nas")
	term.Press("esc") // takes back what was typed
	term.WaitForText("/home")

	term.Press("/")
	term.Type("hidden")
	s = term.WaitForText("2 matches") // the first stick, and the old plugins
	for _, path := range []string{"/media/usb", "/opt/app/plugins"} {
		if !s.Contains(path) {
			t.Errorf("%s is hidden, and not found\n%s", path, s.Text())
		}
	}
	leave(t, term)
}

func TestHelp(t *testing.T) {
	term := explore(t, demo, 80, 24)
	term.Press("?")
	term.WaitForText("Help: Namespaces")
	term.Type("peer groups")
	term.WaitForText("Screen 3: peer groups")
	term.WaitForNoText("Every action by name")
	term.Press("enter") // does it
	term.WaitForText("PEER GROUP")
	term.Press("?")
	term.WaitForText("Help: Peers")
	term.Type("x")
	term.Press("esc") // takes away what was typed
	term.WaitForText("type to search")
	term.Press("esc")
	term.WaitForNoText("Help: Peers")
	leave(t, term)
}

func TestPalette(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press(":")
	term.Type("theme: light")
	before := term.WaitFor("one action", func(s uitest.Screen) bool {
		return s.Contains("Theme: light") && !s.Contains("Theme: dark")
	})
	term.Press("enter")
	term.WaitFor("other colours", func(s uitest.Screen) bool {
		return s.Cells[0][1].Style != before.Cells[0][1].Style
	})
	term.Press(":")
	term.Type("rescan")
	term.Press("ctrl+u")
	term.Press("esc")
	term.Type("read the host again")
	term.WaitForText("not now: a saved snapshot is shown, not this host")
	term.Press("enter") // does nothing
	term.WaitForText("not now: a saved snapshot is shown, not this host")
	leave(t, term)
}

func TestCopy(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press("2", "/")
	term.Type("/srv")
	term.Press("enter", "y")
	term.WaitForText("mount point")
	term.Press("enter")
	if got := term.WaitForClipboard(0); got != "/srv" {
		t.Errorf("copied %q, want the mount point", got)
	}
	term.Press("y")
	term.Type("command")
	term.WaitForText("findmnt")
	term.Press("enter")
	if got := term.WaitForClipboard(1); got != "findmnt -o +PROPAGATION --mountpoint /srv" {
		t.Errorf("copied %q, want the command that shows the mount", got)
	}
	leave(t, term)
}

// What is copied is the path itself, byte for byte.
func TestCopyOfHostilePaths(t *testing.T) {
	file, err := os.Open(demo)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err := nsctl.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	term := explore(t, demo, 120, 40)
	term.Press("/")
	term.Type("tenant")
	term.Press("enter", "enter")
	term.WaitForText("tenant mnt:")
	copies := 0
	for i := range s.Namespaces {
		if s.Namespaces[i].Name != "tenant" {
			continue
		}
		for _, m := range s.Namespaces[i].Mounts {
			if !strings.HasPrefix(m.Mountpoint, "/data/") {
				continue
			}
			term.Press("/", "ctrl+a", "ctrl+k")
			term.Type(nsctl.Printable(m.Mountpoint))
			term.WaitForText("│ " + nsctl.Printable(m.Mountpoint) + " ") // in the detail pane
			term.Press("enter", "y", "enter")
			if got := term.WaitForClipboard(copies); got != m.Mountpoint {
				t.Errorf("copied %q, want %q", got, m.Mountpoint)
			}
			copies++
		}
	}
	if copies != 6 {
		t.Errorf("tried %d names, want those of the scene", copies)
	}
	leave(t, term)
}

func TestCompare(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press("j", "enter", "v")
	term.WaitForText("Compare web with")
	term.Type("db")
	term.Press("enter")
	s := term.WaitForText("db mnt:[")
	checkLayout(t, "v", s)
	term.Press("G")
	term.Press("o")
	term.WaitFor("only what differs: not /dev/null, but what only web has", func(s uitest.Screen) bool {
		return !s.Contains("/dev/null") && s.Contains("/data/photos")
	})
	term.Press("x")
	term.WaitFor("the sides to change", func(s uitest.Screen) bool {
		return strings.HasPrefix(s.Line(2), "╭─ db mnt:[") && strings.Contains(s.Line(2), "web mnt:[")
	})
	term.Press("esc")
	term.WaitForText("SOURCE")
	leave(t, term)
}

func TestGaps(t *testing.T) {
	term := explore(t, demo, 80, 24)
	term.ClickOn("1 gap")
	term.WaitForText("Not read")
	term.WaitForText("CAP_SYS_ADMIN")
	leave(t, term)
}
