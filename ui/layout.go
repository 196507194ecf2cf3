package ui

import "mntscope/ui/kit"

// The smallest terminal that the explorer can be used in.
const (
	minWidth  = 60
	minHeight = 20
)

// layout is where things are. It is worked out once for each size of the terminal.
type layout struct {
	w, h     int
	tooSmall bool
	body     kit.Rect // between header and footer
}

const (
	headerRows = 2
	footerRows = 1
)

// narrow asks for short words in the header.
func (l layout) narrow() bool { return l.w < 80 }

func newLayout(w, h int) layout {
	return layout{
		w: w, h: h,
		tooSmall: w < minWidth || h < minHeight,
		body:     kit.Rect{Y: headerRows, W: w, H: h - headerRows - footerRows},
	}
}
