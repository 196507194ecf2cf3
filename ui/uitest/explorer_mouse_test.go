package uitest_test

import (
	"testing"

	"mntscope/ui/uitest"
)

func TestMouseOnTheExplorer(t *testing.T) {
	term := explore(t, demo, 80, 24)

	term.ClickOn("3 Peers")
	term.WaitForText("PEER GROUP")
	term.ClickOn("1 Namespaces")
	term.WaitForText("Mount namespaces")

	term.ClickOn("backup") // selects
	selects(t, term, "backup")
	term.ClickOn("backup") // opens
	term.WaitForText("backup mnt:[")

	term.ClickOn("? help") // in the footer
	term.WaitForText("Help: Mounts")
	term.Click(0, 23) // outside of it
	term.WaitForNoText("Help: Mounts")
	leave(t, term)
}

func TestWheel(t *testing.T) {
	term := explore(t, demo, 80, 24)
	term.ClickOn("3 Peers")
	first := term.WaitForText("shared:1")
	term.Wheel(5, 6, 3)
	term.WaitForNoText("∅ shared:1")
	term.Wheel(5, 6, -20)
	s := term.WaitForText("∅ shared:1")
	if s.Line(4) != first.Line(4) && s.Line(5) != first.Line(5) {
		t.Errorf("after scrolling down and up the first rows are other ones\n%s", s.Text())
	}
	term.Wheel(5, 6, 500) // a touchpad
	checkLayout(t, "500 notches", term.Settle())
	leave(t, term)
}

func TestMouseOff(t *testing.T) {
	off := func(term *uitest.Terminal) {
		t.Helper()
		before := term.Settle()
		term.ClickOn("3 Peers")
		if s := term.Settle(); s.Line(2) != before.Line(2) {
			t.Errorf("a click acts though the mouse is off\n%s", s.Text())
		}
	}
	term := explore(t, demo, 80, 24)
	term.Press("m")
	term.WaitForText("mouse off")
	off(term)
	term.Press("m")
	term.WaitForText("mouse on")
	term.ClickOn("3 Peers")
	term.WaitForText("PEER GROUP")
	leave(t, term)

	term = uitest.Start(t, explorer(t, "--no-mouse", "--snapshot", demo), 80, 24)
	term.WaitForText("Mount namespaces")
	off(term)
	leave(t, term)
}
