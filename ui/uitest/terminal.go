package uitest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience is how long anything is waited for. It is long because a loaded
// machine under the race detector is slow, and only a failing test waits for it.
const patience = 20 * time.Second

// TB is what is used of [testing.TB], so that programs other than tests can
// drive a terminal.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Terminal is a terminal with a program running in it. Its methods end the test
// if what they wait for does not come.
type Terminal struct {
	t      TB
	cmd    *exec.Cmd
	pty    *os.File
	input  chan string   // what the program is to read
	done   chan struct{} // closed when the program has ended and its output was read
	cooked *term.State   // the line discipline of a new terminal
	after  *term.State   // and as the program left it; valid when done
	delay  atomic.Int64  // of the answers to the program's questions, in nanoseconds
	asked  atomic.Int64  // questions that the answer is on its way to

	mu       sync.Mutex
	emulator *vt.Emulator
	witness  *witness
	frame    []byte        // the beginning of a synchronised update, not yet shown
	changed  chan struct{} // closed, and replaced, when the emulator shows something new
}

// Start runs cmd in a terminal of the given size. The program's environment holds
// nothing from outside but PATH and HOME: a colour terminal, UTF-8, UTC, and then env,
// which may override these. The program is killed at the end of the test.
func Start(t TB, cmd *exec.Cmd, cols, rows int, env ...string) *Terminal {
	t.Helper()
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "TZ=UTC",
	}, env...)
	cooked, err := newLineDiscipline()
	if err != nil {
		t.Fatalf("make a terminal: %v", err)
	}
	file, err := pty.StartWithSize(cmd, winsize(cols, rows))
	if err != nil {
		t.Fatalf("start %s on a terminal: %v", cmd.Path, err)
	}
	terminal := &Terminal{
		t: t, cmd: cmd, pty: file, cooked: cooked,
		input:    make(chan string, 1<<16), // so many that sending never waits for a program that hangs
		done:     make(chan struct{}),
		emulator: newEmulator(cols, rows),
		witness:  newWitness(),
		changed:  make(chan struct{}),
	}
	var pumps sync.WaitGroup
	pumps.Go(terminal.readOutput)
	pumps.Go(terminal.takeReplies)
	pumps.Go(terminal.writeInput)
	t.Cleanup(func() {
		t.Helper()
		_ = cmd.Process.Kill()
		pumps.Wait()
		for _, leak := range terminal.witness.leaks {
			t.Errorf("the program wrote to the terminal what it should not: %s", leak)
		}
	})
	return terminal
}

// newLineDiscipline reads the modes of a new terminal. Those of the program's own
// cannot be read before the program may have changed them.
func newLineDiscipline() (*term.State, error) {
	control, tty, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer control.Close()
	defer tty.Close()
	return lineDiscipline(control)
}

func lineDiscipline(control *os.File) (*term.State, error) {
	conn, err := control.SyscallConn() // unlike Fd, leaves the file non-blocking
	if err != nil {
		return nil, err
	}
	var state *term.State
	var failed error
	err = conn.Control(func(fd uintptr) { state, failed = term.GetState(fd) })
	return state, errors.Join(err, failed)
}

// newEmulator makes an emulator that, asked for the modes it knows, names two that
// it would not name by itself: synchronised output, and the width of whole
// characters rather than of code points, which is the width it goes by anyhow.
func newEmulator(cols, rows int) *vt.Emulator {
	emulator := vt.NewEmulator(cols, rows)
	emulator.RegisterCsiHandler(ansi.Command('?', '$', 'p'), func(params ansi.Params) bool {
		mode, _, _ := params.Param(0, 0)
		if mode != modeSynchronized && mode != modeCharacterWidth {
			return false
		}
		_, err := io.WriteString(emulator.InputPipe(), ansi.ReportMode(ansi.DECMode(mode), ansi.ModeReset))
		return err == nil
	})
	// A program that has not heard of a smaller size yet may set margins for the old
	// one. Terminals cut them off; the emulator, as of v0.1.0, takes them as they are,
	// and panics when it scrolls. Taking none will do: what is drawn for the old size is
	// drawn again.
	emulator.RegisterCsiHandler('r', func(params ansi.Params) bool {
		bottom, _, _ := params.Param(1, 0)
		return bottom > emulator.Height()
	})
	return emulator
}

// readOutput feeds the emulator with what the program writes, until the program
// has ended.
func (t *Terminal) readOutput() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.pty.Read(buffer)
		t.mu.Lock()
		t.witness.Write(buffer[:n])
		t.frame = append(t.frame, buffer[:n]...)
		if !t.witness.modes[modeSynchronized] || err != nil {
			_, _ = t.emulator.Write(t.frame) // fails only if closed, which it never is
			t.frame = t.frame[:0]
			t.show()
		}
		t.mu.Unlock()
		if err != nil { // EIO: nobody has the terminal open any more
			break
		}
	}
	_ = t.cmd.Wait() // its result is in ProcessState
	t.after, _ = lineDiscipline(t.pty)
	close(t.done)
	// Ends takeReplies. The emulator's own Close would race with its Read.
	_ = t.emulator.InputPipe().(io.Closer).Close()
}

// show wakes those that wait. The lock must be held.
func (t *Terminal) show() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// writeInput passes the queue on to the program, until the program has ended.
func (t *Terminal) writeInput() {
	defer t.pty.Close()
	for {
		select {
		case input := <-t.input:
			_, _ = io.WriteString(t.pty, input) // a program that has ended reads no more
		case <-t.done:
			return
		}
	}
}

// Screen gives what the terminal shows, which never is a part of a frame.
func (t *Terminal) Screen() Screen {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen()
}

// WaitFor waits until the screen is as ok says, and gives it. what completes the
// sentence "waited in vain for ...".
func (t *Terminal) WaitFor(what string, ok func(Screen) bool) Screen {
	t.t.Helper()
	return t.wait(what, func() (Screen, bool) {
		s := t.screen()
		return s, ok(s)
	})
}

// WaitForText waits until text stands on the screen.
func (t *Terminal) WaitForText(text string) Screen {
	t.t.Helper()
	return t.WaitFor(fmt.Sprintf("the text %q", text), func(s Screen) bool { return s.Contains(text) })
}

// WaitForNoText waits until text stands on the screen no longer.
func (t *Terminal) WaitForNoText(text string) Screen {
	t.t.Helper()
	return t.WaitFor(fmt.Sprintf("the text %q to go", text), func(s Screen) bool { return !s.Contains(text) })
}

// wait calls ok, with the lock held, after each frame until it agrees.
func (t *Terminal) wait(what string, ok func() (Screen, bool)) Screen {
	t.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for ended := false; ; {
		t.mu.Lock()
		changed := t.changed
		if len(t.frame) == 0 {
			if screen, ok := ok(); ok {
				t.mu.Unlock()
				return screen
			}
		}
		t.mu.Unlock()
		if ended {
			t.t.Fatalf("waited in vain for %s: the program has ended\n%s", what, t.describe())
		}
		select {
		case <-changed:
		case <-t.done:
			ended = true
		case <-deadline.C:
			t.t.Fatalf("waited in vain for %s\n%s", what, t.describe())
		}
	}
}

// WaitForExit waits until the program has ended, checks that it left the terminal
// as it found it, and gives its exit status and the last screen.
func (t *Terminal) WaitForExit() (int, Screen) {
	t.t.Helper()
	select {
	case <-t.done:
	case <-time.After(patience):
		t.t.Fatalf("waited in vain for the program to end\n%s", t.describe())
	}
	t.mu.Lock()
	left := t.witness.leftovers()
	last := t.screen()
	t.mu.Unlock()
	if t.after == nil || *t.after != *t.cooked {
		left = append(left, "the line discipline is not what it was (raw, or without echo)")
	}
	if len(left) > 0 {
		t.t.Errorf("the program has ended, but %s; the last it wrote was %q\n%s", strings.Join(left, ", "), t.witness.tail, t.describe())
	}
	return t.cmd.ProcessState.ExitCode(), last
}

// Clipboard gives what the program copied to the clipboard (OSC 52), in order.
func (t *Terminal) Clipboard() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.witness.clipboard...)
}

// WaitForClipboard waits until the program has copied something more than the
// first n texts, and gives it.
func (t *Terminal) WaitForClipboard(n int) string {
	t.t.Helper()
	var text string
	t.wait("something copied to the clipboard", func() (Screen, bool) {
		if len(t.witness.clipboard) <= n {
			return Screen{}, false
		}
		text = t.witness.clipboard[n]
		return Screen{}, true
	})
	return text
}

// screen copies the cells. The lock must be held.
func (t *Terminal) screen() Screen {
	s := Screen{
		Cells:     make([][]Cell, t.emulator.Height()),
		AltScreen: t.emulator.IsAltScreen(),
		Title:     t.witness.title,
	}
	for y := range s.Cells {
		s.Cells[y] = make([]Cell, t.emulator.Width())
		for x := range s.Cells[y] {
			s.Cells[y][x] = uv.EmptyCell
			if cell := t.emulator.CellAt(x, y); cell != nil {
				s.Cells[y][x] = *cell
			}
		}
	}
	return s
}

// describe is the state of the terminal for the report of a failure: the rows of
// the screen, and below a program that has ended the last of what scrolled off.
func (t *Terminal) describe() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.screen()
	var b strings.Builder
	fmt.Fprintf(&b, "alternate screen: %v, title: %q\n", s.AltScreen, s.Title)
	const history = 60
	if !s.AltScreen {
		for y := max(t.emulator.ScrollbackLen()-history, 0); y < t.emulator.ScrollbackLen(); y++ {
			b.WriteString("   |")
			for x := range t.emulator.Width() {
				if cell := t.emulator.ScrollbackCellAt(x, y); cell != nil {
					b.WriteString(cell.Content)
				}
			}
			b.WriteByte('\n')
		}
	}
	for y, line := range strings.Split(strings.TrimRight(s.Text(), "\n"), "\n") {
		fmt.Fprintf(&b, "%3d|%s\n", y, line)
	}
	return b.String()
}
