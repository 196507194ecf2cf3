package kit

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Option is one of those that a [Field] lets choose from, or switch on and off. Its texts must
// have gone through nsctl.Printable.
type Option struct {
	Label string
	Help  string // what it means
	On    bool   // of those that are switched
	// Why is the reason why it cannot be chosen, or switched; empty if it can.
	Why string
}

// Field is a line of a [Form]: a text if it has no options, one of them to choose, or with
// Switches any of them to switch on.
type Field struct {
	Name     string
	Help     string // what it is for
	Options  []Option
	Switches bool
	At       int    // the option that is chosen, or that the next key switches
	Typing   string // what an empty text stands for
	Input    Input
	Hidden   bool

	ends []int // where each option ended when it was drawn last, counted from the first
}

func (f *Field) text() bool { return len(f.Options) == 0 }

// Says is what there is to say about the field as it stands.
func (f *Field) Says() string {
	if f.text() {
		return f.Help
	}
	o := &f.Options[f.At]
	text := f.Help
	if o.Help != "" {
		text = o.Label + ": " + o.Help
	}
	if o.Why != "" {
		text = o.Label + ": " + o.Why
	}
	return text
}

// Form is the overlay for something that is made of several answers. Below its fields stands
// what there is to say.
type Form struct {
	Title  string
	Fields []Field
	at     int
	page   List
}

// Focus is the field that has the keys.
func (f *Form) Focus() *Field { return &f.Fields[f.at] }

// Key handles a key, and reports whether an answer is another one. Enter and escape are the
// caller's.
func (f *Form) Key(k tea.KeyPressMsg) (changed bool) {
	field := f.Focus()
	switch name := k.String(); {
	case name == "up", name == "shift+tab", name == "ctrl+p":
		f.move(-1)
	case name == "down", name == "tab", name == "ctrl+n":
		f.move(1)
	case name == "pgup":
		f.page.Scroll(-max(f.page.Height()/2, 1))
	case name == "pgdown":
		f.page.Scroll(max(f.page.Height()/2, 1))
	case field.text():
		was := field.Input.Value()
		return field.Input.Key(k) && field.Input.Value() != was
	case name == "left", name == "h":
		return field.turn(-1)
	case name == "right", name == "l":
		return field.turn(1)
	case name == "space":
		return field.toggle()
	}
	return false
}

// move gives the keys to the next field that is shown.
func (f *Form) move(step int) {
	for range f.Fields {
		f.at = (f.at + step + len(f.Fields)) % len(f.Fields)
		if !f.Focus().Hidden {
			break
		}
	}
	f.page.Select(0)
}

// turn goes to the next option. One that cannot be chosen is passed over.
func (f *Field) turn(step int) bool {
	for range f.Options {
		f.At = (f.At + step + len(f.Options)) % len(f.Options)
		if f.Switches {
			return false
		}
		if f.Options[f.At].Why == "" {
			break
		}
	}
	return true
}

func (f *Field) toggle() bool {
	if !f.Switches {
		return f.turn(1)
	}
	if o := &f.Options[f.At]; o.Why == "" {
		o.On = !o.On
		return true
	}
	return false
}

// Paste types text where text can be typed.
func (f *Form) Paste(text string) (changed bool) {
	if !f.Focus().text() {
		return false
	}
	f.Focus().Input.Insert(text)
	return true
}

// Wheel scrolls what is said.
func (f *Form) Wheel(rows int) { f.page.Scroll(rows) }

// Click handles a click at a cell of area, which [Form.Area] gave: on a field it gives that the
// keys, a second time it goes to its next option; outside it closes.
func (f *Form) Click(area Rect, x, y int) (changed, closed bool) {
	if !area.Contains(x, y) {
		return false, true
	}
	row := y - area.Y - 1
	for i := range f.Fields {
		if f.Fields[i].Hidden {
			continue
		}
		if row == 0 {
			again := f.at == i
			f.at = i
			return again && !f.Focus().text() && f.clickOption(x-area.X-1-fieldFrom), false
		}
		row--
	}
	return false, false
}

// clickOption chooses or switches the option at a column.
func (f *Form) clickOption(column int) bool {
	field := f.Focus()
	i := slices.IndexFunc(field.ends, func(end int) bool { return column < end })
	if column < 0 || i < 0 || field.Options[i].Why != "" {
		return false
	}
	field.At = i
	return !field.Switches || field.toggle()
}

// fieldFrom is where the answers begin: behind a mark, and room for the name.
const fieldFrom = 16

func (f *Form) shown() int {
	n := 0
	for i := range f.Fields {
		if !f.Fields[i].Hidden {
			n++
		}
	}
	return n
}

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
