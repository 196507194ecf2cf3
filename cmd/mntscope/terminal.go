package main

import (
	"os"
	"strings"

	"github.com/charmbracelet/x/term"
)

// screen is what is known of the place the output goes to.
type screen struct {
	width  int  // in columns; 0 for no limit, as in a pipe or a file
	styled bool // whether bold and dim may be used
	ascii  bool // whether lines are drawn with ASCII characters
}

// outputScreen describes standard output. Colour is not used in the output of the
// reading commands, bold and dim only on a terminal that has not asked for plain text.
func outputScreen() screen {
	terminal := os.Getenv("TERM")
	s := screen{ascii: !utf8Locale(os.Getenv)}
	if !term.IsTerminal(os.Stdout.Fd()) {
		return s
	}
	if width, _, err := term.GetSize(os.Stdout.Fd()); err == nil {
		s.width = width
	}
	s.ascii = s.ascii || terminal == "linux"
	s.styled = os.Getenv("NO_COLOR") == "" && terminal != "" && terminal != "dumb"
	return s
}

// utf8Locale reports whether the locale's characters are UTF-8 (locale(7)): the
// first of the three variables that is set decides. Without any of them the terminal
// is more likely than not one of today, in a container or behind ssh.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return true
}
