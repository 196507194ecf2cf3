// Package theme holds the colours and glyphs of the explorer, and how wide they are.
//
// Nothing is ever told by colour alone: a propagation type has a glyph, a letter
// and a colour, the selected row a mark and a ground.
package theme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
)

// Theme is how a terminal draws: every style and glyph, and the width of text.
type Theme struct {
	Name   string
	Mono   bool // draws without any colour
	Glyphs Glyphs
	// Measure is how the terminal counts the cells of a text.
	Measure ansi.Method

	Text, Strong, Dim, Faint    Style // from what matters most to what matters least
	Title, Accent, Key          Style
	Good, Warn, Bad             Style
	Border, BorderFocus, Match  Style
	Tab, TabActive, Brand       Style
	OnlyHere, OnlyThere, Differ Style // in a comparison
	Propagation                 [5]Style
	Marks                       [5]Style // in the order of the glyphs
	Light                       [2]Style // of what has just changed: fading, bright
	Kind                        map[nsctl.Kind]Style
}

// Options choose a theme.
type Options struct {
	Name string // one of Names; empty for dark or light, whichever the terminal is
	// LightBackground says that the terminal's background is light.
	LightBackground bool
	ASCII           bool // glyphs of ASCII only
	// Graphemes says that the terminal draws a grapheme cluster as one character (its
	// mode 2027). Others count the cells of each code point.
	Graphemes bool
}

// Names are the themes that can be asked for.
func Names() []string { return []string{"dark", "light", "colorblind", "mono"} }

// Check reports a name that is no theme's.
func Check(name string) error {
	if name != "" && !slices.Contains(Names(), name) {
		return fmt.Errorf("%q is not a theme: choose one of %s", name, strings.Join(Names(), ", "))
	}
	return nil
}

// New makes a theme. A name that is no theme's counts as empty.
func New(o Options) *Theme {
	var p palette
	name := o.Name
	switch {
	case name == "mono":
		p = mono
	case name == "colorblind":
		p = neutral(o.LightBackground)
		p.signals = colorblind
	case name == "light", name != "dark" && o.LightBackground:
		name, p = "light", light
	default:
		name, p = "dark", dark
	}
	t := p.theme()
	t.Name, t.Mono = name, name == "mono"
	t.Glyphs = unicodeGlyphs
	if o.ASCII {
		t.Glyphs = asciiGlyphs
	}
	if o.Graphemes {
		t.Measure = ansi.GraphemeWidth
	}
	return t
}

func neutral(lightBackground bool) palette {
	if lightBackground {
		return light
	}
	return dark
}
