package theme

import "mntscope/nsctl"

// Glyphs are the characters that the explorer draws with. Every one is a single
// cell wide in every terminal and font that was tried; glyphs outside these sets
// break borders where a terminal takes them for two cells.
type Glyphs struct {
	Propagation [5]string // by nsctl.PropagationType
	Ghost       string    // a group that no visible mount is in
	Both        string    // a mount made here appears there, and the other way round
	ToThere     string    // only what is made here appears there
	FromThere   string    // only what is made there appears here
	CutOff      string
	Open        string // a row whose children are shown
	Closed      string
	Hidden      string
	Warning     string
	Live        string
	Stopped     string
	Cursor      string
	Differs     string
	Arrow       string
	Done        string
	Ellipsis    string // where text was cut off
	Marked      string // a mount that was marked, to change it with others
	MountPoint  string // behind a path that something is mounted on
	// Marks say what an operation would do to a mount: it would appear, vanish, move,
	// change, or is not reached.
	Marks [5]string
	Times string // before a factor
	Now   string // before the operation after which a recording is shown
	// Light stands before what has just changed: fading, bright.
	Light [2]string

	TreeBranch, TreeLast, TreeLine, TreeGap string

	TopLeft, Top, TopRight, Side, BottomLeft, BottomRight string
	ScrollBar                                             string
}

// Unicode are the glyphs for terminals that show UTF-8.
var unicodeGlyphs = Glyphs{
	Propagation: [5]string{
		nsctl.Shared: "●", nsctl.SharedSlave: "◉", nsctl.Slave: "▶", nsctl.Private: "○", nsctl.Unbindable: "□",
	},
	Ghost: "∅", Both: "↔", ToThere: "⇒", FromThere: "→", CutOff: "⊘",
	Open: "▾", Closed: "▸", Hidden: "⊘", Warning: "⚠", Live: "●", Stopped: "■", Cursor: "❯",
	Differs: "◆", Arrow: "→", Done: "✓", Ellipsis: "..", Marked: "✓", MountPoint: "◆",
	Marks: [5]string{"+", "-", "→", "~", "⊘"},
	Now:   "▶", Times: "×", Light: [2]string{"◇", "◆"},
	TreeBranch: "├─ ", TreeLast: "└─ ", TreeLine: "│  ", TreeGap: "   ",
	TopLeft: "╭", Top: "─", TopRight: "╮", Side: "│", BottomLeft: "╰", BottomRight: "╯",
	ScrollBar: "┃",
}

// ASCII are the glyphs for everything else: another locale, the Linux console.
var asciiGlyphs = Glyphs{
	Propagation: [5]string{
		nsctl.Shared: "@", nsctl.SharedSlave: "%", nsctl.Slave: ">", nsctl.Private: "o", nsctl.Unbindable: "#",
	},
	Ghost: "?", Both: "<->", ToThere: "=>", FromThere: "->", CutOff: "x",
	Open: "v", Closed: ">", Hidden: "x", Warning: "!", Live: "*", Stopped: "=", Cursor: ">",
	Differs: "*", Arrow: "->", Done: "+", Ellipsis: "..", Marked: "*", MountPoint: "*",
	Marks: [5]string{"+", "-", ">", "~", "x"},
	Now:   ">", Times: "x", Light: [2]string{".", "*"},
	TreeBranch: "|- ", TreeLast: "`- ", TreeLine: "|  ", TreeGap: "   ",
	TopLeft: "+", Top: "-", TopRight: "+", Side: "|", BottomLeft: "+", BottomRight: "+",
	ScrollBar: "#",
}

// Letter is the one letter that stands for a propagation type beside its glyph.
func Letter(t nsctl.PropagationType) string {
	return [...]string{
		nsctl.Shared: "S", nsctl.SharedSlave: "B", nsctl.Slave: "L", nsctl.Private: "P", nsctl.Unbindable: "U",
	}[t]
}

// Direction says which way mounts travel through a mount of a type.
func Direction(t nsctl.PropagationType) string {
	return [...]string{
		nsctl.Shared: "sends and receives", nsctl.SharedSlave: "sends, and receives from its master too",
		nsctl.Slave: "receives", nsctl.Private: "neither sends nor receives",
		nsctl.Unbindable: "neither sends nor receives, and cannot be bind mounted",
	}[t]
}

// MarkLetters stand beside the glyphs of marks: Appears, Vanishes, Moves, Changes, Not
// reached.
const MarkLetters = "AVMCN"
