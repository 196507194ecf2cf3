package theme

import "github.com/charmbracelet/x/ansi"

// Width is the number of cells that text takes on this terminal.
func (t *Theme) Width(text string) int {
	for i := range len(text) {
		if text[i] >= 0x80 || text[i] < ' ' {
			return t.Measure.StringWidth(text)
		}
	}
	return len(text)
}

// Cut gives as much of the beginning of text as fits in width cells, and the number
// of cells it takes. Characters that stand on one another stay together.
//
// The library's own truncation goes by grapheme clusters in part, whatever the method.
func (t *Theme) Cut(text string, width int) (head string, cells int) {
	if n := t.Width(text); n <= width {
		return text, n
	}
	at := 0
	for at < len(text) {
		cluster, n := ansi.FirstGraphemeCluster(text[at:], t.Measure)
		if cells+n > width {
			break
		}
		at += len(cluster)
		cells += n
	}
	return text[:at], cells
}

// Fit is Cut with an ellipsis in place of what is cut off, if there is room for one.
func (t *Theme) Fit(text string, width int) (fitted string, cells int) {
	n := t.Width(text)
	tail := len(t.Glyphs.Ellipsis)
	switch {
	case n <= width:
		return text, n
	case width <= tail:
		return t.Cut(text, width)
	}
	head, cells := t.Cut(text, width-tail)
	return head + t.Glyphs.Ellipsis, cells + tail
}

// FitLeft is Fit for a text of which the end says more than the beginning: a path.
func (t *Theme) FitLeft(text string, width int) string {
	left := t.Width(text)
	if left <= width {
		return text
	}
	head := t.Glyphs.Ellipsis
	if width <= len(head) {
		head = ""
	}
	for left > width-len(head) && text != "" {
		cluster, n := ansi.FirstGraphemeCluster(text, t.Measure)
		text = text[len(cluster):]
		left -= n
	}
	return head + text
}
