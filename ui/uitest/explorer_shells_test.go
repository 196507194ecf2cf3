package uitest_test

import (
	"os"
	"testing"
)

// A shell that ends at once does not leave the screen as it was.
func TestShellsThatEndAtOnce(t *testing.T) {
	term := atWork(t, 80, 24)
	term.Press("n", "enter")
	term.WaitForText("made the sandbox s1")
	for range 10 {
		term.openShell("s1")()
		term.Press("g") // which takes the note away
		term.WaitForNoText("back from the shell")
	}
	leave(t, term.Terminal)
	nothingLeft(t, term)
}

// Who is impatient after a shell comes back to the explorer, too, and does not leave it.
func TestShellIsLeftByCtrlC(t *testing.T) {
	term := atWork(t, 80, 24)
	term.Press("n", "enter")
	term.WaitForText("made the sandbox s1")
	for _, key := range []string{"ctrl+c", "ctrl+d"} {
		term.openShellUntil("s1", key)()
		term.Press("g") // which takes the note away
		term.WaitForNoText("back from the shell")
	}
	leave(t, term.Terminal)
	nothingLeft(t, term)
}

// Anybody has a shell in his own namespace, on a terminal of its own.
func TestShellHere(t *testing.T) {
	term := atWork(t, 120, 40)
	term.selectSpace(t, "start")
	back := term.openShell("")
	term.Type("echo tty=$(tty | cut -c1-9)")
	term.Press("enter")
	term.WaitForText("tty=/dev/pts/")
	back()
	leave(t, term.Terminal)
}

// Root has one in any namespace.
func TestShellElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may enter a namespace that is no sandbox of his")
	}
	term := atWork(t, 120, 40)
	term.selectSpace(t, "start")
	back := term.openShell("")
	term.Type("setsid unshare --mount --propagation private sh -c 'mount -t tmpfs elsewhere /mnt; exec sleep 1000' &")
	term.Press("enter")
	back()
	term.selectSpace(t, "sleep")
	term.Press("enter")
	back = term.openShell("sleep")
	term.Type("cat /proc/self/mounts | grep ^elsewhere")
	term.Press("enter")
	term.WaitForText("elsewhere /mnt tmpfs")
	back()
	leave(t, term.Terminal)
}

// selectSpace selects the one namespace that a word is for.
func (w working) selectSpace(t *testing.T, word string) {
	t.Helper()
	w.Press("1", "esc", "/", "ctrl+a", "ctrl+k")
	w.Type(word)
	w.Press("enter")
	selects(t, w.Terminal, word)
}

// The explorer ends, and the shell with it, when somebody asks it to.
func TestEndWhileAShellIsOpen(t *testing.T) {
	term := atWork(t, 80, 24)
	term.Press("n", "enter")
	term.WaitForText("made the sandbox s1")
	term.openShell("s1")
	term.Type("sleep 1000 & echo started")
	term.Press("enter")
	term.WaitForText("started")
	term.signal(t, terminate)
	if status, _ := term.WaitForExit(); status != 0 {
		t.Errorf("it ends with status %d", status)
	}
	nothingLeft(t, term)
}
