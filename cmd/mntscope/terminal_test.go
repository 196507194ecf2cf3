package main

import (
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

// onTerminal runs the program on a terminal and gives its exit status and what is
// on the screen at the end.
func onTerminal(t *testing.T, cols int, env []string, args ...string) (int, uitest.Screen) {
	t.Helper()
	cmd := program(t, args...)
	return uitest.Start(t, cmd, cols, 24, append(env, beProgram+"=1", quickRace)...).WaitForExit()
}

func TestOutputFitsTheTerminal(t *testing.T) {
	path := saved(t, host())
	for _, args := range [][]string{{"ns"}, {"mounts"}, {"mounts", "web"}, {"peers"}} {
		rows := strings.Count(mntscope(t, append(args, "--snapshot", path)...).out, "\n")
		for _, cols := range []int{30, 60, 120} {
			status, screen := onTerminal(t, cols, []string{"NO_COLOR=1"}, append(args, "--snapshot", path)...)
			if status != exitDone {
				t.Errorf("%v: exit status %d", args, status)
			}
			// Nothing wrapped: the line after the last row is what is on standard error, or empty.
			if after := screen.Line(rows); after != "" && !strings.HasPrefix(after, "mntscope: ") {
				t.Errorf("%v at %d columns: line %d is %q\n%s", args, cols, rows, after, screen.Text())
			}
		}
	}
}

func TestStyleOnTheTerminal(t *testing.T) {
	path := saved(t, host())
	for _, tc := range []struct {
		name   string
		env    []string
		styled bool
	}{
		{"plain", nil, true},
		{"NO_COLOR=1", []string{"NO_COLOR=1"}, false},
		{"NO_COLOR=yes", []string{"NO_COLOR=yes"}, false},
		{"NO_COLOR=0", []string{"NO_COLOR=0"}, false},
		{"empty NO_COLOR", []string{"NO_COLOR="}, true},
		{"dumb terminal", []string{"TERM=dumb"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, screen := onTerminal(t, 100, tc.env, "mounts", "--snapshot", path)
			if styled := strings.Contains(screen.ANSI(), "\x1b[1m") && strings.Contains(screen.ANSI(), "\x1b[2m"); styled != tc.styled {
				t.Errorf("bold and dim: %v, want %v\n%q", styled, tc.styled, screen.ANSI())
			}
		})
	}
}

func TestHelpWithoutColour(t *testing.T) {
	_, plain := onTerminal(t, 80, []string{"NO_COLOR=yes"}, "ns", "--help")
	if text := plain.ANSI(); strings.Contains(text, "38;2") || strings.Contains(text, "48;2") {
		t.Errorf("colour in spite of NO_COLOR: %q", text)
	}
	if _, coloured := onTerminal(t, 80, nil, "ns", "--help"); !strings.Contains(coloured.ANSI(), "38;2") {
		t.Errorf("no colour on a colour terminal: %q", coloured.ANSI())
	}
}

func TestASCIIWhereTheLocaleHasNothingElse(t *testing.T) {
	path := saved(t, host())
	for _, env := range []string{"LC_ALL=C", "TERM=linux"} {
		_, screen := onTerminal(t, 80, []string{env}, "mounts", "--snapshot", path)
		if text := screen.Text(); !strings.Contains(text, "|-/proc") || strings.ContainsAny(text, "├…") {
			t.Errorf("%s:\n%s", env, text)
		}
	}
}

func TestErrorOnTheTerminalIsOneLine(t *testing.T) {
	for _, args := range [][]string{{"ns", "--bogus"}, {"bogus"}, {"ns", "--snapshot", "/nonexistent"}} {
		_, screen := onTerminal(t, 120, nil, args...)
		if !strings.HasPrefix(screen.Line(0), "mntscope: ") || screen.Line(1) != "" {
			t.Errorf("%v:\n%s", args, screen.Text())
		}
	}
}

func TestUTF8Locale(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"none", nil, true},
		{"LANG", map[string]string{"LANG": "en_US.UTF-8"}, true},
		{"another spelling", map[string]string{"LANG": "C.utf8"}, true},
		{"with a modifier", map[string]string{"LANG": "ca_ES.UTF-8@valencia"}, true},
		{"LC_ALL before LANG", map[string]string{"LC_ALL": "C", "LANG": "en_US.UTF-8"}, false},
		{"LC_CTYPE before LANG", map[string]string{"LC_CTYPE": "C.UTF-8", "LANG": "C"}, true},
		{"empty means not set", map[string]string{"LC_ALL": "", "LANG": "C.UTF-8"}, true},
		{"another character set", map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := utf8Locale(func(name string) string { return tc.env[name] }); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
