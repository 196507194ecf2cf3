package kit_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/kit"
)

func TestChooser(t *testing.T) {
	fresh := func() *kit.Chooser {
		c := kit.NewChooser("T", "type", []kit.Choice{{Label: "Alpha"}, {Label: "Beta", Note: "x-ray"}, {Label: "Gamma", Why: "it is shut"}, {Label: "Delta", Detail: "more"}}, 1)
		c.Area(60, 30)
		return c
	}
	for _, tc := range []struct {
		name     string
		keys     []string
		outcome  kit.Outcome
		selected int
	}{
		{"begins where it is told to", nil, kit.Open, 1},
		{"enter chooses", []string{"enter"}, kit.Chosen, 1},
		{"arrows move", []string{"down", "down", "enter"}, kit.Chosen, 3},
		{"an arrow alone chooses nothing", []string{"down"}, kit.Open, 2},
		{"what cannot be done is not chosen", []string{"down", "enter"}, kit.Open, 2},
		{"typing narrows", []string{"d", "e", "l", "enter"}, kit.Chosen, 3},
		{"notes are searched", []string{"R", "a", "y", "enter"}, kit.Chosen, 1},
		{"esc takes the filter away first", []string{"d", "e", "esc"}, kit.Open, 0},
		{"then it closes", []string{"d", "e", "esc", "esc"}, kit.Closed, 0},
		{"backspace widens", []string{"d", "q", "backspace", "enter"}, kit.Chosen, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := fresh()
			out := press(c, tc.keys...)
			if i, ok := c.Selected(); out != tc.outcome || i != tc.selected || !ok {
				t.Errorf("outcome %d selected %d, want %d and %d", out, i, tc.outcome, tc.selected)
			}
		})
	}
	c := fresh()
	press(c, "z", "z")
	if _, ok := c.Selected(); ok || press(c, "enter") != kit.Open {
		t.Error("something was chosen out of nothing")
	}
}

func TestChooserDrawsWhole(t *testing.T) {
	choices := make([]kit.Choice, 500)
	for i := range choices {
		choices[i] = kit.Choice{Label: strings.Repeat("long name ", 20), Note: strings.Repeat("note", 40), Detail: strings.Repeat("detail ", 30)}
	}
	for _, size := range [][2]int{{60, 20}, {80, 24}, {200, 60}} {
		c := kit.NewChooser(strings.Repeat("Title", 50), "type", choices, 499)
		area := c.Area(size[0], size[1])
		lines, x, y := c.Draw(dark, area)
		if len(lines) != area.H || area.Y+area.H > size[1] || !area.Contains(x, y) {
			t.Errorf("%v: %d lines for %+v, cursor at %d,%d", size, len(lines), area, x, y)
		}
		for _, l := range lines {
			if dark.Measure.StringWidth(l) != area.W {
				t.Errorf("%v: a line of %d cells in an area of %d: %q", size, dark.Measure.StringWidth(l), area.W, l)
			}
		}
	}
}

// What is cut short in the list can be read below it.
func TestChooserTellsWhatItCuts(t *testing.T) {
	c := kit.NewChooser("T", "type", []kit.Choice{{Label: strings.Repeat("word ", 10) + "end", Note: "k"}, {Label: "B", Detail: "more"}}, 0)
	lines, _, _ := c.Draw(dark, c.Area(40, 30))
	if text := ansi.Strip(strings.Join(lines, "\n")); !strings.Contains(text, "end") {
		t.Errorf("the end is nowhere:\n%s", text)
	}
}
