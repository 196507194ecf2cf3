package kit

import (
	"cmp"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/ui/theme"
)

// Input is a line of text that is being typed.
type Input struct {
	Max    int // the most characters; 0 stands for maxInput
	text   []rune
	cursor int
}

// maxInput bounds what is pasted.
const maxInput = 400

// Value is what was typed so far.
func (in *Input) Value() string { return string(in.text) }

// Set replaces the text and puts the cursor behind it.
func (in *Input) Set(s string) {
	in.text, in.cursor = nil, 0
	in.Insert(s)
}

// Insert puts text at the cursor, without what cannot be typed.
func (in *Input) Insert(s string) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	add := []rune(s)
	add = add[:min(len(add), max(cmp.Or(in.Max, maxInput)-len(in.text), 0))]
	rest := append(add, in.text[in.cursor:]...)
	in.text = append(in.text[:in.cursor:in.cursor], rest...)
	in.cursor += len(add)
}

// Before is the text before the cursor.
func (in *Input) Before() string { return string(in.text[:in.cursor]) }

// Replace puts text in place of what is before the cursor, from a byte of that on.
func (in *Input) Replace(from int, text string) {
	kept := []rune(in.Before()[:from])
	in.text, in.cursor = append(kept, in.text[in.cursor:]...), len(kept)
	in.Insert(text)
}

// Key edits the text and reports whether the key was one that edits.
func (in *Input) Key(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "backspace", "ctrl+h":
		in.delete(in.cursor - 1)
	case "delete":
		in.delete(in.cursor)
	case "left":
		in.cursor = max(in.cursor-1, 0)
	case "right":
		in.cursor = min(in.cursor+1, len(in.text))
	case "ctrl+a", "home":
		in.cursor = 0
	case "ctrl+e", "end":
		in.cursor = len(in.text)
	case "ctrl+u":
		in.text, in.cursor = append([]rune(nil), in.text[in.cursor:]...), 0
	case "ctrl+k":
		in.text = in.text[:in.cursor]
	case "ctrl+w":
		start := len([]rune(strings.TrimRightFunc(string(in.text[:in.cursor]), unicode.IsSpace)))
		for start > 0 && !unicode.IsSpace(in.text[start-1]) {
			start--
		}
		in.text = append(in.text[:start], in.text[in.cursor:]...)
		in.cursor = start
	default:
		if k.Text == "" || k.Mod&^tea.ModShift != 0 {
			return false
		}
		in.Insert(k.Text)
	}
	return true
}

func (in *Input) delete(at int) {
	if at >= 0 && at < len(in.text) {
		in.text = append(in.text[:at], in.text[at+1:]...)
		in.cursor = at
	}
}

// Draw appends the text to a line and gives the column of the cursor.
func (in *Input) Draw(l *Line, s theme.Style) (cursor int) {
	before := Typed(string(in.text[:in.cursor]))
	before = l.theme.FitLeft(before, max(l.Left()-1, 0))
	l.Add(s, before)
	cursor = l.used
	l.Add(s, Typed(string(in.text[in.cursor:])))
	return cursor
}

// Typed makes what was typed fit to be shown: a backslash as it is, and what was
// pasted and cannot be shown escaped.
func Typed(text string) string {
	parts := strings.Split(text, `\`)
	for i := range parts {
		parts[i] = nsctl.Printable(parts[i])
	}
	return strings.Join(parts, `\`)
}
