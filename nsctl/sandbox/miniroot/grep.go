package miniroot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
)

// grep has Go's regular expressions, which are those of grep -E in what is commonly used.
func grep(c *call) error {
	var g search
	var insensitive, fixed, extended bool
	var pattern string
	err := c.parse(options{
		"-e": &pattern,
		"-i": &insensitive, "-v": &g.invert, "-q": &g.quiet, "-F": &fixed, "-n": &g.numbers, "-c": &g.count, "-E": &extended,
	}, false)
	if err == nil && pattern == "" {
		if err = c.operands(1, -1, "grep [-icnqvEF] PATTERN [FILE]..."); err == nil {
			pattern, c.args = c.args[0], c.args[1:]
		}
	}
	if err != nil {
		return err
	}
	if fixed {
		pattern = regexp.QuoteMeta(pattern)
	}
	if insensitive {
		pattern = "(?i)" + pattern
	}
	if g.expression, err = regexp.Compile(pattern); err != nil {
		return usage("%v", err)
	}
	g.out = c.out
	if len(c.args) == 0 {
		err = g.file(c.in, "")
	}
	for _, name := range c.args {
		prefix := ""
		if len(c.args) > 1 {
			prefix = name + ":"
		}
		f, opening := os.Open(name)
		if opening != nil {
			err = errors.Join(err, opening)
			continue
		}
		err = errors.Join(err, g.file(f, prefix), f.Close())
	}
	switch {
	case err != nil:
		return usage("%v", err) // grep's status for trouble is 2
	case g.found == 0:
		return status(1)
	}
	return nil
}

type search struct {
	invert, quiet, numbers, count bool
	expression                    *regexp.Regexp
	out                           io.Writer
	found                         int
}

// file searches one file, and writes the lines with something before them.
func (g *search) file(in io.Reader, prefix string) error {
	found := 0
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24)
	for line := 1; lines.Scan(); line++ {
		if g.expression.Match(lines.Bytes()) == g.invert {
			continue
		}
		found++
		if g.quiet {
			break
		}
		if g.count {
			continue
		}
		at := prefix
		if g.numbers {
			at += fmt.Sprint(line, ":")
		}
		if _, err := fmt.Fprintf(g.out, "%s%s\n", at, lines.Bytes()); err != nil {
			return err
		}
	}
	g.found += found
	if g.count && !g.quiet {
		if _, err := fmt.Fprintf(g.out, "%s%d\n", prefix, found); err != nil {
			return err
		}
	}
	return lines.Err()
}
