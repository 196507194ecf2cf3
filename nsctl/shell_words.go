package nsctl

import (
	"errors"
	"strings"
)

// ShellWords splits a line into words as a POSIX shell does: at blanks, with backslash,
// single and double quotes, and the escapes of $'...'. Everything else a shell knows is
// taken as it stands.
func ShellWords(line string) ([]string, error) {
	r := readShell(line)
	switch {
	case r.wrong != nil:
		return nil, r.wrong
	case r.quote != 0:
		return nil, errors.New("a quotation mark is not closed")
	case r.escape:
		return nil, errors.New("nothing follows the backslash at the end")
	}
	if r.inWord {
		r.endWord()
	}
	return r.words, nil
}

// ShellBegun reads a line that is still being typed: the words before the last one, and
// that one, which may be without its closing quotation mark, or empty, and where in the
// line it begins. It is false for a line that no shell would read.
func ShellBegun(line string) (words []string, begun string, from int, ok bool) {
	r := readShell(line)
	if !r.inWord {
		r.from = len(line)
	}
	return r.words, r.word.String(), r.from, r.wrong == nil
}

// shellReader reads a line byte by byte.
type shellReader struct {
	line   string
	at     int
	words  []string
	word   strings.Builder // the one that is being read
	from   int             // where it begins
	inWord bool
	quote  byte // the quotation mark that is open
	ansi   bool // it is that of $'...'
	escape bool // the line ends with a backslash
	wrong  error
}

func readShell(line string) *shellReader {
	r := &shellReader{line: line}
	for r.at < len(line) && r.wrong == nil {
		r.next()
	}
	return r
}

// next reads what stands at r.at.
func (r *shellReader) next() {
	c := r.line[r.at]
	rest := r.line[r.at+1:]
	r.at++
	escapes := c == '\\' && (r.quote == 0 || r.quote == '"' && rest != "" && strings.IndexByte("\\\"$`\n", rest[0]) >= 0)
	switch {
	case escapes && rest == "":
		r.begin(1)
		r.escape = true
	case escapes && rest[0] == '\n': // the line goes on
		r.at++
	case escapes:
		r.begin(1)
		r.word.WriteByte(rest[0])
		r.at++
	case r.ansi && c == '\\':
		r.ansiEscape(rest)
	case r.quote != 0 && c == r.quote:
		r.quote, r.ansi = 0, false
	case r.quote != 0:
		r.word.WriteByte(c)
	case c == '\'' || c == '"':
		r.begin(1)
		r.quote = c
	case c == '$' && strings.HasPrefix(rest, "'"):
		r.begin(1)
		r.quote, r.ansi = '\'', true
		r.at++
	case c == ' ' || c == '\t' || c == '\n':
		if r.inWord {
			r.endWord()
		}
	default:
		r.begin(1)
		r.word.WriteByte(c)
	}
}

// begin begins a word, if there is none, with the bytes that were read last.
func (r *shellReader) begin(bytes int) {
	if !r.inWord {
		r.inWord, r.from = true, r.at-bytes
	}
}

func (r *shellReader) endWord() {
	r.words = append(r.words, r.word.String())
	r.word.Reset()
	r.inWord = false
}
