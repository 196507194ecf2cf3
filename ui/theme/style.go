package theme

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"
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
		s.open[g] = in.sgr(on[g])
	}
	return s
}

// sgr gives the sequence for text of this ink on a ground. The color of a ground
// is its background.
func (in ink) sgr(ground ink) string {
	var st ansi.Style
	if in.bold || ground.bold {
		st = st.Bold()
	}
	// A faint text on a reversed row would be hard to read.
	if in.faint && !ground.reversed {
		st = st.Faint()
	}
	if in.underline || ground.underline {
		st = st.Underline(true)
	}
	if in.reversed != ground.reversed {
		st = st.Reverse(true)
	}
	if in.color != "" {
		st = st.ForegroundColor(rgb(in.color))
	}
	if ground.color != "" {
		st = st.BackgroundColor(rgb(ground.color))
	}
	if len(st) == 0 {
		return ""
	}
	return st.String()
}

func rgb(hex string) ansi.Color {
	n, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		panic("theme: not a colour: " + hex) // the palettes are part of the program
	}
	return ansi.RGBColor{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}
}
