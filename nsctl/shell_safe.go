package nsctl

import "strings"

// SafeShellLine joins words to a line that a shell splits into the same words, and that is
// safe to print: what would not survive a terminal is written with the escapes of $'...',
// which bash, zsh, ksh and POSIX of 2024 know.
func SafeShellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = safeShellQuote(w)
	}
	return strings.Join(quoted, " ")
}

func safeShellQuote(word string) string {
	if text := strings.ReplaceAll(word, `\`, ""); Printable(text) == text { // a backslash would be doubled
		return ShellQuote(word)
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(c))
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			// Three octal digits, as \x would take in a hexadecimal digit that follows.
			b.WriteString(`\` + string('0'+c>>6) + string(hex[c>>3&7]) + string(hex[c&7]))
		}
	}
	b.WriteString("'")
	return b.String()
}
