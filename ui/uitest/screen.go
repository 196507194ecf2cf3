package uitest

import (
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// Cell is one place on the screen: what stands there, its width, and its style.
// The right half of a wide character is a cell of width 0.
type Cell = uv.Cell

// Screen is what the terminal showed at one moment, between two frames.
type Screen struct {
	Cells     [][]Cell // by row, then column
	AltScreen bool     // the alternate screen, which full-screen programs use
	Title     string   // of the window
}

// Line gives the text of a row, without the blanks at its end.
func (s Screen) Line(y int) string {
	return strings.TrimRight(s.row(y), " ")
}

func (s Screen) row(y int) string {
	var b strings.Builder
	for _, cell := range s.Cells[y] {
		b.WriteString(cell.Content)
	}
	return b.String()
}

// Text gives the rows, without the blanks at their ends.
func (s Screen) Text() string {
	lines := make([]string, len(s.Cells))
	for y := range s.Cells {
		lines[y] = s.Line(y)
	}
	return strings.Join(lines, "\n")
}

// Contains reports whether a row contains text.
func (s Screen) Contains(text string) bool {
	_, _, ok := s.Find(text)
	return ok
}

// Find gives the column and row where text first stands.
func (s Screen) Find(text string) (x, y int, ok bool) {
	for y := range s.Cells {
		before, _, ok := strings.Cut(s.row(y), text)
		if !ok {
			continue
		}
		for x, cell := range s.Cells[y] {
			if before == "" && cell.Width > 0 {
				return x, y, true
			}
			before = strings.TrimPrefix(before, cell.Content)
		}
	}
	return 0, 0, false
}

// ANSI writes the screen as text with a reset and an SGR sequence before each
// run of one style, which any program that shows terminal output understands.
func (s Screen) ANSI() string {
	const reset = "\x1b[m"
	var b strings.Builder
	for y, row := range s.Cells {
		if y > 0 {
			b.WriteByte('\n')
		}
		last := uv.Style{}
		for _, cell := range row {
			if cell.Width == 0 {
				continue
			}
			if !cell.Style.Equal(&last) {
				b.WriteString(reset)
				if !cell.Style.IsZero() {
					b.WriteString(cell.Style.String())
				}
				last = cell.Style
			}
			b.WriteString(cell.Content)
		}
		if !last.IsZero() {
			b.WriteString(reset)
		}
	}
	return b.String()
}
