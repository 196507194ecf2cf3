package ui

import (
	"bytes"
	"context"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// driver runs the root model without a terminal: it hands it messages and runs the
// commands that come back at once.
type driver struct {
	t    testing.TB
	m    *model
	seq  int
	said []tea.Msg       // messages for Bubble Tea itself: quit, the clipboard, ..
	wait []tea.Msg       // messages that come after a time
	told *nsctl.Snapshot // the last state with its events

	terminal bytes.Buffer // what was printed on it when it was somebody else's
}

func drive(t testing.TB, o Options, w, h int) *driver {
	t.Helper()
	ended, stop := context.WithCancel(context.Background())
	stop() // so that the command that waits for the next snapshot returns
	if o.Theme == "" {
		o.Theme = "dark"
	}
	d := &driver{t: t, m: newModel(ended, o, newFeed(nil, o.Self))}
	d.m.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		d.wait = append(d.wait, msg)
		return nil
	}
	d.m.exec = func(c tea.ExecCommand, then tea.ExecCallback) tea.Cmd {
		return func() tea.Msg {
			c.SetStdin(strings.NewReader("\n"))
			c.SetStdout(&d.terminal)
			return then(c.Run())
		}
	}
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

// explore is a driver with a snapshot loaded.
func explore(t testing.TB, s *nsctl.Snapshot, o Options, w, h int) *driver {
	t.Helper()
	d := drive(t, o, w, h)
	d.load(s)
	return d
}

func (d *driver) load(s *nsctl.Snapshot) {
	d.seq++
	n := len(s.Namespaces)
	d.send(SnapshotLoadedMsg{Seq: d.seq, Host: screen.NewHost(s, d.m.options.Self, n, n)})
}

func (d *driver) send(msg tea.Msg) {
	_, cmd := d.m.Update(msg)
	d.run(cmd)
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case screen.MountReachedMsg, screen.MissedFoundMsg, RecordedMsg, SteppedMsg, screen.ComparedMsg, SnapshotLoadedMsg, PredictedMsg, CompletedMsg, ThoughtMsg, HoldersFoundMsg, WhyAnsweredMsg,
		SandboxesListedMsg, StepsListedMsg, SandboxMadeMsg, PathsFoundMsg, StepTakenMsg, SandboxesRemovedMsg, ShellEndedMsg,
		ProposedMsg, DoneMsg, MissedMsg, RetypedMsg, RecoveredMsg, LoggedMsg:
		d.send(msg)
	default:
		d.said = append(d.said, msg)
	}
}

// press presses keys by their names, separated by spaces.
func (d *driver) press(keys string) *driver {
	for name := range strings.FieldsSeq(keys) {
		d.send(key(name))
	}
	return d
}

// typed types text letter by letter.
func (d *driver) typed(text string) *driver {
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return d
}

func key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"tab": tea.KeyTab, "backspace": tea.KeyBackspace, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func (d *driver) content() string { return d.m.View().Content }

// text is the screen without colours.
func (d *driver) text() string { return ansi.Strip(d.content()) }

// row is the line of the screen that has the cursor mark.
func (d *driver) row() string {
	for line := range strings.SplitSeq(d.text(), "\n") {
		if strings.Contains(line, "❯") {
			return line
		}
	}
	return ""
}

func (d *driver) shows(want ...string) {
	d.t.Helper()
	text := d.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			d.t.Errorf("the screen does not show %q:\n%s", w, text)
		}
	}
}

func (d *driver) hides(unwanted ...string) {
	d.t.Helper()
	for _, w := range unwanted {
		if text := d.text(); strings.Contains(text, w) {
			d.t.Errorf("the screen shows %q:\n%s", w, text)
		}
	}
}

func (d *driver) saidKind(kind string) bool {
	for _, msg := range d.said {
		if strings.Contains(reflect.TypeOf(msg).String(), kind) {
			return true
		}
	}
	return false
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// check holds for every screen: it fills the terminal exactly, and nothing but
// colours and attributes is written raw.
func (d *driver) check() {
	d.t.Helper()
	l := d.m.layout
	bare := sgr.ReplaceAllString(d.content(), "")
	lines := strings.Split(bare, "\n")
	if !l.tooSmall && len(lines) != l.h || len(lines) > l.h {
		d.t.Fatalf("%d lines on a terminal of %d:\n%s", len(lines), l.h, bare)
	}
	for i, line := range lines {
		// Under an overlay, spaces at the end of lines are left out.
		exact := !l.tooSmall && d.m.overlay == nil
		if w := d.m.theme.Measure.StringWidth(line); exact && w != l.w || w > l.w {
			d.t.Fatalf("line %d is %d cells wide on a terminal of %d: %q\n%s", i, w, l.w, line, bare)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) {
				d.t.Fatalf("line %d has %U in it: %q", i, r, line)
			}
		}
	}
}

// anything does something at random: one time in odds the terminal has another size, or the
// host changes, else it is mostly a key.
func (d *driver) anything(rng *rand.Rand, odds int, keys []string, change func()) {
	switch rng.IntN(odds) {
	case 0:
		d.send(tea.WindowSizeMsg{Width: 1 + rng.IntN(150), Height: 1 + rng.IntN(50)})
	case 1:
		change()
	case 2, 3:
		d.send(tea.MouseClickMsg{X: rng.IntN(150), Y: rng.IntN(50), Button: tea.MouseLeft})
	case 4:
		d.send(WheeledMsg{X: rng.IntN(150), Y: rng.IntN(50), Rows: rng.IntN(21) - 10})
	default:
		d.press(keys[rng.IntN(len(keys))])
	}
}
