package uitest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// keys are those that have a name, as xterm sends them. Only escape is sent as
// the kitty keyboard protocol does it, which Bubble Tea always asks for: a bare
// ESC and the key after it would be taken for alt and that key.
var keys = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "space": " ", "esc": "\x1b[27u",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "shift+right": "\x1b[1;2C", "shift+left": "\x1b[1;2D",
	"home": "\x1b[H", "end": "\x1b[F", "insert": "\x1b[2~", "delete": "\x1b[3~", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~",
	"f7": "\x1b[18~", "f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~", "f11": "\x1b[23~", "f12": "\x1b[24~",
}

// encode gives what a terminal sends for a key by its Bubble Tea name.
func encode(key string) (string, error) {
	if sequence, ok := keys[key]; ok {
		return sequence, nil
	}
	if base, ok := strings.CutPrefix(key, "ctrl+"); ok && len(base) == 1 && base[0] >= '@' && base[0] < 0x7f {
		return string(rune(base[0] & 0x1f)), nil
	}
	if base, ok := strings.CutPrefix(key, "alt+"); ok {
		sequence, err := encode(base)
		return "\x1b" + sequence, err
	}
	if utf8.RuneCountInString(key) == 1 {
		return key, nil
	}
	return "", fmt.Errorf("there is no key %q", key)
}

// Press presses keys, one after the other, by the names that Bubble Tea gives
// them: "j", "G", "?", "enter", "ctrl+d", "alt+x", "shift+tab", "pgdown".
func (t *Terminal) Press(names ...string) {
	t.t.Helper()
	for _, name := range names {
		sequence, err := encode(name)
		if err != nil {
			t.t.Fatalf("press: %v", err)
		}
		t.send(sequence)
	}
}

// Type types text.
func (t *Terminal) Type(text string) {
	t.send(text)
}

// Click presses and releases the left button.
func (t *Terminal) Click(x, y int) {
	t.mouse(ansi.MouseLeft, x, y, false)
	t.mouse(ansi.MouseLeft, x, y, true)
}

// ClickOn clicks on the first place where text stands, once it does.
func (t *Terminal) ClickOn(text string) {
	t.t.Helper()
	x, y, _ := t.WaitForText(text).Find(text)
	t.Click(x, y)
}

// Wheel turns the wheel by so many notches: down, or up if notches is negative.
func (t *Terminal) Wheel(x, y, notches int) {
	button := ansi.MouseWheelDown
	if notches < 0 {
		button, notches = ansi.MouseWheelUp, -notches
	}
	for range notches {
		t.mouse(button, x, y, false)
	}
}

// mouse reports a button. As on a real terminal, the program hears of it only if
// it has asked for the mouse.
func (t *Terminal) mouse(button ansi.MouseButton, x, y int, release bool) {
	t.mu.Lock()
	modes := t.witness.modes
	wanted := modes[modeMouseSGR] && (modes[modeMouseClicks] || modes[modeMouseDrag] || modes[modeMouseMotion])
	t.mu.Unlock()
	if wanted {
		t.send(ansi.MouseSgr(ansi.EncodeMouseButton(button, false, false, false, false), x, y, release))
	}
}

// Resize changes the size of the terminal, of which the kernel informs the program
// when it pleases: wait for the screen that is expected, as [Terminal.Settle] may
// see an earlier one.
func (t *Terminal) Resize(cols, rows int) {
	t.t.Helper()
	t.mu.Lock()
	t.emulator.Resize(cols, rows)
	t.mu.Unlock()
	if err := pty.Setsize(t.pty, winsize(cols, rows)); err != nil {
		t.t.Fatalf("resize the terminal to %dx%d: %v", cols, rows, err)
	}
}

func winsize(cols, rows int) *pty.Winsize {
	return &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}
}

// Settle waits until the program has acted upon everything sent to it before,
// and gives the screen it then painted. It sends a report of the terminal's size,
// which stands in line behind the keys and makes Bubble Tea repaint everything.
// What a key began in the background may still be under way: wait for its effect.
func (t *Terminal) Settle() Screen {
	t.t.Helper()
	t.mu.Lock()
	before := t.witness.erased
	report := fmt.Sprintf("\x1b[8;%d;%dt", t.emulator.Height(), t.emulator.Width())
	t.mu.Unlock()
	t.send(report)
	return t.wait("a complete repaint", func() (Screen, bool) {
		if t.witness.erased == before {
			return Screen{}, false
		}
		return t.screen(), true
	})
}

// send queues input for the program, behind what was sent and replied before.
func (t *Terminal) send(input string) {
	t.input <- input
}
