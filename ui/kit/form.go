package kit

import (
	"slices"

	tea "charm.land/bubbletea/v2"
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
