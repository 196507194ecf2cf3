package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Ground is what a piece of text stands on. A style looks different on each, so
// that the row of the cursor stays one unbroken bar under texts of many styles.
type Ground uint8

// The grounds.
const (
	Plain        Ground = iota
	Cursor              // the selected row of the pane that has the keys
	CursorFaint         // the selected row of a pane that has not
	Bar                 // header and footer
	Raised              // an overlay
	RaisedCursor        // the selected row of an overlay
	grounds
)

// Style is the look of a text. The zero Style adds nothing.
type Style struct{ open [grounds]string }

// Reset ends any Style.
const Reset = "\x1b[m"

// Open gives the escape sequence that begins the style on a ground; empty for text
// that looks as the terminal shows it by itself.
func (s Style) Open(g Ground) string { return s.open[g] }

// ink says how a style is made: a colour as six hexadecimal digits or empty for the
// terminal's own, and attributes.
type ink struct {
	color                            string
	bold, faint, underline, reversed bool
}

// style makes the Style of an ink on all grounds.
func (in ink) style(on [grounds]ink) Style {
	var s Style
	for g := range grounds {
		s.open[g] = opening(in.on(on[g]))
	}
	return s
}

// on gives the look of text of this ink on a ground, whose color is the background.
func (in ink) on(ground ink) lipgloss.Style {
	s := lipgloss.NewStyle().
		Bold(in.bold || ground.bold).
		Faint(in.faint && !ground.reversed). // a faint text on a reversed row would be hard to read
		Underline(in.underline || ground.underline).
		Reverse(in.reversed != ground.reversed)
	if in.color != "" {
		s = s.Foreground(lipgloss.Color("#" + in.color))
	}
	if ground.color != "" {
		s = s.Background(lipgloss.Color("#" + ground.color))
	}
	return s
}

// opening gives the sequence that a style writes before a text. It is taken once for
// each style, as rendering each of the thousand texts of a screen would take longer than
// a frame lasts.
func opening(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x") // no sequence has this letter
	return before
}
