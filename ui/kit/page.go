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
	p.wrap(nameWidth, name, value)
}

// Text is a paragraph, all of its lines indented.
func (p *Page) Text(indent int, value ...Span) { p.wrap(indent, "", value) }

// wrap breaks lines between words, and a word that is too long for a line after a
// comma, or else anywhere.
func (p *Page) wrap(indent int, name string, spans []Span) {
	indent = min(indent, p.Width/2)
	line := NewLine(p.Theme, p.Ground, p.Width).Cell(p.Theme.Dim, name, indent).To(indent)
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
