package miniroot_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a terminal with a shell in it.
type terminal struct {
	*testing.T
	tty   *os.File
	cmd   *exec.Cmd
	shown chan string // closed when nobody has the terminal any more
	seen  string      // not yet waited for
}

func newTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	tty, err := pty.StartWithAttrs(cmd, &pty.Winsize{Rows: 24, Cols: 80}, withTerminal(cmd))
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{T: t, tty: tty, cmd: cmd, shown: make(chan string, 1000)}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(term.shown)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			if err != nil { // EIO
				return
			}
			term.shown <- string(buf[:n])
		}
	})
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // where the test failed; else it has ended
		_ = cmd.Wait()
		reading.Wait()
		if err := tty.Close(); err != nil {
			t.Error(err)
		}
	})
	return term
}

func withTerminal(cmd *exec.Cmd) *syscall.SysProcAttr {
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	return cmd.SysProcAttr
}

func (t *terminal) send(keys string) {
	t.Helper()
	if _, err := t.tty.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// more waits for output, and says whether there can be any.
func (t *terminal) more(reason string) bool {
	t.Helper()
	select {
	case text, ok := <-t.shown:
		t.seen += text
		return ok
	case <-time.After(20 * time.Second):
		t.Fatalf("waiting for %s; there is %q", reason, t.seen)
		return false
	}
}

// see waits for a text, and drops what was shown up to its end.
func (t *terminal) see(text string) (before string) {
	t.Helper()
	for !strings.Contains(t.seen, text) {
		if !t.more(strconv.Quote(text)) {
			t.Fatalf("the shell ended before %q; there is %q", text, t.seen)
		}
	}
	before, t.seen, _ = strings.Cut(t.seen, text)
	return before
}

// end waits for the end of the shell.
func (t *terminal) end(status int) {
	t.Helper()
	for t.more("the end") {
	}
	err := t.cmd.Wait()
	if t.cmd.ProcessState.ExitCode() != status {
		t.Errorf("the shell ended with %v after %q, want status %d", err, t.seen, status)
	}
}

const (
	ctrlC = "\x03"
	ctrlD = "\x04"
)

func TestInteractive(t *testing.T) {
	s := newTerminal(t, in(t, newRoot(t), "sh", "-l"))
	s.see("/ # ")
	s.send("echo $((40+2)); cd /etc\n")
	s.see("\r\n42\r\n")
	s.see("/etc # ")

	// A statement of several lines.
	s.send("for i in a b\n")
	s.see("> ")
	s.send("do echo got-$i\n")
	s.see("> ")
	s.send("done\n")
	s.see("\r\ngot-a\r\ngot-b\r\n/etc # ")
	s.send("\n")
	s.see("/etc # ")

	// Errors do not end it.
	s.send("echo )\n")
	s.see("sh: ")
	s.see("/etc # ")
	s.send("echo status=$?; nothing-like-it\n")
	s.see("\r\nstatus=2\r\n")
	s.see("sh: cannot run nothing-like-it")
	s.see("/etc # ")
	s.send("cd /none; echo ${none?not set}; echo after\n")
	s.see("not set")
	s.see("after")

	s.send("sh -c 'exit 3'\n")
	s.see("/etc # ")
	s.send(ctrlD)
	s.end(3)
}

func TestInterrupt(t *testing.T) {
	s := newTerminal(t, in(t, newRoot(t), "sh"))
	s.see("/ # ")

	// At the prompt, what was typed is dropped.
	s.send("echo never" + ctrlC)
	s.see("/ # ")
	s.send("echo 'an open\n")
	s.see("> ")
	s.send("quote" + ctrlC)
	s.see("/ # ")
	s.send("echo one-$((1))\n")
	s.see("\r\none-1\r\n")

	// It ends the program in the foreground, and the rest of the statement.
	s.see("/ # ")
	s.send("sh -c 'echo star\"\"ted; sleep 1000'; echo nev\"\"er\n")
	s.see("\r\nstarted\r\n")
	s.send(ctrlC)
	s.see("/ # ")
	s.send("echo status=$?\n")
	if before := s.see("\r\nstatus=130\r\n"); strings.Contains(before, "never") {
		t.Errorf("the shell went on after ctrl-c: %q", before)
	}

	// A loop of the shell itself ends too, even if ctrl-c is as early as can be.
	s.see("/ # ")
	for n := range 50 {
		s.send("echo lo\"\"op; while true; do true; done\n")
		s.see("\r\nloop\r\n")
		s.send(ctrlC)
		s.see("/ # ")
		s.send(fmt.Sprintf("echo status-%d=$?\n", n))
		s.see(fmt.Sprintf("\r\nstatus-%d=130\r\n", n))
		s.see("/ # ")
	}

	// A program that does something else on ctrl-c goes on: the shell inside is interactive.
	s.send("sh\n")
	s.see("/ # ")
	s.send(ctrlC)
	s.see("/ # ")
	s.send("exit 4\n")
	s.see("/ # ")
	s.send("echo inner=$?\n")
	s.see("\r\ninner=4\r\n")
	s.see("/ # ")
	s.send("\x1c") // ctrl-\
	s.send("echo three-$((3))\n")
	s.see("three-3\r\n")
	s.send("exit 5\n")
	s.end(5)
}

// In a shell on a terminal everything that lists names is on a terminal too.
func TestHostileNamesOnATerminal(t *testing.T) {
	s := newTerminal(t, in(t, newRoot(t), "sh"))
	s.see("/ # ")
	s.send(`cd /tmp; touch "$(printf 'a\033[2Jb')"; ln -s "$(printf '\033]0;x\007')" link; d=$(printf 'd\033c'); mkdir $d; ls -l; cd $d; echo done-$((1))` + "\n")
	shown := s.see("\r\ndone-1\r\n")
	shown += s.see(`/tmp/d\x1bc # `)
	for _, want := range []string{`a\x1b[2Jb`, `link -> \x1b]0;x\a`} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown: %q", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b") {
		t.Errorf("an escape sequence came through: %q", shown)
	}
	s.send(ctrlD)
	s.end(0)
}
