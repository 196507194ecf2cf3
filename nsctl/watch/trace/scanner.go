package trace

import "bytes"

// scanner takes a text apart from its beginning. What does not fit sets ok to false, and
// takes nothing.
type scanner struct {
	text []byte
	ok   bool
}

func (s *scanner) try(literal string) bool {
	if !s.ok || len(s.text) < len(literal) || string(s.text[:len(literal)]) != literal {
		return false
	}
	s.text = s.text[len(literal):]
	return true
}

func (s *scanner) literal(literal string) { s.ok = s.try(literal) }

func (s *scanner) spaces() { s.text = bytes.TrimLeft(s.text, " ") }

// take gives the bytes at the beginning that belong to a set, at least one.
func (s *scanner) take(in func(c byte) bool) []byte {
	n := 0
	for n < len(s.text) && in(s.text[n]) {
		n++
	}
	taken := s.text[:n]
	s.text = s.text[n:]
	s.ok = s.ok && n > 0
	return taken
}

// word takes everything up to a space.
func (s *scanner) word() []byte { return s.take(func(c byte) bool { return c != ' ' }) }

// name takes a name of the C language.
func (s *scanner) name() []byte {
	return s.take(func(c byte) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	})
}

// number takes a number in base 10 or 16, in which it may begin with 0x.
func (s *scanner) number(base uint64) (value uint64) {
	if base == 16 {
		s.try("0x")
	}
	n := 0
	for ; n < len(s.text); n++ {
		c := s.text[n]
		if c >= '0' && c <= '9' {
			value = value*base + uint64(c-'0')
		} else if c >= 'a' && c <= 'f' && base == 16 {
			value = value*base + uint64(c-'a') + 10
		} else {
			break
		}
	}
	s.text = s.text[n:]
	s.ok = s.ok && n > 0
	return value
}
