package main

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// table prints rows in aligned columns. Its cells are printable already.
type table struct {
	columns []column
	rows    []row
}

type column struct {
	title string
	right bool // numbers stand at the right
	// shrinks says that the column may be cut short where a terminal is too
	// narrow for all of them.
	shrinks bool
	yields  bool // it is cut short before any that only shrinks
}

type row struct {
	// cells may be fewer than the columns: the last of them then runs on over the
	// columns that are missing.
	cells []string
	dim   bool // stands back behind the others
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, row{cells: cells}) }

const (
	columnGap = "  "
	// minShrunk is the width that a shrinking column keeps.
	minShrunk = 8
	// maxPadded bounds how far a column is padded outside a terminal: one mount
	// point of 4,000 bytes must not blow every line up to that length.
	maxPadded = 100
)

// write prints the table. On a terminal no line is wider than the screen;
// elsewhere nothing is cut.
func (t *table) write(w io.Writer, s screen) error {
	widths := t.widths(s.width)
	out := bufio.NewWriterSize(w, 1<<16)
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	t.writeRow(out, titles, widths, s, "\x1b[1m")
	for _, r := range t.rows {
		style := ""
		if r.dim {
			style = "\x1b[2m"
		}
		t.writeRow(out, r.cells, widths, s, style)
	}
	return out.Flush() // reports the first error of any write above
}

func (t *table) writeRow(out *bufio.Writer, cells []string, widths []int, s screen, style string) {
	line := make([]byte, 0, 256)
	for i, cell := range cells {
		if i > 0 {
			line = append(line, columnGap...)
		}
		if i == len(cells)-1 && len(cells) < len(widths) {
			line = append(line, cell...)
			break
		}
		width := cellWidth(cell)
		if s.width > 0 && width > widths[i] {
			cell = ansi.Truncate(cell, widths[i], ellipsis(s))
			width = cellWidth(cell)
		}
		padding := strings.Repeat(" ", max(0, widths[i]-width))
		if t.columns[i].right {
			line = append(append(line, padding...), cell...)
		} else {
			line = append(append(line, cell...), padding...)
		}
	}
	text := strings.TrimRight(string(line), " ")
	if s.width > 0 {
		text = ansi.Truncate(text, s.width, ellipsis(s))
	}
	if s.styled && style != "" {
		text = style + text + "\x1b[m"
	}
	out.WriteString(text)
	out.WriteByte('\n')
}

// cellWidth is how many columns a cell takes. Nearly all are ASCII, some with the
// lines of a tree before it (U+2500 to U+257F), for which the library's way through
// Unicode's tables would be twenty times as long.
func cellWidth(cell string) int {
	width := 0
	for i := 0; i < len(cell); width++ {
		switch {
		case cell[i] < utf8.RuneSelf:
			i++
		case cell[i] == 0xe2 && len(cell)-i >= 3 && (cell[i+1] == 0x94 || cell[i+1] == 0x95):
			i += 3
		default:
			return ansi.StringWidth(cell)
		}
	}
	return width
}

func ellipsis(s screen) string {
	if s.ascii {
		return "~"
	}
	return "…"
}

// width is how wide the table is where nothing is cut.
func (t *table) width() int {
	width := 0
	for i, w := range t.widths(0) {
		if width += w; i > 0 {
			width += len(columnGap)
		}
	}
	return width
}

// widths gives each column the width of its widest cell, and where limit is set,
// takes from the widest yielding column, and then from the widest shrinking one, until the
// line fits.
func (t *table) widths(limit int) []int {
	most := maxPadded
	if limit > 0 {
		most = limit
	}
	widths := make([]int, len(t.columns))
	total := len(columnGap) * (len(widths) - 1)
	for i, c := range t.columns {
		widths[i] = cellWidth(c.title)
		for _, r := range t.rows {
			if i >= len(r.cells) || i == len(r.cells)-1 && i < len(t.columns)-1 {
				continue
			}
			widths[i] = min(max(widths[i], cellWidth(r.cells[i])), most)
		}
		total += widths[i]
	}
	widestOf := func(may func(column) bool) int {
		widest := -1
		for i, c := range t.columns {
			if may(c) && widths[i] > minShrunk && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		return widest
	}
	for limit > 0 && total > limit {
		widest := widestOf(func(c column) bool { return c.yields })
		if widest < 0 {
			widest = widestOf(func(c column) bool { return c.shrinks })
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}
