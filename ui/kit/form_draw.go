package kit

import (
	"strings"

	"mntscope/ui/theme"
)

// Area is where the form stands on a screen of w by h cells. It keeps its size when fields
// come and go.
func (f *Form) Area(w, h int) Rect {
	const said = 8 // rows for what there is to say
	width := min(w-4, 92)
	height := min(len(f.Fields)+3+said, h-2)
	f.page.Resize(height - 3 - f.shown())
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

// TextWidth is how wide the lines are that [Form.Draw] takes.
func (f *Form) TextWidth(area Rect) int { return max(area.W-4, 1) }

// Draw draws the form into an area, with the lines that there are to say, and gives the place of
// the text cursor, or -1.
func (f *Form) Draw(th *theme.Theme, area Rect, said []string) (lines []string, x, y int) {
	f.page.SetLen(len(said))
	x, y = -1, -1
	var shown []int
	for i := range f.Fields {
		if !f.Fields[i].Hidden {
			shown = append(shown, i)
		}
	}
	width := area.W - 2
	box := Box{Title: f.Title, Focused: true, Ground: theme.Raised, Scroll: &f.page, ScrollFrom: len(shown) + 1}
	lines = box.Draw(th, area, func(row int) string {
		at := f.page.Top() + row - len(shown) - 1
		switch {
		case row < len(shown):
			line, cursor := f.draw(th, shown[row], width)
			if cursor >= 0 {
				x, y = area.X+1+cursor, area.Y+1+row
			}
			return line
		case row == len(shown):
			return NewLine(th, theme.Raised, width).Add(th.Border, strings.Repeat(th.Glyphs.Top, width)).String()
		case at < len(said):
			blank := NewLine(th, theme.Raised, 1).String()
			return blank + said[at] + blank
		}
		return NewLine(th, theme.Raised, width).String()
	})
	return lines, x, y
}

// draw draws a field, and gives the column of the text cursor, or -1.
func (f *Form) draw(th *theme.Theme, i, width int) (text string, cursor int) {
	field, focused := &f.Fields[i], i == f.at
	ground, mark := theme.Raised, "   "
	if focused {
		ground, mark = theme.RaisedCursor, " "+th.Glyphs.Cursor+" "
	}
	line := NewLine(th, ground, width).Add(th.Accent, mark).Cell(th.Dim, field.Name, fieldFrom-3).To(fieldFrom)
	cursor = -1
	switch {
	case field.text():
		at := field.Input.Draw(line, th.Text)
		if field.Input.Value() == "" {
			line.Add(th.Faint, field.Typing)
		}
		if focused {
			cursor = at
		}
	case field.Switches:
		field.drawSwitches(line, th, focused)
	default:
		field.drawChoice(line, th)
	}
	return line.String(), cursor
}

// drawChoice draws all options with the chosen one in brackets, close together where there is not
// much room, or only that one.
func (f *Field) drawChoice(line *Line, th *theme.Theme) {
	labels := make([]string, len(f.Options))
	wide, narrow := 0, 0
	for i, o := range f.Options {
		labels[i] = o.Label
		if i == f.At {
			labels[i] = "[" + o.Label + "]"
			narrow += 2
		}
		wide += th.Width(o.Label) + len("[]   ")
		narrow += th.Width(o.Label) + len("  ")
	}
	f.ends = f.ends[:0]
	if narrow-len("  ") > line.Left() {
		line.Add(th.Strong, labels[f.At]).Add(th.Dim, "  "+Count(f.At+1)+" of "+Count(len(f.Options)))
		return
	}
	from := line.used
	for i, o := range f.Options {
		style := th.Dim
		switch {
		case i == f.At:
			style = th.Strong
		case o.Why != "":
			style = th.Faint
		}
		gap := "  "
		if wide <= line.width-from {
			gap = "   "
			if i != f.At {
				labels[i] = " " + labels[i] + " "
			}
		}
		line.Add(style, labels[i])
		f.ends = append(f.ends, line.used-from)
		line.Add(th.Text, gap)
	}
}

// drawSwitches draws what is on and what is off; in few words where there is not much room.
func (f *Field) drawSwitches(line *Line, th *theme.Theme, focused bool) {
	need := 0
	for _, o := range f.Options {
		need += th.Width(o.Label) + len("[x]  ")
	}
	on, off := "[x] ", "[ ] "
	if need > line.Left() {
		on, off = "+", "-"
	}
	from := line.used
	f.ends = f.ends[:0]
	for i, o := range f.Options {
		sign, style := off, th.Dim
		if o.On {
			sign, style = on, th.Strong
		}
		if o.Why != "" {
			style = th.Faint
		}
		if focused && i == f.At {
			style = th.Key
			if th.Mono {
				style = th.Match
			}
		}
		line.Add(style, sign+o.Label)
		f.ends = append(f.ends, line.used-from)
		line.Add(th.Text, " ")
	}
}
