package kit_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/ui/kit"
)

func someForm() *kit.Form {
	return &kit.Form{Title: "Form", Fields: []kit.Field{
		{Name: "text", Typing: "anything"},
		{Name: "hidden", Hidden: true},
		{Name: "one", Options: []kit.Option{{Label: "first"}, {Label: "second", Why: "not now"}, {Label: "third", Help: "the last"}}},
		{Name: "some", Switches: true, Options: []kit.Option{{Label: "aa"}, {Label: "bb", Why: "forced", On: true}, {Label: "cc"}}},
	}}
}

func draw(f *kit.Form, w int) (text string, x, y int) {
	area := f.Area(w, 24)
	lines, x, y := f.Draw(dark, area, []string{"said"})
	return ansi.Strip(strings.Join(lines, "\n")), x, y
}

func TestForm(t *testing.T) {
	f := someForm()
	press := func(keys ...rune) (changed bool) {
		for _, k := range keys {
			key := tea.KeyPressMsg{Code: k}
			if k == ' ' || k >= 'a' && k <= 'z' {
				key.Text = string(k)
			}
			changed = f.Key(key)
		}
		return changed
	}
	text, x, y := draw(f, 80)
	if !strings.Contains(text, "anything") || !strings.Contains(text, "[first]    second     third") || strings.Contains(text, "hidden") || x < 0 || y < 0 {
		t.Errorf("drawn at %d, %d is\n%s", x, y, text)
	}
	if !press('h') || f.Fields[0].Input.Value() != "h" {
		t.Error("a letter is not typed")
	}
	press(tea.KeyDown) // over the hidden one
	if _, x, _ := draw(f, 80); x >= 0 {
		t.Error("there is a text cursor where nothing can be typed")
	}
	if !press(tea.KeyRight) || f.Fields[2].At != 2 || f.Focus().Says() != "third: the last" {
		t.Errorf("right chooses %d", f.Fields[2].At)
	}
	if press(tea.KeyDown, tea.KeyRight, tea.KeySpace) || !f.Fields[3].Options[1].On || f.Focus().Says() != "bb: forced" {
		t.Error("what is forced was switched")
	}
	if !press(tea.KeyRight, tea.KeySpace) || !f.Fields[3].Options[2].On {
		t.Error("space does not switch")
	}
	if text, _, _ := draw(f, 80); !strings.Contains(text, "[ ] aa [x] bb [x] cc") {
		t.Errorf("drawn is\n%s", text)
	}
	if press(tea.KeyDown); f.Focus() != &f.Fields[0] {
		t.Error("after the last field comes not the first")
	}
}

// Where there is little room, everything can be seen and clicked on still.
func TestFormClicks(t *testing.T) {
	for _, width := range []int{36, 44, 80} {
		f := someForm()
		click := func(word string) {
			text, _, _ := draw(f, width)
			for y, line := range strings.Split(text, "\n") {
				if x := strings.Index(line, word); x >= 0 {
					area := f.Area(width, 24)
					f.Click(area, area.X+ansi.StringWidth(line[:x]), area.Y+y)
					return
				}
			}
			t.Fatalf("%q is not in sight:\n%s", word, text)
		}
		click("one")
		if f.Focus() != &f.Fields[2] {
			t.Errorf("at %d cells a click does not go to the field", width)
		}
		if width > 36 { // else only the chosen one is shown
			click("third")
			if f.Fields[2].At != 2 {
				t.Errorf("at %d cells a click chooses %d", width, f.Fields[2].At)
			}
			click("second")
			if f.Fields[2].At != 2 {
				t.Error("what cannot be chosen was")
			}
		}
		click("some")
		click("cc")
		if !f.Fields[3].Options[2].On {
			t.Errorf("at %d cells a click does not switch", width)
		}
		if _, closed := f.Click(f.Area(width, 24), 0, 0); !closed {
			t.Error("a click beside it does not close it")
		}
	}
}

func TestConfirm(t *testing.T) {
	for keys, want := range map[string]bool{"enter": false, "esc": false, "n": false, "y": true, "right enter": true, "right left enter": false, "tab enter": true, "down up enter": false} {
		c := &kit.Confirm{}
		answered, yes := false, false
		for name := range strings.FieldsSeq(keys) {
			if answered {
				t.Fatalf("%s answers too early", keys)
			}
			codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "right": tea.KeyRight, "left": tea.KeyLeft, "tab": tea.KeyTab, "down": tea.KeyDown, "up": tea.KeyUp}
			k := tea.KeyPressMsg{Code: codes[name]}
			if k.Code == 0 {
				k = tea.KeyPressMsg{Code: rune(name[0]), Text: name}
			}
			answered, yes = c.Key(k)
		}
		if !answered || yes != want {
			t.Errorf("%s: answered %v, yes %v", keys, answered, yes)
		}
	}
	c := &kit.Confirm{}
	area := c.Area(80, 24, 2)
	lines := c.Draw(dark, area, []string{"one", "two"})
	for y, line := range lines {
		bare := ansi.Strip(line)
		for label, want := range map[string]bool{"No ]": false, "Yes ]": true} {
			if x := strings.Index(bare, label); x >= 0 {
				if answered, yes := c.Click(area, area.X+ansi.StringWidth(bare[:x]), area.Y+y); !answered || yes != want {
					t.Errorf("a click on %s: answered %v, yes %v", label, answered, yes)
				}
			}
		}
	}
	if answered, yes := c.Click(area, 0, 0); !answered || yes {
		t.Error("a click beside it is no No")
	}
}
