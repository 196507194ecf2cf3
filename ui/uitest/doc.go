// Package uitest drives a full-screen program the way a person does: it starts
// the real binary on a pseudo-terminal, with a terminal emulator on the other
// side, presses keys, moves the mouse, and looks at the cells of the screen.
//
//	term := uitest.Start(t, exec.Command("mntscope"), 80, 24)
//	term.WaitForText("Namespaces")
//	term.Press("j", "enter")
//	term.WaitFor("the mounts of the second namespace", func(s uitest.Screen) bool {
//		return strings.Contains(s.Line(0), "web")
//	})
//	term.Press("q")
//	term.WaitForExit()
//
// # How it waits
//
// There are no sleeps. A condition is checked again whenever the program has
// written something, until it holds or the deadline has passed. The emulator
// claims synchronised output (mode 2026), so that Bubble Tea brackets each frame,
// and a condition never sees half of one. [Terminal.Settle] waits until
// everything that was pressed has been acted upon, for keys that are expected to
// change nothing.
//
// # What it checks by itself
//
// At the end of each test it reports whatever the program should never have
// written: control characters and invisible or bidirectional formatting
// characters that were printed as text, and sequences that no full-screen program
// needs, such as a reset of the terminal. [Terminal.WaitForExit] checks
// that the program left the terminal as it found it.
//
// # What it does not do
//
// It knows nothing about mntscope, keeps no golden files, and does not emulate
// the kitty keyboard protocol beyond an unambiguous escape key.
package uitest
