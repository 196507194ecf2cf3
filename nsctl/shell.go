package nsctl

import "strings"

// ShellLine joins words to a line that a POSIX shell splits into the same words.
func ShellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = ShellQuote(w)
	}
	return strings.Join(quoted, " ")
}

// ShellQuote writes a word so that a POSIX shell takes it as it is.
func ShellQuote(word string) string {
	plain := word != "" && word[0] != '=' // zsh takes =ls for the path of ls
	for i := 0; i < len(word) && plain; i++ {
		c := word[i]
		plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/._-:,=+@%", c) >= 0
	}
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
