package kit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/kit"
)

func named(name string) tea.KeyPressMsg {
	special := map[string]rune{"up": tea.KeyUp, "down": tea.KeyDown, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "backspace": tea.KeyBackspace, "left": tea.KeyLeft, "home": tea.KeyHome, "end": tea.KeyEnd, "esc": tea.KeyEscape}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("%-52s", fmt.Sprintf("line %d", i))
	}
	return lines
}

func TestPrompt(t *testing.T) {
	p := kit.NewPrompt("Ask", []kit.Suggestion{{"one", "first "}, {"two", "second"}, {"three", strings.Repeat("x", 9000)}})
	for _, step := range []struct {
		key     string
		value   string
		changed bool
	}{
		{"left", "first ", false}, // only the cursor moves
		{"down", "second", true},
		{"x", "secondx", true},
		{"pgdown", "secondx", false},
		{"backspace", "second", true},
		{"home", "second", false},
		{"x", "xsecond", true},
		{"end", "xsecond", false},
		{"y", "xsecondy", true},
		{"up", "first ", true},
		{"up", "first ", true},
		{"down", "second", true},
		{"down", strings.Repeat("x", 9000), true}, // a long path is not cut off
	} {
		if got := p.Key(named(step.key)); got != step.changed {
			t.Errorf("after %s the text counts as changed: %v", step.key, got)
		}
		if p.Value() != step.value {
			t.Errorf("after %s the text is %.20q", step.key, p.Value())
		}
	}
	if p.Key(named("esc")) {
		t.Error("a key that edits nothing changed the text")
	}
}

func TestPromptIsDrawnAndClicked(t *testing.T) {
	p := kit.NewPrompt("Ask", []kit.Suggestion{{"one", "first"}, {"two", "second"}, {"three", "third"}, {"four", "fourth"}, {"five", "fifth"}, {"six", "sixth"}})
	said := numbered(100)
	area := p.Area(60, 20)
	lines, x, y := p.Draw(dark, area, said)
	if len(lines) != area.H || !area.Contains(x, y) {
		t.Errorf("%d lines in %v, cursor at %d %d", len(lines), area, x, y)
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w != area.W {
			t.Errorf("a line of %d cells in %v: %q", w, area, line)
		}
	}
	text := func() string {
		lines, _, _ := p.Draw(dark, area, said)
		return ansi.Strip(strings.Join(lines, "\n"))
	}
	if changed, closed := p.Click(area, area.X+3, area.Y+3); !changed || closed || p.Value() != "second" {
		t.Errorf("a click on the second suggestion gives %q", p.Value())
	}
	if changed, closed := p.Click(area, area.X+3, area.Y+1); changed || closed {
		t.Error("a click on the line does something")
	}
	if _, closed := p.Click(area, 0, 0); !closed {
		t.Error("a click outside does not close")
	}
	p.Wheel(50)
	if s := text(); !strings.Contains(s, "line 50 ") || strings.Contains(s, "line 0 ") {
		t.Errorf("the wheel did not scroll:\n%s", s)
	}
	p.Key(named("up")) // another text, from its beginning
	if s := text(); !strings.Contains(s, "line 0 ") {
		t.Errorf("another text is not shown from its beginning:\n%s", s)
	}
	p.Paste(" and more")
	if p.Value() != "first and more" {
		t.Errorf("pasted: %q", p.Value())
	}
	p.Key(named("left"))
	if p.Replace(len("first "), "or "); p.Value() != "first or e" || p.Before() != "first or " {
		t.Errorf("after a completion: %q, of which %q is before the cursor", p.Value(), p.Before())
	}
}

func TestSheet(t *testing.T) {
	s := kit.Sheet{Title: "Text"}
	said := numbered(100)
	area := s.Area(60, 20, len(said))
	first := func() string {
		return strings.Fields(ansi.Strip(s.Draw(dark, area, said)[1]))[2]
	}
	for _, step := range []struct{ key, first string }{
		{"j", "1"}, {"k", "0"}, {"pgdown", "8"}, {"G", "84"}, {"j", "84"}, {"g", "0"}, {"x", "0"},
	} {
		if s.Key(named(step.key)) {
			t.Errorf("%s closes", step.key)
		}
		if got := first(); got != step.first {
			t.Errorf("after %s the first line is %s, want %s", step.key, got, step.first)
		}
	}
	if !s.Key(named("esc")) || !s.Key(named("q")) {
		t.Error("esc does not close")
	}
	small := s.Area(60, 20, 3)
	if lines := s.Draw(dark, small, said[:3]); len(lines) != 5 || slices.ContainsFunc(lines, func(l string) bool { return ansi.StringWidth(l) != small.W }) {
		t.Errorf("a short text is not drawn exactly: %q", lines)
	}
}
