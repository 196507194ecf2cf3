package sandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox"
)

// seat is a terminal with a maker on it that runs a program in its sandbox.
type seat struct {
	cmd      *exec.Cmd
	terminal *os.File // the user's side
	saved    *sys.TerminalSettings
	dir      string
	seen     string
}

// sit starts a program in a new sandbox on a new terminal.
func sit(t testing.TB, spec sandbox.Spec, argv ...string) *seat {
	t.Helper()
	s := &seat{dir: storeDir(t)}
	spec.UserNS = spec.UserNS || os.Geteuid() != 0
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Like on any terminal a shell is the leader of the session: the kernel hangs a terminal up
	// when that dies.
	s.cmd = exec.Command("sh", "-c", `"$0" "$1"; echo "back with $?"; read line`, self, wish{Spec: spec, Argv: argv}.String()) //nolint:gosec // the test itself
	s.cmd.Env = append(os.Environ(), makerEnv+"="+s.dir, "PS1=$ ", "TERM=dumb", "HISTFILE=")
	s.terminal, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 33, Cols: 111})
	if err != nil {
		t.Fatal(err)
	}
	if s.saved, err = sys.TerminalSettingsOf(int(s.terminal.Fd())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill() // it may have ended
			_ = s.cmd.Wait()
		}
		_ = s.terminal.Close()
	})
	s.expect(t, "made ")
	return s
}

// maker is the process that made the sandbox, the shell's only child.
func (s *seat) maker(t testing.TB) int {
	t.Helper()
	pid := itoa(s.cmd.Process.Pid)
	text, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// expect reads what is printed until a text comes.
func (s *seat) expect(t testing.TB, text string) {
	t.Helper()
	buf := make([]byte, 4096)
	for limit := time.Now().Add(20 * time.Second); !strings.Contains(s.seen, text); {
		ready := make(chan int, 1)
		go func() {
			n, err := s.terminal.Read(buf)
			if err != nil {
				n = -1
			}
			ready <- n
		}()
		select {
		case n := <-ready:
			if n < 0 {
				t.Fatalf("the terminal ended before %q came:\n%s", text, s.seen)
			}
			s.seen += string(buf[:n])
		case <-time.After(time.Until(limit)):
			t.Fatalf("%q did not come:\n%s", text, s.seen)
		}
	}
	_, s.seen, _ = strings.Cut(s.seen, text)
}

func (s *seat) typed(t testing.TB, text string) {
	t.Helper()
	if _, err := s.terminal.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// raw reports whether the terminal passes bytes as they are.
func (s *seat) raw(t testing.TB) bool {
	t.Helper()
	now, err := sys.TerminalSettingsOf(int(s.terminal.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return *now == *s.saved.Raw()
}

// wantRestored checks that the terminal is as it was, soon.
func (s *seat) wantRestored(t testing.TB) {
	t.Helper()
	eventually(t, "as it was: the terminal", func() bool {
		now, err := sys.TerminalSettingsOf(int(s.terminal.Fd()))
		return err == nil && *now == *s.saved
	})
}

func TestShellOnATerminal(t *testing.T) {
	for _, pid := range []bool{false, true} {
		s := sit(t, sandbox.Spec{PID: pid}, "bash", "--norc", "--noprofile", "-i")
		s.expect(t, "$ ")
		s.typed(t, "stty size; tty\r")
		s.expect(t, "33 111\r\n")
		s.expect(t, "/dev/pts/")
		if err := pty.Setsize(s.terminal, &pty.Winsize{Rows: 44, Cols: 99}); err != nil {
			t.Fatal(err)
		}
		s.typed(t, "until [ \"$(stty size)\" = '44 99' ]; do :; done; echo re''sized\r")
		s.expect(t, "resized")
		s.typed(t, "sleep 1000\r")
		s.expect(t, "sleep 1000\r\n")
		// The shell gives sleep the terminal before it runs it; ctrl-Z before that is nobody's.
		eventually(t, "running: sleep", func() bool { return s.runs(t, "sleep") })
		s.typed(t, "\x1a")
		s.expect(t, "Stopped")
		s.expect(t, "$ ")
		s.typed(t, "fg\r")
		s.expect(t, "sleep 1000\r\n")
		eventually(t, "running again: sleep", func() bool { return s.runs(t, "sleep") })
		s.typed(t, "\x03")
		s.expect(t, "^C")
		s.expect(t, "$ ")
		s.typed(t, "echo status $?\r")
		s.expect(t, "status 130")
		s.typed(t, "exit 7\r")
		s.expect(t, "ended with 7")
		s.expect(t, "back with 0")
		s.wantRestored(t)
	}
}

// runs reports whether a program runs in the sandbox, and has the terminal.
func (s *seat) runs(t testing.TB, name string) bool {
	t.Helper()
	b, err := open(t, s.dir).Find("s1")
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range b.Processes() {
		stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
		if err != nil || !strings.Contains(string(stat), " ("+name+") S ") {
			continue
		}
		// pid (comm) state ppid pgrp session tty_nr tpgid
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); fields[2] == fields[5] {
			return true
		}
	}
	return false
}

// Whoever dies, the terminal is left as it was.
func TestTerminalIsRestored(t *testing.T) {
	for _, tc := range []struct {
		name string
		kill func(t *testing.T, s *seat, b sandbox.Info) error
	}{
		{"the program is killed", func(t *testing.T, _ *seat, b sandbox.Info) error {
			t.Helper()
			for _, pid := range b.Processes() {
				if pid != b.PID {
					return syscall.Kill(pid, syscall.SIGKILL)
				}
			}
			return errors.New("there is no program")
		}},
		{"the keeper is killed", func(_ *testing.T, _ *seat, b sandbox.Info) error { return syscall.Kill(b.PID, syscall.SIGKILL) }},
		{"the caller is killed", func(t *testing.T, s *seat, _ sandbox.Info) error {
			t.Helper()
			return syscall.Kill(s.maker(t), syscall.SIGKILL)
		}},
		{"the caller is asked to end", func(t *testing.T, s *seat, _ sandbox.Info) error {
			t.Helper()
			return syscall.Kill(s.maker(t), syscall.SIGTERM)
		}},
		{"the caller is hung up", func(t *testing.T, s *seat, _ sandbox.Info) error {
			t.Helper()
			return syscall.Kill(s.maker(t), syscall.SIGHUP)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := sit(t, sandbox.Spec{}, "sh", "-c", "echo run''ning; exec sleep 1000")
			s.expect(t, "running")
			eventually(t, "raw: the terminal", func() bool { return s.raw(t) })
			store := open(t, s.dir)
			b, err := store.Find("s1")
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "running: sleep", func() bool { return s.runs(t, "sleep") })
			if err := tc.kill(t, s, b); err != nil {
				t.Fatal(err)
			}
			s.expect(t, "back with ")
			s.wantRestored(t)
			s.typed(t, "\r")
			s.expect(t, "\r\n")
			if err := s.cmd.Wait(); err != nil {
				t.Error(err)
			}
			eventually(t, "gone or stale", func() bool {
				all, err := store.List()
				return err == nil && (len(all) == 0 || all[0].State == sandbox.Stale)
			})
			if _, err := store.RemoveStale(); err != nil {
				t.Error(err)
			}
			wantNothing(t, s.dir)
		})
	}
}
