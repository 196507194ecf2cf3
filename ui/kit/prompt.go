package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/theme"
)

// Suggestion is a text that a [Prompt] can be filled with.
type Suggestion struct {
	Label string // what it is, fit to be shown
	Fill  string
}

// Prompt is the overlay for a text that is typed: a line, suggestions that fill it, and
// below them what there is to say about the text as it stands.
type Prompt struct {
	Title, Note string
	suggestions []Suggestion
	input       Input
	list, page  List
	edited      bool // the line is not as the suggestion has it
}

// maxCommand is room for a command with two paths of the greatest length, of which every byte
// is escaped.
const maxCommand = 40_000

// NewPrompt makes a prompt that is filled with the first suggestion.
func NewPrompt(title string, suggestions []Suggestion) *Prompt {
	p := &Prompt{Title: title, suggestions: suggestions}
	p.input.Max = maxCommand
	p.list.SetLen(len(suggestions))
	p.fill(0)
	return p
}

// Value is the text.
func (p *Prompt) Value() string { return p.input.Value() }

// Before is the text before the cursor.
func (p *Prompt) Before() string { return p.input.Before() }

// Replace puts text in place of what is before the cursor, from a byte of that on.
func (p *Prompt) Replace(from int, text string) {
	p.input.Replace(from, text)
	p.edited = true
}

func (p *Prompt) fill(i int) {
	p.list.Select(i)
	p.input.Set(p.suggestions[p.list.Cursor()].Fill)
	p.edited = false
	p.page.Select(0)
}

// Key handles a key, and reports whether the text is another one. Enter and escape are
// the caller's.
func (p *Prompt) Key(k tea.KeyPressMsg) (changed bool) {
	switch k.String() {
	case "up", "ctrl+p":
		p.fill(p.list.Cursor() - 1)
	case "down", "ctrl+n":
		p.fill(p.list.Cursor() + 1)
	case "pgup", "ctrl+u":
		p.page.Scroll(-max(p.page.Height()/2, 1))
		return false
	case "pgdown", "ctrl+d":
		p.page.Scroll(max(p.page.Height()/2, 1))
		return false
	default:
		was := p.Value()
		if !p.input.Key(k) || p.Value() == was {
			return false
		}
		p.edited = true
		p.page.Select(0)
	}
	return true
}

// Paste types text.
func (p *Prompt) Paste(text string) {
	p.input.Insert(text)
	p.edited = true
}

// Wheel scrolls what is said about the text.
func (p *Prompt) Wheel(rows int) { p.page.Scroll(rows) }

// Click handles a click at a cell of area, which [Prompt.Area] gave: on a suggestion it
// fills the line, outside it closes.
func (p *Prompt) Click(area Rect, x, y int) (changed, closed bool) {
	row := y - area.Y - suggestionsFrom
	switch {
	case !area.Contains(x, y):
		return false, true
	case row < 0 || row >= p.list.Height() || p.list.Top()+row >= p.list.Len():
		return false, false
	}
	p.fill(p.list.Top() + row)
	return true, false
}

const (
	suggestionsFrom = 2 // border and line
	promptFrame     = 4 // both borders, the line, the rule
)

// Area is where the prompt stands on a screen of w by h cells.
func (p *Prompt) Area(w, h int) Rect {
	width := min(w-4, 110)
	height := min(h-2, max(h*4/5, 18))
	inside := height - promptFrame
	p.list.Resize(min(len(p.suggestions), max(inside*2/5, 3)))
	p.page.Resize(inside - p.list.Height())
	return Rect{(w - width) / 2, max((h-height)/3, 1), width, height}
}

// TextWidth is how wide the lines are that [Prompt.Draw] takes.
func (p *Prompt) TextWidth(area Rect) int { return max(area.W-4, 1) }

// Draw draws the prompt into an area, with the lines that there are to say about the
// text, and gives the place of the text cursor.
func (p *Prompt) Draw(th *theme.Theme, area Rect, said []string) (lines []string, x, y int) {
	p.page.SetLen(len(said))
	box := Box{Title: p.Title, Note: p.Note, Focused: true, Ground: theme.Raised, Scroll: &p.page, ScrollFrom: suggestionsFrom + p.list.Height()}
	width := area.W - 2
	lines = box.Draw(th, area, func(row int) string {
		at := row - suggestionsFrom - p.list.Height()
		switch {
		case row == 0:
			line := NewLine(th, theme.Raised, width).Add(th.Accent, " "+th.Glyphs.Cursor+" ")
			x = p.input.Draw(line, th.Text)
			return line.String()
		case row-1 < p.list.Height():
			return p.suggestion(th, p.list.Top()+row-1, width)
		case at == -1:
			return NewLine(th, theme.Raised, width).Add(th.Border, strings.Repeat(th.Glyphs.Top, width)).String()
		case p.page.Top()+at < len(said):
			blank := NewLine(th, theme.Raised, 1).String()
			return blank + said[p.page.Top()+at] + blank
		}
		return NewLine(th, theme.Raised, width).String()
	})
	return lines, area.X + 1 + x, area.Y + 1
}

func (p *Prompt) suggestion(th *theme.Theme, i, width int) string {
	ground, mark := theme.Raised, "   "
	if i == p.list.Cursor() {
		ground, mark = theme.RaisedCursor, " "+th.Glyphs.Cursor+" "
		if p.edited {
			mark = " ~ "
		}
	}
	return NewLine(th, ground, width).Add(th.Accent, mark).Add(th.Text, p.suggestions[i].Label).String()
}
