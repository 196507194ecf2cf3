package nsctl

import (
	"errors"
	"strings"
)

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

// ShellWords splits a line into words as a POSIX shell does: at blanks, with backslash,
// single and double quotes. Everything else a shell knows is taken as it stands.
func ShellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		escapes := c == '\\' && (quote == 0 || quote == '"' && i+1 < len(line) && strings.IndexByte("\\\"$`\n", line[i+1]) >= 0)
		switch {
		case escapes && i+1 == len(line):
			return nil, errors.New("nothing follows the backslash at the end")
		case escapes && line[i+1] == '\n': // the line goes on
			i++
		case escapes:
			i++
			word.WriteByte(line[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quotation mark is not closed")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
