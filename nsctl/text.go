package nsctl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s in a form that is safe to write to a terminal and shows
// every byte of it: control characters, invisible and bidirectional formatting
// characters, bytes that are not UTF-8, and the backslash itself are written as
// Go escapes (\n, \x1b, \u202e, \\). Everything from the kernel or a file passes
// through here before a person sees it.
func Printable(s string) string {
	i := 0
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7f && s[i] != '\\' {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	afterLetter := i > 0 && unicode.IsLetter(rune(s[i-1]))
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			const hex = "0123456789abcdef"
			b.WriteString(`\x`)
			b.WriteByte(hex[s[i]>>4])
			b.WriteByte(hex[s[i]&0xf])
		case visible(r) && r != '\\', unicode.Is(unicode.M, r) && afterLetter:
			// A combining mark is shown on a letter of the same name only: at the
			// start it would change the character that stands before the name.
			b.WriteRune(r)
			afterLetter = unicode.In(r, unicode.L, unicode.M)
			i += size
			continue
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		afterLetter = false
		i += size
	}
	return b.String()
}

// visible reports whether r shows as a character of its own.
func visible(r rune) bool {
	return r == ' ' || unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) // the Hangul fillers are letters that do not show
}
