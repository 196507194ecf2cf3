package kit_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

var dark = theme.New(theme.Options{Name: "dark"})

func TestListKeepsCursorOnScreen(t *testing.T) {
	var l kit.List
	l.Resize(5)
	l.SetLen(20)
	for _, step := range []struct {
		name        string
		do          func()
		cursor, top int
	}{
		{"down to the last row on screen", func() { l.Move(4) }, 4, 0},
		{"one further", func() { l.Move(1) }, 5, 1},
		{"back up", func() { l.Move(-5) }, 0, 0},
		{"above the first", func() { l.Move(-1) }, 0, 0},
		{"to the end", func() { l.Select(1 << 30) }, 19, 15},
		{"half a page up", func() { l.Page(-1) }, 17, 13},
		{"wheel up", func() { l.Scroll(-3) }, 14, 10},
		{"wheel up, cursor is on screen", func() { l.Scroll(-1) }, 13, 9},
		{"what is below the last row on screen", func() { l.Select(13); l.RevealTo(11); l.RevealTo(15) }, 13, 11},
		{"more than fits", func() { l.RevealTo(19) }, 13, 13},
		{"wheel beyond the top", func() { l.Scroll(-100) }, 4, 0},
		{"a smaller screen", func() { l.Resize(2) }, 4, 3},
		{"fewer rows", func() { l.SetLen(3) }, 2, 1},
		{"no rows", func() { l.SetLen(0) }, 0, 0},
		{"move in nothing", func() { l.Move(1) }, 0, 0},
		{"no screen", func() { l.Resize(0); l.SetLen(9); l.Move(3) }, 3, 4},
	} {
		step.do()
		if l.Cursor() != step.cursor || l.Top() != step.top {
			t.Fatalf("%s: cursor %d top %d, want %d and %d", step.name, l.Cursor(), l.Top(), step.cursor, step.top)
		}
	}
}

func TestReplaceKeepsRowInPlace(t *testing.T) {
	var l kit.List
	l.Resize(10)
	l.SetLen(100)
	l.Select(50) // shown on line 9
	l.Replace(90, 45)
	if got := l.Cursor() - l.Top(); l.Cursor() != 45 || got != 9 {
		t.Errorf("row 45 is on line %d, want 9", got)
	}
	l.Replace(5, 2)
	if first, end := l.Visible(); first != 0 || end != 5 {
		t.Errorf("of five rows %d to %d are on screen", first, end)
	}
}

func TestThumb(t *testing.T) {
	var l kit.List
	l.Resize(10)
	l.SetLen(10)
	if from, to := l.Thumb(); from != to {
		t.Error("a scroll bar where all rows are on screen")
	}
	l.SetLen(100_000)
	l.Select(99_999)
	if from, to := l.Thumb(); from != 9 || to != 10 {
		t.Errorf("at the end the thumb is %d to %d", from, to)
	}
}

// clusters has texts of which the code points take more cells than the clusters.
const clusters = "/हिन्दी/👍🏽👍🏽/각각"

func TestLineIsAsWideAsAskedFor(t *testing.T) {
	for _, text := range []string{"", "a", "abcdefghijklmnop", "日本語の名前です", "cafe\u0301cafe\u0301cafe\u0301", clusters} {
		for _, th := range []*theme.Theme{dark, theme.New(theme.Options{Name: "dark", Graphemes: true})} {
			for width := range 24 {
				for _, line := range []*kit.Line{
					kit.NewLine(th, theme.Plain, width).Add(th.Text, text),
					kit.NewLine(th, theme.Cursor, width).Cell(th.Text, text, 5).Right(th.Dim, text, 4),
					kit.NewLine(th, theme.Plain, width).Marked(th.Text, text, "c").To(9),
				} {
					if s := line.String(); th.Measure.StringWidth(s) != width {
						t.Errorf("a line of %q in %d cells is %q", text, width, s)
					}
				}
			}
		}
	}
}

func TestFitColumns(t *testing.T) {
	columns := []kit.Column{{Width: 10, Grow: 1}, {Width: 5, Drop: 1}, {Width: 8, Drop: 2}, {Width: 4, Grow: 1}}
	for _, tc := range []struct {
		width int
		want  []int
	}{
		{30, []int{10, 5, 8, 4}},
		{37, []int{14, 5, 8, 7}},
		{29, []int{14, 5, 0, 8}},
		{16, []int{11, 0, 0, 4}},
		{12, []int{7, 0, 0, 4}},
		{1, []int{1, 0, 0, 4}},
	} {
		if got := kit.FitColumns(columns, tc.width); !slices.Equal(got, tc.want) {
			t.Errorf("in %d cells the columns are %v, want %v", tc.width, got, tc.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 122366: "122,366", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := kit.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPageWraps(t *testing.T) {
	p := kit.Page{Theme: dark, Width: 20}
	p.Field("options", kit.Span{Style: dark.Text, Text: "rw,relatime,size=1234567890,mode=755"})
	p.Text(2, kit.Span{Style: dark.Text, Text: "words that do not fit on one line"})
	p.Text(30, kit.Span{Style: dark.Text, Text: "日本語 日本語日本語日本語日本語"})
	text := ""
	for _, l := range p.Lines {
		if dark.Measure.StringWidth(l) != 20 {
			t.Errorf("a line is %d cells wide: %q", dark.Measure.StringWidth(l), l)
		}
		text += strings.ReplaceAll(ansi.Strip(l), " ", "")
	}
	if !strings.HasSuffix(strings.TrimRight(ansi.Strip(p.Lines[0]), " "), ",") {
		t.Errorf("options break within one: %q", p.Lines[0])
	}
	want := "optionsrw,relatime,size=1234567890,mode=755wordsthatdonotfitononeline日本語日本語日本語日本語日本語"
	if text != want {
		t.Errorf("text is %q, want %q", text, want)
	}
}

func press(c *kit.Chooser, keys ...string) kit.Outcome {
	out := kit.Open
	for _, k := range keys {
		special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp, "backspace": tea.KeyBackspace}
		msg := tea.KeyPressMsg{Code: special[k]}
		if msg.Code == 0 {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		out = c.Key(msg)
	}
	return out
}

func TestTyped(t *testing.T) {
	for typed, want := range map[string]string{`back\slash\`: `back\slash\`, "": "", "rtl\u202e": `rtl\u202e`, `\x1b`: `\x1b`, "\\\x1b": `\\x1b`} {
		if got := kit.Typed(typed); got != want {
			t.Errorf("%q is shown as %s, want %s", typed, got, want)
		}
	}
}

func TestInput(t *testing.T) {
	var in kit.Input
	key := func(code rune, mod tea.KeyMod) { in.Key(tea.KeyPressMsg{Code: code, Mod: mod}) }
	in.Insert("one two\x1b\n 日本")
	if in.Value() != "one two 日本" {
		t.Fatalf("control characters were typed: %q", in.Value())
	}
	key(tea.KeyLeft, 0)
	key(tea.KeyBackspace, 0)
	key('w', tea.ModCtrl)
	if in.Value() != "one 本" {
		t.Errorf("text is %q", in.Value())
	}
	key('k', tea.ModCtrl)
	if in.Value() != "one " {
		t.Errorf("text is %q", in.Value())
	}
	key('a', tea.ModCtrl)
	key(tea.KeyDelete, 0)
	key(tea.KeyBackspace, 0)
	if in.Value() != "ne " {
		t.Errorf("text is %q", in.Value())
	}
	key(tea.KeyRight, 0)
	key('u', tea.ModCtrl)
	in.Insert("O")
	if in.Value() != "Oe " {
		t.Errorf("text is %q", in.Value())
	}
	if in.Key(tea.KeyPressMsg{Code: tea.KeyF1}) {
		t.Error("F1 edits")
	}
	in.Insert(strings.Repeat("x", 5000))
	in.Insert("y")
	if n := len(in.Value()); n > 400 {
		t.Errorf("%d bytes were typed", n)
	}
	in.Set("")
	in.Insert("z")
	if in.Value() != "z" {
		t.Errorf("text is %q", in.Value())
	}
}
