package nsctl

import (
	"fmt"
	"strconv"
	"strings"
)

// ansiEscape reads an escape of $'...' behind its backslash.
func (r *shellReader) ansiEscape(rest string) {
	if rest == "" {
		r.escape = true
		return
	}
	c := rest[0]
	if i := strings.IndexByte(`abefnrtvE\'"?`, c); i >= 0 {
		r.word.WriteByte("\a\b\x1b\f\n\r\t\v\x1b\\'\"?"[i])
		r.at++
		return
	}
	skip, base, most := 0, 8, 3
	if c == 'x' {
		skip, base, most = 1, 16, 2
	}
	digits := rest[skip:]
	n := 0
	for n < min(most, len(digits)) && digitOf(digits[n]) < base {
		n++
	}
	if n == 0 {
		r.wrong = fmt.Errorf("the escape %s is unknown", quoted(`\`+rest[:1]))
		return
	}
	code, _ := strconv.ParseUint(digits[:n], base, 16) // digits are all there is
	r.word.WriteByte(byte(code))
	r.at += skip + n
}

// digitOf gives the value of a digit, 99 of anything else.
func digitOf(c byte) int {
	if i := strings.IndexByte("0123456789abcdef", c|0x20); i >= 10 {
		return i
	}
	if c >= '0' && c <= '9' {
		return int(c - '0')
	}
	return 99
}
