package uitest_test

import (
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

func TestWhatIf(t *testing.T) {
	for _, size := range sizes {
		term := explore(t, demo, size.cols, size.rows)
		term.Press("2", "G")
		selects(t, term, "containers")
		term.Press("p")
		s := term.WaitForText("What if, in init")
		checkLayout(t, "p", s)
		term.Press("down") // to umount
		s = term.WaitForText("4 mounts vanish, 1 not reached")
		checkLayout(t, "down", s)
		term.Press("enter")
		term.WaitFor("the header to say what is asked", func(s uitest.Screen) bool {
			return strings.Contains(s.Line(1), "what if") && strings.Contains(s.Line(1), "umount")
		})
		checkLayout(t, "enter", selects(t, term, "-V"))
		term.Press("1")
		s = term.WaitForText("WHAT IF")
		checkLayout(t, "1", s)
		term.Press("n")
		selects(t, term, "-1")
		term.Press("esc")
		term.WaitForNoText("WHAT IF")
		leave(t, term)
	}
}

// An operation that is typed is answered letter by letter.
func TestWhatIfTyped(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press("2", "G", "p")
	term.WaitForText("What if, in init")
	term.Press("ctrl+a", "ctrl+k")
	term.Type("umount")
	term.WaitForText("TARGET is missing")
	term.Type(" /srv")
	term.WaitForText("the kernel would refuse: EBUSY")
	term.Press("enter")
	term.WaitForText("the kernel would refuse: EBUSY")
	term.Type("/archive")
	term.WaitForText("enter shows it")
	term.Press("enter")
	s := term.WaitFor("the mark in the tree", func(s uitest.Screen) bool {
		return strings.Contains(rowWith(s, "/srv/archive "), "-V")
	})
	checkLayout(t, "enter", s)
	term.Press("y")
	term.WaitForText("command that would do it")
	term.Press("esc", "esc")
	leave(t, term)
}

// rowWith gives the first row of the list that contains text.
func rowWith(s uitest.Screen, text string) string {
	for y := range s.Cells {
		if line := s.Line(y); strings.HasPrefix(line, "│") && strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

func TestWhy(t *testing.T) {
	term := explore(t, demo, 120, 40)
	term.Press("2", "/")
	term.Type("archive")
	selects(t, term, "/srv/archive")
	term.Press("enter", "w")
	term.WaitForText("why? /srv/archive in init")
	term.Press("1", "j")
	selects(t, term, "web")
	term.Press("w")
	s := term.WaitForText("Why: /srv/archive in init, and web")
	checkLayout(t, "w", s)
	for _, text := range []string{"The way", "from init", "cut: "} {
		if !s.Contains(text) {
			t.Errorf("the answer is without %q\n%s", text, s.Text())
		}
	}
	term.Press("esc")
	term.WaitForNoText("Why: ")
	leave(t, term)
}

func TestHolders(t *testing.T) {
	term := explore(t, demo, 80, 24)
	term.Press("2", "G", "H")
	s := term.WaitForText("Holds tmpfs /dev/sdb2")
	checkLayout(t, "H", s)
	term.Type("not seen")
	term.WaitForText("a saved host does not tell")
	term.Press("esc", "esc")
	term.WaitForNoText("Holds tmpfs")
	leave(t, term)
}
