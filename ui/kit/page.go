package kit

import (
	"strings"

	"mntscope/ui/theme"
)

// Span is text of one style.
type Span struct {
	Style theme.Style
	Text  string
}

// Page builds the text of a detail pane: headings, named fields and paragraphs,
// wrapped to its width.
type Page struct {
	Theme  *theme.Theme
	Ground theme.Ground
	Width  int
	Lines  []string
}

// nameWidth is the width of the names in front of fields.
const nameWidth = 12

// Heading begins a section.
func (p *Page) Heading(text string) {
	if len(p.Lines) > 0 {
		p.Gap()
	}
	p.Lines = append(p.Lines, NewLine(p.Theme, p.Ground, p.Width).Add(p.Theme.Title, text).String())
}

// Gap is an empty line.
func (p *Page) Gap() { p.Lines = append(p.Lines, NewLine(p.Theme, p.Ground, p.Width).String()) }

// Field is a name and, beside it, what there is to say.
func (p *Page) Field(name string, value ...Span) {
	p.wrap(0, nameWidth, Span{p.Theme.Dim, name}, value)
}

// Text is a paragraph, all of its lines indented.
func (p *Page) Text(indent int, value ...Span) { p.wrap(0, indent, Span{}, value) }

// Item is a paragraph with a sign in front of its first line.
func (p *Page) Item(indent int, sign Span, value ...Span) {
	p.wrap(indent, indent+p.Theme.Width(sign.Text)+1, sign, value)
}

// wrap breaks lines between words, and a word that is too long for a line after a
// comma, or else anywhere.
func (p *Page) wrap(from, indent int, name Span, spans []Span) {
	indent = min(indent, p.Width/2)
	line := NewLine(p.Theme, p.Ground, p.Width).To(from).Cell(name.Style, name.Text, max(indent-from, 0)).To(indent)
	next := func() {
		p.Lines = append(p.Lines, line.String())
		line = NewLine(p.Theme, p.Ground, p.Width).To(indent)
	}
	for _, span := range spans {
		for word := range strings.SplitAfterSeq(span.Text, " ") {
			bare := strings.TrimSuffix(word, " ")
			if p.Theme.Width(bare) > line.Left() && line.used > indent {
				next()
			}
			for p.Theme.Width(bare) > line.Left() {
				head, _ := p.Theme.Cut(bare, line.Left())
				if head == "" { // not even one character fits
					break
				}
				if comma := strings.LastIndexByte(head, ','); comma >= 0 {
					head = head[:comma+1]
				}
				line.Add(span.Style, head)
				bare, word = bare[len(head):], word[len(head):]
				next()
			}
			if p.Theme.Width(word) > line.Left() {
				word = bare
			}
			line.Add(span.Style, word)
		}
	}
	p.Lines = append(p.Lines, line.String())
}
