package uitest_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/ui/uitest"
)

// The test binary, started again with this in its environment, is the program
// that the tests of the harness drive.
const subjectEnv = "UITEST_SUBJECT=1"

// scratch is a directory for what the tests build.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv("UITEST_SUBJECT") == "" {
		os.Exit(runTests(m))
	}
	if host := os.Getenv(watchedEnv); host != "" {
		if err := exploreOrdered(host, os.Getenv(orderEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if _, err := tea.NewProgram(subject{last: "nothing"}).Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runTests(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "mntscope-uitest-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// subject is a small Bubble Tea program that shows what it hears.
type subject struct {
	cols, rows int
	presses    int
	last       string
}

func (s subject) Init() tea.Cmd { return nil }

func (s subject) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.cols, s.rows = msg.Width, msg.Height
	case wroteMsg:
		s.last = "raw text"
	case tea.MouseClickMsg:
		s.last = fmt.Sprintf("click %d,%d", msg.X, msg.Y)
	case tea.MouseWheelMsg:
		s.last = fmt.Sprintf("%s at %d,%d", msg.Button, msg.X, msg.Y)
		s.presses++
	case tea.KeyPressMsg:
		s.presses++
		s.last = msg.String()
		switch s.last {
		case "q":
			return s, tea.Quit
		case "c":
			return s, tea.SetClipboard("two\nlines")
		case "z":
			return s, tea.Suspend
		case "x": // the program dies without tidying up
			os.Exit(3)
		case "e":
			return s, raw("\x1bc")
		case "r":
			return s, raw("\u202e")
		case "b":
			return s, raw("\a")
		case "i":
			return s, raw("\xff")
		case "I":
			return s, raw("\ufffd")
		}
	}
	return s, nil
}

// wroteMsg says that a raw text was written.
type wroteMsg struct{}

func raw(text string) tea.Cmd {
	return tea.Sequence(tea.Raw(text), func() tea.Msg { return wroteMsg{} })
}

func (s subject) View() tea.View {
	v := tea.NewView(fmt.Sprintf("\x1b[1;31m%dx%d\x1b[m 日本\nlast: %s\npresses: %d", s.cols, s.rows, s.last, s.presses))
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "subject"
	return v
}

func start(t uitest.TB) *uitest.Terminal {
	term := uitest.Start(t, exec.Command(os.Args[0]), 40, 10, subjectEnv)
	term.WaitForText("40x10")
	return term
}

func TestKeys(t *testing.T) {
	term := start(t)
	for _, key := range []string{
		"j", "G", "?", "é", "enter", "tab", "shift+tab", "backspace", "space", "up", "left", "shift+down",
		"home", "end", "delete", "pgup", "pgdown", "f1", "f12", "ctrl+d", "ctrl+c", "alt+x", "esc",
	} {
		term.Press(key)
		term.WaitForText("last: " + key)
	}
	// Escape and the key after it are two keys.
	term.Press("esc", "j")
	if s := term.Settle(); !s.Contains("last: j") {
		t.Errorf("esc, j arrived as %q", s.Line(1))
	}
}

func TestSettleComesAfterEveryKey(t *testing.T) {
	term := start(t)
	for presses := 50; presses <= 500; presses += 50 {
		term.Press(strings.Split(strings.Repeat("j", 50), "")...)
		if s := term.Settle(); !s.Contains(fmt.Sprintf("presses: %d", presses)) {
			t.Fatalf("after %d keys: %q", presses, s.Line(2))
		}
	}
}

func TestMouse(t *testing.T) {
	term := start(t)
	term.ClickOn("presses")
	term.WaitForText("last: click 0,2")
	term.Wheel(7, 5, 3)
	term.WaitForText("presses: 3")
	term.WaitForText("last: wheeldown at 7,5")
	term.Wheel(7, 5, -1)
	term.WaitForText("last: wheelup at 7,5")
}

func TestResize(t *testing.T) {
	term := start(t)
	term.Resize(100, 30)
	s := term.WaitForText("100x30")
	if len(s.Cells) != 30 || len(s.Cells[0]) != 100 {
		t.Errorf("the screen has %d rows of %d cells", len(s.Cells), len(s.Cells[0]))
	}
}

// Drawn for a larger terminal than there is by now.
func TestMarginsBeyondTheScreen(t *testing.T) {
	term := uitest.Start(t, exec.Command("printf", `\033[1;40r\033[5;1H\033[2T\033[rdone`), 80, 24)
	if _, screen := term.WaitForExit(); !screen.Contains("done") {
		t.Errorf("the screen shows %q", screen.Text())
	}
}

func TestScreen(t *testing.T) {
	term := start(t)
	s := term.Settle()
	if got, want := s.Text(), "40x10 日本\nlast: nothing\npresses: 0\n\n\n\n\n\n\n"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	if x, y, ok := s.Find("本"); x != 8 || y != 0 || !ok {
		t.Errorf("本 is found at %d,%d (%v)", x, y, ok)
	}
	if !s.AltScreen || s.Title != "subject" {
		t.Errorf("alternate screen %v, title %q", s.AltScreen, s.Title)
	}
	first, _, _ := strings.Cut(s.ANSI(), "\n")
	if want := "\x1b[m\x1b[1;31m40x10\x1b[m 日本" + strings.Repeat(" ", 30); first != want {
		t.Errorf("first row as ANSI is %q, want %q", first, want)
	}
}

func TestClipboard(t *testing.T) {
	term := start(t)
	term.Press("c")
	if got := term.WaitForClipboard(0); got != "two\nlines" {
		t.Errorf("copied %q", got)
	}
}

func TestExit(t *testing.T) {
	term := start(t)
	term.Press("q")
	status, last := term.WaitForExit()
	if status != 0 || last.AltScreen {
		t.Errorf("exit status %d, alternate screen %v", status, last.AltScreen)
	}
}

// failing records what would have failed a test.
type failing struct {
	testing.TB
	failures string
	cleanups []func()
}

func (f *failing) Cleanup(do func()) { f.cleanups = append(f.cleanups, do) }
func (f *failing) Errorf(format string, args ...any) {
	f.failures += fmt.Sprintf(format, args...) + "\n"
}
func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// failures gives what test complains of.
func failures(t *testing.T, test func(uitest.TB)) string {
	t.Helper()
	f := &failing{TB: t}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			for _, do := range f.cleanups {
				do()
			}
		}()
		test(f)
	}()
	<-ended
	return f.failures
}

func TestFailuresAreReported(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		test       func(uitest.TB)
	}{
		{"a reset of the terminal", "a reset of the terminal, ESC c", func(t uitest.TB) {
			term := start(t)
			term.Press("e")
			term.WaitForText("raw text")
		}},
		{"a bidirectional control", "U+202E printed as text", func(t uitest.TB) {
			term := start(t)
			term.Press("r")
			term.WaitForText("raw text")
		}},
		{"a bell", `control character '\a'`, func(t uitest.TB) {
			term := start(t)
			term.Press("b")
			term.WaitForText("raw text")
		}},
		{"bytes that are not UTF-8", "byte 0xff, which is not UTF-8", func(t uitest.TB) {
			term := start(t)
			term.Press("i")
			term.WaitForText("raw text")
		}},
		{"a terminal left in disorder",
			"the program has ended, but the cursor is hidden, mode 1002 is still set, mode 1006 is still set, " +
				"the alternate screen is still shown, mode 2004 is still set, mode 2027 is still set, the line discipline is not what it was",
			func(t uitest.TB) {
				term := start(t)
				term.Settle()
				term.Press("x")
				term.WaitForExit()
			}},
		{"a text that never comes", "waited in vain for the text \"godot\": the program has ended", func(t uitest.TB) {
			term := start(t)
			term.Press("q")
			term.WaitForText("godot")
		}},
		{"a key that does not exist", `there is no key "hyper"`, func(t uitest.TB) {
			start(t).Press("hyper")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := failures(t, tc.test); !strings.Contains(got, tc.want) {
				t.Errorf("reported %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReplacementCharacterIsAllowed(t *testing.T) {
	if got := failures(t, func(t uitest.TB) {
		term := start(t)
		term.Press("I")
		term.WaitForText("raw text")
	}); got != "" {
		t.Errorf("reported %q", got)
	}
}

// A shell with job control stops and resumes the program, and is usable in between.
func TestSuspendAndResume(t *testing.T) {
	term := uitest.Start(t, exec.Command("sh", "-i"), 80, 24, "PS1=ready> ", subjectEnv)
	prompted(term, "")
	term.Type(os.Args[0] + "\r")
	term.WaitForText("80x24")
	term.Press("z")
	prompted(term, "Stopped")
	term.Type("echo $((6*7))\r")
	prompted(term, "42")
	term.Type("fg\r")
	term.WaitFor("the program", func(s uitest.Screen) bool { return s.AltScreen && s.Contains("last: z") })
	term.Press("q")
	prompted(term, "fg")
	term.Type("exit\r")
	term.WaitForExit()
}

// prompted waits until the shell asks for a command: what is typed before that may
// still reach the program. Above the prompt text must stand.
func prompted(term *uitest.Terminal, text string) {
	term.WaitFor("the shell's prompt", func(s uitest.Screen) bool {
		return !s.AltScreen && s.Contains(text) && strings.HasSuffix("\n"+strings.TrimRight(s.Text(), "\n"), "\nready>")
	})
}
