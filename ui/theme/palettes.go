package theme

import "mntscope/nsctl"

// palette is a theme as it is designed. Text is in the terminal's own colour, on
// its own background, so that the explorer looks at home in it.
type palette struct {
	strong, dim, faint, title, key, border, match, tab, tabActive, brand ink
	signals                                                              signals
	on                                                                   [grounds]ink // the color of each is a background
}

// signals are the colours that carry meaning.
type signals struct {
	accent, good, warn, bad ink
	propagation             [5]ink // by nsctl.PropagationType
	kinds                   map[nsctl.Kind]ink
}

var dark = palette{
	strong:    ink{color: "e6e9f2", bold: true},
	dim:       ink{color: "8b93a7"},
	faint:     ink{color: "565f78"},
	title:     ink{color: "c0caf5", bold: true},
	key:       ink{color: "7dcfff", bold: true},
	border:    ink{color: "3b4261"},
	match:     ink{color: "ffd27f", bold: true, underline: true},
	tab:       ink{color: "8b93a7"},
	tabActive: ink{color: "7aa2f7", bold: true, underline: true},
	brand:     ink{color: "bb9af7", bold: true},
	signals: signals{
		accent: ink{color: "7aa2f7"}, good: ink{color: "9ece6a"}, warn: ink{color: "e0af68"}, bad: ink{color: "f7768e"},
		propagation: [5]ink{
			nsctl.Shared: {color: "9ece6a"}, nsctl.SharedSlave: {color: "73daca"}, nsctl.Slave: {color: "e0af68"},
			nsctl.Private: {color: "8b93a7"}, nsctl.Unbindable: {color: "f7768e"},
		},
		kinds: map[nsctl.Kind]ink{
			nsctl.KindInitial: {color: "7aa2f7", bold: true}, nsctl.KindContainer: {color: "7dcfff"}, nsctl.KindService: {color: "bb9af7"},
			nsctl.KindSandbox: {color: "9ece6a"}, nsctl.KindKernel: {color: "8b93a7"}, nsctl.KindOther: {},
		},
	},
	on: [grounds]ink{
		Cursor: {color: "363b54"}, CursorFaint: {color: "2c2c30"}, Raised: {color: "22242c"}, RaisedCursor: {color: "414868"},
	},
}

var light = palette{
	strong:    ink{color: "1a1b26", bold: true},
	dim:       ink{color: "5b6070"},
	faint:     ink{color: "8d93a3"},
	title:     ink{color: "2e3c64", bold: true},
	key:       ink{color: "005f87", bold: true},
	border:    ink{color: "b4b9c8"},
	match:     ink{color: "8a4b00", bold: true, underline: true},
	tab:       ink{color: "5b6070"},
	tabActive: ink{color: "1f4fbf", bold: true, underline: true},
	brand:     ink{color: "6b3fb5", bold: true},
	signals: signals{
		accent: ink{color: "1f4fbf"}, good: ink{color: "3c6e1e"}, warn: ink{color: "8a5a00"}, bad: ink{color: "b3263e"},
		propagation: [5]ink{
			nsctl.Shared: {color: "3c6e1e"}, nsctl.SharedSlave: {color: "0f6d66"}, nsctl.Slave: {color: "8a5a00"},
			nsctl.Private: {color: "5b6070"}, nsctl.Unbindable: {color: "b3263e"},
		},
		kinds: map[nsctl.Kind]ink{
			nsctl.KindInitial: {color: "1f4fbf", bold: true}, nsctl.KindContainer: {color: "005f87"}, nsctl.KindService: {color: "6b3fb5"},
			nsctl.KindSandbox: {color: "3c6e1e"}, nsctl.KindKernel: {color: "5b6070"}, nsctl.KindOther: {},
		},
	},
	on: [grounds]ink{
		Cursor: {color: "d3defa"}, CursorFaint: {color: "e4e4e8"}, Raised: {color: "f2f4f9"}, RaisedCursor: {color: "c6d4f7"},
	},
}

// colorblind are the colours of Okabe and Ito, which stay apart for every common
// kind of colour vision and are legible on dark and on light.
var colorblind = signals{
	accent: ink{color: "0a84c6"}, good: ink{color: "009e73"}, warn: ink{color: "e69f00"}, bad: ink{color: "d55e00"},
	propagation: [5]ink{
		nsctl.Shared: {color: "2a9fd8"}, nsctl.SharedSlave: {color: "cc79a7"}, nsctl.Slave: {color: "e69f00"},
		nsctl.Private: {color: "8c8c8c"}, nsctl.Unbindable: {color: "d55e00"},
	},
	kinds: map[nsctl.Kind]ink{
		nsctl.KindInitial: {color: "2a9fd8", bold: true}, nsctl.KindContainer: {color: "009e73"}, nsctl.KindService: {color: "cc79a7"},
		nsctl.KindSandbox: {color: "e69f00"}, nsctl.KindKernel: {color: "8c8c8c"}, nsctl.KindOther: {},
	},
}

// mono uses attributes only. It is the theme of NO_COLOR.
var mono = palette{
	strong: ink{bold: true}, dim: ink{}, faint: ink{faint: true}, title: ink{bold: true}, key: ink{bold: true},
	border: ink{faint: true}, match: ink{bold: true, underline: true}, tab: ink{}, tabActive: ink{bold: true, reversed: true}, brand: ink{bold: true},
	signals: signals{
		accent: ink{bold: true}, good: ink{}, warn: ink{bold: true}, bad: ink{bold: true},
		propagation: [5]ink{nsctl.Shared: {bold: true}, nsctl.SharedSlave: {bold: true}},
		kinds:       map[nsctl.Kind]ink{nsctl.KindInitial: {bold: true}},
	},
	on: [grounds]ink{Cursor: {reversed: true}, CursorFaint: {underline: true}, RaisedCursor: {reversed: true}},
}

func (p palette) theme() *Theme {
	s := p.signals
	t := &Theme{Kind: make(map[nsctl.Kind]Style, len(s.kinds))}
	for _, x := range []struct {
		style *Style
		ink   ink
	}{
		{&t.Text, ink{}}, {&t.Strong, p.strong}, {&t.Dim, p.dim}, {&t.Faint, p.faint},
		{&t.Title, p.title}, {&t.Accent, s.accent}, {&t.Key, p.key},
		{&t.Good, s.good}, {&t.Warn, s.warn}, {&t.Bad, s.bad},
		{&t.Border, p.border}, {&t.BorderFocus, s.accent}, {&t.Match, p.match},
		{&t.Tab, p.tab}, {&t.TabActive, p.tabActive}, {&t.Brand, p.brand},
		{&t.OnlyHere, s.good}, {&t.OnlyThere, s.accent}, {&t.Differ, s.warn},
		{&t.Marks[0], s.good}, {&t.Marks[1], s.bad}, {&t.Marks[2], s.accent}, {&t.Marks[3], s.warn}, {&t.Marks[4], p.dim},
		{&t.Light[0], ink{color: s.warn.color}}, {&t.Light[1], ink{color: s.warn.color, bold: true}},
	} {
		*x.style = x.ink.style(p.on)
	}
	// What stays in the background elsewhere must still be legible under the cursor.
	for _, g := range []Ground{Cursor, RaisedCursor} {
		t.Faint.open[g] = t.Dim.open[g]
	}
	for i, in := range s.propagation {
		t.Propagation[i] = in.style(p.on)
	}
	for kind, in := range s.kinds {
		t.Kind[kind] = in.style(p.on)
	}
	return t
}
