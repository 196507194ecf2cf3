package miniroot

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"regexp"
)

// grep has Go's regular expressions, which are those of grep -E in what is commonly used.
func grep(c *call) error {
	var insensitive, invert, quiet, fixed, numbers, count, extended bool
	var pattern string
	err := c.parse(options{
		"-e": &pattern,
		"-i": &insensitive, "-v": &invert, "-q": &quiet, "-F": &fixed, "-n": &numbers, "-c": &count, "-E": &extended,
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
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return usage("%v", err)
	}
	found := 0
	search := func(in *os.File, prefix string) error {
		here := 0
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<24)
		for line := 1; lines.Scan(); line++ {
			if expression.Match(lines.Bytes()) == invert {
				continue
			}
			here++
			if quiet {
				break
			}
			if count {
				continue
			}
			at := prefix
			if numbers {
				at += fmt.Sprint(line, ":")
			}
			if _, err := fmt.Fprintf(c.out, "%s%s\n", at, lines.Bytes()); err != nil {
				return err
			}
		}
		found += here
		if count && !quiet {
			if _, err := fmt.Fprintf(c.out, "%s%d\n", prefix, here); err != nil {
				return err
			}
		}
		return lines.Err()
	}
	files := c.args
	if len(files) == 0 {
		err = search(c.in, "")
	}
	for _, name := range files {
		f, opening := os.Open(name)
		if opening != nil {
			err = errors.Join(err, opening)
			continue
		}
		prefix := ""
		if len(files) > 1 {
			prefix = name + ":"
		}
		err = errors.Join(err, search(f, prefix), f.Close())
	}
	switch {
	case err != nil:
		return usage("%v", err) // grep's status for trouble is 2
	case found == 0:
		return status(1)
	}
	return nil
}
