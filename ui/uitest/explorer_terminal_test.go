package uitest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/ui/uitest"
)

func TestTooSmallPage(t *testing.T) {
	for _, size := range []struct{ cols, rows int }{{59, 20}, {60, 19}, {30, 5}} {
		t.Run(fmt.Sprintf("%dx%d", size.cols, size.rows), func(t *testing.T) {
			term := uitest.Start(t, explorer(t, "--snapshot", demo), size.cols, size.rows)
			term.WaitForText("60 x 20")
			s := term.WaitForText(fmt.Sprintf("%d x %d", size.cols, size.rows))
			if s.Contains("Mount namespaces") {
				t.Errorf("the screen is there as well\n%s", s.Text())
			}
			term.Press("j", "enter", "/", ":") // what cannot be seen must not happen
			term.Settle()
			term.Resize(60, 20)
			term.WaitForText("Mount namespaces")
			checkLayout(t, "growing", term.Settle())
			term.Resize(size.cols, size.rows)
			term.WaitForText("60 x 20")
			term.Press("q")
			if status, _ := term.WaitForExit(); status != 0 {
				t.Errorf("q ends with status %d", status)
			}
		})
	}
}

func TestResizeStorm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, keys := range [][]string{{"1"}, {"2"}, {"3"}, {"5"}, {"?"}, {":"}, {"2", "v", "enter"}, {"1", "/", "x"}} {
		t.Run(strings.Join(keys, " "), func(t *testing.T) {
			term := explore(t, demo, 100, 30)
			term.Press(keys...)
			for range 60 {
				term.Resize(1+random.IntN(220), 1+random.IntN(70))
			}
			for _, size := range sizes {
				term.Resize(size.cols, size.rows)
				term.WaitFor(fmt.Sprintf("a whole screen of %dx%d", size.cols, size.rows), func(s uitest.Screen) bool {
					return layoutProblems(s) == nil
				})
			}
			leave(t, term)
		})
	}
}

func TestColour(t *testing.T) {
	for _, tc := range []struct {
		name    string
		env     []string
		args    []string
		colours bool
	}{
		{name: "by default", colours: true},
		{name: "NO_COLOR is empty", env: []string{"NO_COLOR="}, colours: true},
		{name: "NO_COLOR=1", env: []string{"NO_COLOR=1"}},
		{name: "NO_COLOR=0", env: []string{"NO_COLOR=0"}},
		{name: "NO_COLOR=false", env: []string{"NO_COLOR=false"}},
		{name: "mono", args: []string{"--theme", "mono"}},
		{name: "NO_COLOR and a theme", env: []string{"NO_COLOR=yes"}, args: []string{"--theme", "light"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			term := uitest.Start(t, explorer(t, append(tc.args, "--snapshot", demo)...), 120, 40, tc.env...)
			term.WaitForText("Mount namespaces")
			for _, key := range []string{"1", "2", "3", "?"} {
				term.Press(key)
				s := term.Settle()
				colours := 0
				for _, row := range s.Cells {
					for _, cell := range row {
						if cell.Style.Fg != nil || cell.Style.Bg != nil {
							colours++
						}
					}
				}
				if (colours > 0) != tc.colours {
					t.Errorf("after %s %d cells are in colour", key, colours)
				}
				// Without colour too it must be seen what is selected.
				if key != "?" && !tc.colours && selected(s) == "" {
					t.Errorf("after %s no row is marked\n%s", key, s.Text())
				}
			}
			leave(t, term)
		})
	}
}

func TestASCII(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		args []string
	}{
		{name: "the Linux console", env: []string{"TERM=linux"}},
		{name: "LC_ALL=C", env: []string{"LC_ALL=C"}},
		{name: "LC_CTYPE=POSIX", env: []string{"LC_CTYPE=POSIX"}},
		{name: "LANG=de_DE.ISO-8859-1", env: []string{"LANG=de_DE.ISO-8859-1"}},
		{name: "--ascii", args: []string{"--ascii"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			term := uitest.Start(t, explorer(t, append(tc.args, "--snapshot", demo)...), 80, 24, tc.env...)
			term.WaitForText("Mount namespaces")
			for _, keys := range [][]string{{"1"}, {"2"}, {"v", "enter"}, {"3"}, {"?"}, {"esc", ":"}} {
				term.Press(keys...)
				s := term.Settle()
				for _, r := range s.Text() {
					if r >= 0x80 {
						t.Errorf("after %q there is %q\n%s", keys, r, s.Text())
						break
					}
				}
			}
			leave(t, term)
		})
	}
}

// All that is on the screen of a hostile snapshot is what mntscope wrote there; that
// nothing else reaches the terminal is checked by the harness.
func TestHostileSnapshot(t *testing.T) {
	snapshot := save(t, hostile())
	atEverySize(t, func(t *testing.T, cols, rows int) {
		term := explore(t, snapshot, cols, rows)
		for _, screen := range []string{"1", "2", "3"} {
			term.Press(screen)
			for range harmful {
				term.Press("j")
				checkLayout(t, "moving on screen "+screen, term.Settle())
			}
			term.Press("y")
			checkLayout(t, "y on screen "+screen, term.Settle())
			term.Press("esc")
		}
		s := term.Settle()
		if want := `mntscope host\x1b[31m\n`; s.Title != want {
			t.Errorf("the window's title is %q, want %q", s.Title, want)
		}
		if copied := term.Clipboard(); copied != nil {
			t.Errorf("the clipboard has been changed to %q", copied)
		}
		leave(t, term)
	})
}

func TestEnds(t *testing.T) {
	for _, tc := range []struct {
		name string
		keys []string
	}{
		{"q", []string{"q"}},
		{"ctrl-c", []string{"ctrl+c"}},
		{"ctrl-c in help", []string{"?", "ctrl+c"}},
		{"ctrl-c while typing", []string{"/", "a", "ctrl+c"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			term := explore(t, demo, 80, 24)
			term.Press(tc.keys...)
			status, last := term.WaitForExit()
			if status != 0 {
				t.Errorf("ends with status %d", status)
			}
			if text := strings.TrimSpace(last.Text()); text != "" {
				t.Errorf("leaves text behind: %q", text)
			}
		})
	}
}

// A signal ends it in good order, too.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{interrupt, terminate, hangUp} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd := explorer(t, "--snapshot", demo)
			term := uitest.Start(t, cmd, 80, 24)
			term.WaitForText("Mount namespaces")
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			term.WaitForExit()
		})
	}
}

func TestSuspendTheExplorer(t *testing.T) {
	suspend(t, uitest.Start(t, exec.Command("sh", "-i"), 80, 24, "PS1=ready> ", "MNTSCOPE="+explorer(t).Path))
}

// The answers of a terminal that is far away do not reach the shell.
func TestSuspendOnASlowTerminal(t *testing.T) {
	term := uitest.Start(t, exec.Command("sh", "-i"), 80, 24, "PS1=ready> ", "MNTSCOPE="+explorer(t).Path)
	term.AnswerAfter(300 * time.Millisecond)
	suspend(t, term)
}

// Nor do they when a signal ends it.
func TestSignalsOnASlowTerminal(t *testing.T) {
	for _, signal := range []syscall.Signal{interrupt, terminate, hangUp} {
		t.Run(signal.String(), func(t *testing.T) {
			pidFile := filepath.Join(t.TempDir(), "pid")
			term := uitest.Start(t, exec.Command("sh", "-i"), 80, 24, "PS1=ready> ", "MNTSCOPE="+explorer(t).Path, "PID="+pidFile)
			prompted(term, "")
			term.Type("sh -c 'echo $$ >\"$PID\"; exec \"$MNTSCOPE\" --snapshot " + demo + "'\r")
			term.WaitForText("Mount namespaces")
			term.WaitForAnswers()
			term.AnswerAfter(300 * time.Millisecond)
			text, err := os.ReadFile(pidFile)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err == nil {
				err = syscall.Kill(pid, signal)
			}
			if err != nil {
				t.Fatal(err)
			}
			prompted(term, "")
			term.WaitForAnswers()
			term.Type("echo $((6*7))\r")
			prompted(term, "42")
			term.Type("exit\r")
			term.WaitForExit()
		})
	}
}

// suspend suspends and resumes the explorer in a shell, and leaves both.
func suspend(t *testing.T, term *uitest.Terminal) {
	t.Helper()
	prompted(term, "")
	term.Type("\"$MNTSCOPE\" --snapshot " + demo + "\r")
	term.WaitForText("Mount namespaces")
	term.Press("j", "ctrl+z")
	prompted(term, "Stopped")
	term.WaitForAnswers()
	term.Type("echo $((6*7))\r")
	prompted(term, "42")
	term.Resize(120, 40) // meanwhile the terminal changes
	term.Type("fg\r")
	term.WaitFor("the explorer", func(s uitest.Screen) bool { return s.AltScreen && s.Contains("Mount namespaces") })
	s := selects(t, term, "web")
	checkLayout(t, "fg", s)
	checkLayout(t, "fg in a larger terminal", term.Settle())
	term.Press("q")
	prompted(term, "fg")
	term.Type("exit\r")
	term.WaitForExit()
}

// What is typed before the program is ready is not lost.
func TestTypeAhead(t *testing.T) {
	term := uitest.Start(t, explorer(t, "--snapshot", demo), 80, 24)
	term.Press("3")
	term.WaitForText("PEER GROUP")
	leave(t, term)
}

func TestBadSnapshots(t *testing.T) {
	whole, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, text, want string }{
		{"truncated", string(whole[:len(whole)/2]), "truncated"},
		{"not a snapshot", "\x1b]0;owned\a", "not a mntscope snapshot"},
		{"another version", `{"format":"` + nsctl.Format + `","version":99}`, "version 99"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "snapshot.json")
			if err := os.WriteFile(name, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			term := uitest.Start(t, explorer(t, "--snapshot", name), 250, 24)
			status, last := term.WaitForExit()
			if text := strings.TrimSpace(last.Text()); status != 1 || !strings.Contains(text, tc.want) || strings.Contains(text, "\n") {
				t.Errorf("ends with status %d and %q, want one line with %q", status, text, tc.want)
			}
		})
	}
}
