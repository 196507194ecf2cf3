package uitest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// witness reads what the program writes, beside the emulator: the emulator knows
// what the screen looks like, the witness what was said to the terminal.
type witness struct {
	parser    *ansi.Parser
	modes     map[int]bool // DEC private modes that are set at first, or were set or reset
	style     bool         // the last SGR left a style behind
	title     string
	clipboard []string
	erased    int      // times the screen was erased: once in each complete repaint
	leaks     []string // what should not have been written
	cut       []byte   // the beginning of a character whose other bytes are still to come
	tail      []byte   // the last bytes, for the report of a failure
}

const tailSize = 2048

// The DEC private modes that matter here.
const (
	modeAutoWrap       = 7
	modeCursor         = 25
	modeMouseClicks    = 1000
	modeMouseDrag      = 1002
	modeMouseMotion    = 1003
	modeMouseSGR       = 1006
	modeAltScreen      = 1049
	modeSynchronized   = 2026
	modeCharacterWidth = 2027
)

func newWitness() *witness {
	w := &witness{parser: ansi.NewParser(), modes: map[int]bool{modeAutoWrap: true, modeCursor: true}}
	w.parser.SetParamsSize(32)
	w.parser.SetDataSize(1 << 20)
	w.parser.SetHandler(ansi.Handler{
		Print:     w.print,
		Execute:   w.control,
		HandleCsi: w.csi,
		HandleEsc: w.esc,
		HandleOsc: w.osc,
		HandleApc: func(data []byte) { w.leak("an APC string %q", data) },
		HandlePm:  func(data []byte) { w.leak("a PM string %q", data) },
		HandleSos: func(data []byte) { w.leak("an SOS string %q", data) },
	})
	return w
}

func (w *witness) Write(p []byte) {
	w.checkEncoding(p)
	for _, b := range p {
		w.parser.Advance(b)
	}
	w.tail = append(w.tail, p...)
	if excess := len(w.tail) - tailSize; excess > 0 {
		w.tail = slices.Delete(w.tail, 0, excess)
	}
}

// checkEncoding looks for what is not UTF-8, of which the parser takes no notice.
func (w *witness) checkEncoding(p []byte) {
	text := append(w.cut, p...)
	for utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			w.leak("byte %#02x, which is not UTF-8", text[0])
		}
		text = text[size:]
	}
	w.cut = slices.Clone(text)
}

func (w *witness) leak(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if !slices.Contains(w.leaks, what) { // one mistake repeats in every frame
		w.leaks = append(w.leaks, what)
	}
}

func (w *witness) print(r rune) {
	if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) && r != ' ' {
		w.leak("%U printed as text", r)
	}
}

func (w *witness) control(b byte) {
	if !strings.ContainsRune("\r\n\t\b", rune(b)) {
		w.leak("control character %q", b)
	}
}

func (w *witness) esc(cmd ansi.Cmd) {
	if cmd.Final() == 'c' {
		w.leak("a reset of the terminal, ESC c")
	}
}

func (w *witness) csi(cmd ansi.Cmd, params ansi.Params) {
	switch {
	case cmd.Final() == 'm' && cmd.Prefix() == 0:
		first, _, _ := params.Param(0, 0)
		w.style = len(params) > 1 || first != 0
	case cmd.Final() == 'J':
		w.erased++
	case cmd.Prefix() == '?' && (cmd.Final() == 'h' || cmd.Final() == 'l'):
		params.ForEach(0, func(_, mode int, _ bool) { w.modes[mode] = cmd.Final() == 'h' })
	case cmd.Final() == 't', cmd.Final() == 'i', cmd.Final() == 'p' && cmd.Intermediate() == '!':
		w.leak("a command to the window, the printer, or to reset: CSI %v %c", params, cmd.Final())
	}
}

func (w *witness) osc(cmd int, data []byte) {
	_, arg, _ := strings.Cut(string(data), ";")
	switch cmd {
	case 0, 2:
		w.title = arg
		for _, r := range arg {
			w.print(r)
		}
	case 10, 11, 12, 110, 111, 112: // colours of text, background and cursor
	case 52:
		_, encoded, _ := strings.Cut(arg, ";")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			w.leak("a clipboard that is not base64: %q", data)
			return
		}
		w.clipboard = append(w.clipboard, string(text))
	default:
		w.leak("OSC %q", data)
	}
}

// leftovers lists what a program that has ended should have put back.
func (w *witness) leftovers() []string {
	var left []string
	for _, mode := range slices.Sorted(maps.Keys(w.modes)) {
		atFirst := mode == modeAutoWrap || mode == modeCursor
		switch {
		case w.modes[mode] == atFirst:
		case mode == modeAutoWrap:
			left = append(left, "long lines no longer wrap")
		case mode == modeCursor:
			left = append(left, "the cursor is hidden")
		case mode == modeAltScreen:
			left = append(left, "the alternate screen is still shown")
		default:
			left = append(left, fmt.Sprintf("mode %d is still set", mode))
		}
	}
	if w.style {
		left = append(left, "text is still written in a style")
	}
	return left
}
