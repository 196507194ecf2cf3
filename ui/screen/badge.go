package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/ui/theme"
)

// badge is the glyph and the letter of a propagation type.
func badge(th *theme.Theme, t nsctl.PropagationType) string {
	return th.Glyphs.Propagation[t] + " " + theme.Letter(t)
}

// State is a propagation with its glyph, its letter, and the kernel's notation.
func State(th *theme.Theme, p nsctl.Propagation) string {
	return badge(th, p.Type()) + " " + notation(p)
}

// notation is the kernel's own notation, with the word where that is empty.
func notation(p nsctl.Propagation) string {
	if s := p.String(); s != "" {
		return withNewGroups(s, p)
	}
	return "private"
}

// shortNotation is as much of the notation as there is room for: without
// propagate_from, or only the numbers of the groups.
func shortNotation(p nsctl.Propagation, room int) string {
	if text := notation(p); len(text) <= room {
		return text
	}
	p.PropagateFrom = 0
	if text := notation(p); len(text) <= room {
		return text
	}
	return groupNumbers(p)
}

// groupNumbers are the numbers in the notation: of the group, then of its master.
func groupNumbers(p nsctl.Propagation) string {
	switch p.Type() {
	case nsctl.Shared:
		return groupText(p.Shared)
	case nsctl.SharedSlave:
		return groupText(p.Shared) + " " + groupText(p.Master)
	case nsctl.Slave:
		return groupText(p.Master)
	}
	return ""
}

// shellCommand joins words into a command line for a POSIX shell.
func shellCommand(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellQuote(w)
	}
	return strings.Join(quoted, " ")
}

// shellQuote writes a word so that a shell reads exactly its bytes. What would not
// survive a terminal is written with the escapes of $'...', which bash, zsh, ksh
// and POSIX of 2024 know.
func shellQuote(w string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:@%,", r)
	}
	if w != "" && strings.Trim(w, "=") == w && strings.IndexFunc(w, func(r rune) bool { return !plain(r) && r != '=' }) < 0 {
		return w
	}
	if nsctl.Printable(strings.ReplaceAll(w, `\`, "")) == strings.ReplaceAll(w, `\`, "") {
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(w) {
		switch c := w[i]; {
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
