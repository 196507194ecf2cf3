package kit

import (
	"strings"

	"mntscope/ui/theme"
)

// Line builds one row of the screen, exactly as wide as asked for. What does not
// fit is cut off. Texts must have gone through nsctl.Printable before.
type Line struct {
	buf         strings.Builder
	theme       *theme.Theme
	ground      theme.Ground
	width, used int
}

// NewLine begins a row on a ground.
func NewLine(th *theme.Theme, ground theme.Ground, width int) *Line {
	l := &Line{theme: th, ground: ground, width: max(width, 0)}
	l.buf.Grow(width * 3)
	return l
}

// Left is how many cells are still free.
func (l *Line) Left() int { return l.width - l.used }

// Add appends text.
func (l *Line) Add(s theme.Style, text string) *Line {
	return l.add(s, text, l.Left())
}

// Cell appends text in a column of its own, cut off or padded to width.
func (l *Line) Cell(s theme.Style, text string, width int) *Line {
	width = min(width, l.Left())
	end := l.used + width
	return l.add(s, text, width).To(end)
}

// Right appends text at the right side of a column of its own.
func (l *Line) Right(s theme.Style, text string, width int) *Line {
	width = min(width, l.Left())
	return l.To(l.used+width-l.theme.Width(text)).Cell(s, text, min(width, l.theme.Width(text)))
}

// To pads up to a column.
func (l *Line) To(column int) *Line {
	if n := min(column, l.width) - l.used; n > 0 {
		l.write(l.theme.Text, strings.Repeat(" ", n))
		l.used += n
	}
	return l
}

// Marked appends text with every occurrence of mark, which is in lower case, made
// to stand out.
func (l *Line) Marked(s theme.Style, text, mark string) *Line {
	for mark != "" && text != "" {
		i := IndexFold(text, mark)
		if i < 0 {
			break
		}
		l.Add(s, text[:i])
		l.Add(l.theme.Match, text[i:i+len(mark)])
		text = text[i+len(mark):]
	}
	return l.Add(s, text)
}

// String pads the line to its width.
func (l *Line) String() string {
	l.To(l.width)
	return l.buf.String()
}

func (l *Line) add(s theme.Style, text string, width int) *Line {
	if text == "" || width <= 0 {
		return l
	}
	text, n := l.theme.Fit(text, width)
	l.write(s, text)
	l.used += n
	return l
}

func (l *Line) write(s theme.Style, text string) {
	open := s.Open(l.ground)
	if open == "" {
		l.buf.WriteString(text)
		return
	}
	l.buf.WriteString(open)
	l.buf.WriteString(text)
	l.buf.WriteString(theme.Reset)
}

// IndexFold is the index of the first occurrence of sub in text, whatever the case
// of ASCII letters in text; sub is in lower case.
func IndexFold(text, sub string) int {
	if sub == "" {
		return 0
	}
	first := sub[0]
	for i := 0; i+len(sub) <= len(text); i++ {
		if lower(text[i]) == first && equalFold(text[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

func equalFold(text, sub string) bool {
	for i := range len(sub) {
		if lower(text[i]) != sub[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
