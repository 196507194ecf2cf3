package theme_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/ui/theme"
)

func themes() []theme.Options {
	var all []theme.Options
	for _, name := range append(theme.Names(), "") {
		for _, light := range []bool{false, true} {
			all = append(all, theme.Options{Name: name, LightBackground: light})
		}
	}
	return all
}

// A propagation type must be told apart without colour, and, where there is
// colour, by colour too.
func TestPropagationTypesDiffer(t *testing.T) {
	for _, o := range themes() {
		th := theme.New(o)
		glyphs, letters, colours := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for i := nsctl.Shared; i <= nsctl.Unbindable; i++ {
			glyphs[th.Glyphs.Propagation[i]] = true
			letters[theme.Letter(i)] = true
			colours[th.Propagation[i].Open(theme.Plain)] = true
		}
		if len(glyphs) != 5 || len(letters) != 5 {
			t.Errorf("%+v: %d glyphs and %d letters for five types", o, len(glyphs), len(letters))
		}
		if !th.Mono && len(colours) != 5 {
			t.Errorf("%+v: %d colours for five types", o, len(colours))
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	th := theme.New(theme.Options{Name: "mono"})
	v := reflect.ValueOf(*th)
	for i := range v.NumField() {
		style, ok := v.Field(i).Interface().(theme.Style)
		if !ok {
			continue
		}
		for g := theme.Plain; g <= theme.RaisedCursor; g++ {
			if s := style.Open(g); strings.Contains(s, "38;") || strings.Contains(s, "48;") {
				t.Errorf("%s has a colour: %q", v.Type().Field(i).Name, s)
			}
		}
	}
}

// The cursor must be seen in every theme.
func TestCursorStandsOut(t *testing.T) {
	for _, o := range themes() {
		th := theme.New(o)
		if th.Text.Open(theme.Cursor) == th.Text.Open(theme.Plain) || th.Text.Open(theme.CursorFaint) == th.Text.Open(theme.Cursor) {
			t.Errorf("%+v: the cursor does not stand out", o)
		}
	}
}

func TestGlyphWidths(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		g := reflect.ValueOf(theme.New(theme.Options{ASCII: ascii}).Glyphs)
		for i := range g.NumField() {
			for _, s := range texts(g.Field(i)) {
				if ansi.StringWidth(s) != ansi.StringWidthWc(s) || ansi.StringWidth(s) != len([]rune(s)) {
					t.Errorf("%s: %q is wider than its characters", g.Type().Field(i).Name, s)
				}
				if ascii && strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) {
					t.Errorf("%s: %q is not ASCII", g.Type().Field(i).Name, s)
				}
			}
		}
	}
}

func texts(v reflect.Value) []string {
	if v.Kind() == reflect.String {
		return []string{v.String()}
	}
	var all []string
	for i := range v.Len() {
		all = append(all, v.Index(i).String())
	}
	return all
}

func TestCheck(t *testing.T) {
	for _, name := range append(theme.Names(), "") {
		if err := theme.Check(name); err != nil {
			t.Error(err)
		}
	}
	if err := theme.Check("neon"); err == nil || !strings.Contains(err.Error(), "colorblind") {
		t.Errorf("an unknown theme: %v, want the names of those there are", err)
	}
}
