package uitest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mntscope/ui/uitest"
)

// working is an explorer with a place of its own for sandboxes.
type working struct {
	*uitest.Terminal
	outer *exec.Cmd // whose child the explorer is, or the explorer itself
	state string
}

// atWork opens one on the screen of sandboxes. It is process 1 of a pid namespace, so that it does
// not see what other tests do to this machine.
func atWork(t *testing.T, cols, rows int, args ...string) working {
	t.Helper()
	return atWorkIn(t, t.TempDir(), cols, rows, append(append(pidNamespace(), explorer(t).Path), args...)...)
}

// pidNamespace is what begins a command that is process 1 of a pid namespace.
func pidNamespace() []string {
	words := []string{"unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"}
	if os.Geteuid() != 0 { // root there is not what the explorer is to be
		words = append(words, "--user", "--map-root-user", "unshare", "--user", "--map-user=1000", "--map-group=1000")
	}
	return words
}

// atWorkIn opens one with a place for sandboxes that may be there already.
func atWorkIn(t *testing.T, state string, cols, rows int, words ...string) working {
	t.Helper()
	if output, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").CombinedOutput(); err != nil && os.Geteuid() != 0 {
		t.Skipf("it takes a user namespace: unshare: %v: %s", err, output)
	}
	w := working{outer: exec.Command(words[0], words[1:]...), state: state}
	w.Terminal = uitest.Start(t, w.outer, cols, rows, "XDG_STATE_HOME="+state, "SHELL=/bin/sh", "PS1=ready> ")
	w.WaitForText("1 of ")
	w.Press("5")
	w.WaitForText("PROPAGATION")
	return w
}

// explorerPID gives the process of the explorer, which is process 1 of a pid namespace.
func (w working) explorerPID(t *testing.T) int {
	t.Helper()
	pid := strconv.Itoa(w.outer.Process.Pid)
	children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children") //nolint:gosec // of /proc
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// signal sends a signal to the explorer.
func (w working) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(w.explorerPID(t), s); err != nil {
		t.Fatal(err)
	}
}

// beside prepares a run of a program where the explorer is, as the same user.
func (w working) beside(t *testing.T, words ...string) *exec.Cmd {
	t.Helper()
	child := strconv.Itoa(w.explorerPID(t))
	lead := []string{"nsenter", "-t", child, "-m", "-p", "--"}
	if os.Geteuid() != 0 { // the user namespaces are one in the other
		lead = append([]string{"nsenter", "-t", strconv.Itoa(w.outer.Process.Pid), "-U", "--preserve-credentials", "--"}, lead...)
		lead = append(lead, "nsenter", "-t", "1", "-U", "--preserve-credentials", "--")
	}
	words = append(lead, words...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+w.state)
	return cmd
}

// nothingLeft checks that no process and no file of a sandbox is there any more.
func nothingLeft(t *testing.T, w working) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(w.state, "mntscope", "sandboxes", "*"))
	if len(left) > 0 {
		t.Errorf("of sandboxes there are still %v", left)
	}
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range environs {
		environ, err := os.ReadFile(path) //nolint:gosec // of /proc
		if err != nil || !bytes.Contains(environ, []byte(w.state)) {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))  //nolint:gosec // of /proc
		if len(line) > 0 && !bytes.Contains(line, []byte(explorer(t).Path)) { // the explorer itself
			t.Errorf("%s is still there: %q", filepath.Dir(path), line)
		}
	}
}

// tinyRoot is a root file system in which there is one program.
func tinyRoot(t *testing.T) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox (Debian: busybox-static)")
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"bin", "proc", "mnt"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil { //nolint:gosec // as in a root
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "bin", "busybox"), program, 0o755); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "mount"} {
		if err := os.Symlink("busybox", filepath.Join(dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// openShell opens a shell in what is selected, and waits for its prompt: what is typed before that
// is for the terminal as it was. Those of before may be on the screen still.
func (w working) openShell(name string) (back func()) { return w.openShellUntil(name, "enter") }

// openShellUntil opens one that is left with another key at the end.
func (w working) openShellUntil(name, key string) (back func()) {
	sinceLast := func(s uitest.Screen) string {
		text := s.Text()
		return strings.TrimSpace(text[max(strings.LastIndex(text, "a shell in "), 0):])
	}
	prompt := func() {
		w.WaitFor("a prompt in "+name, func(s uitest.Screen) bool {
			return !s.AltScreen && strings.HasPrefix(sinceLast(s), "a shell in "+name) && strings.HasSuffix(sinceLast(s), "ready>")
		})
	}
	w.Press("!")
	prompt()
	return func() {
		prompt() // the end of input is none for a shell that is not reading
		w.Press("ctrl+d")
		w.WaitFor("its end", func(s uitest.Screen) bool { return strings.Contains(sinceLast(s), "enter comes back") })
		w.Press(key)
		w.WaitForText("back from the shell")
	}
}

// A sandbox is made with two keys, its shell mounts something, which is seen in it and among the
// events, and it is removed.
func TestSandbox(t *testing.T) {
	atEverySize(t, func(t *testing.T, cols, rows int) {
		term := atWork(t, cols, rows)
		term.WaitForText("there is none; n makes one")
		term.Press("n")
		term.WaitForText("New sandbox")
		checkLayout(t, "n", term.Settle())
		term.Press("enter")
		term.WaitForText("made the sandbox s1")
		selects(t, term.Terminal, "s1")
		term.WaitFor("its mounts to be counted", func(s uitest.Screen) bool {
			row := strings.Fields(selected(s))
			return len(row) > 3 && !strings.Contains(strings.Join(row, " "), "? ")
		})
		checkLayout(t, "enter", term.Settle())
		back := term.openShell("s1")
		term.Type("mount -t tmpfs from-the-shell /mnt && echo $((20 + 3)) done")
		term.Press("enter")
		term.WaitForText("23 done")
		back()
		checkLayout(t, "the shell", term.Settle())
		term.Press("enter", "/")
		term.Type("from-the-shell")
		term.Press("enter")
		selects(t, term.Terminal, "/mnt")
		term.Press("esc", "esc", "4", "/")
		term.Type("path:/mnt")
		term.Press("enter")
		term.WaitFor("the mount among the events", func(s uitest.Screen) bool { return strings.Contains(selected(s), "/mnt") })
		term.Press("esc", "5", "x")
		term.WaitForText("Remove the sandbox s1?")
		checkLayout(t, "x", term.Settle())
		term.Press("enter") // No
		term.WaitForNoText("Remove the sandbox")
		term.Press("x", "y")
		term.WaitForText("removed s1")
		nothingLeft(t, term)
		leave(t, term.Terminal)
	})
}

// What was made ends with the explorer, also what was made in it, unless it is kept.
func TestSandboxesEndWithTheExplorer(t *testing.T) {
	term := atWorkIn(t, t.TempDir(), 120, 40, explorer(t).Path)
	term.Press("n", "enter")
	term.WaitForText("made the sandbox s1")
	term.Press("n")
	term.Type("inner")
	term.Press("down", "down", "down", "down", "right", "enter") // made in s1
	term.WaitForText("made the sandbox inner")
	term.WaitForText("└─ inner")
	term.Press("n")
	term.Type("stays")
	term.Press("up", "right", "enter")
	term.WaitForText("made the sandbox stays")
	term.WaitForText("kept")
	leave(t, term.Terminal)
	left, _ := filepath.Glob(filepath.Join(term.state, "mntscope", "sandboxes", "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "stays" {
		t.Errorf("of sandboxes there are %v, want the one that is kept", left)
	}

	// The next explorer finds it, with its shell.
	term = atWorkIn(t, term.state, 120, 40, explorer(t).Path)
	term.Press("/") // there may be others, of somebody else
	term.Type("stays")
	term.Press("enter")
	selects(t, term.Terminal, "stays")
	term.openShell("stays")()
	term.Press("x", "y")
	term.WaitForText("removed stays")
	nothingLeft(t, term)
	leave(t, term.Terminal)
}

// An explorer that is killed leaves no process; what is left is listed, and removed with one key.
func TestExplorerIsKilledAtWork(t *testing.T) {
	term := atWorkIn(t, t.TempDir(), 80, 24, explorer(t).Path)
	term.Press("n", "enter")
	term.WaitForText("made the sandbox s1")
	if err := term.outer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	term = atWorkIn(t, term.state, 80, 24, explorer(t).Path)
	term.WaitForText("stale")
	term.Press("X", "y")
	term.WaitForText("removed s1")
	nothingLeft(t, term)
	leave(t, term.Terminal)
}

// The steps to a root of its own, one by one and then all, and a shell in it.
func TestSandboxGoesToItsRoot(t *testing.T) {
	root := tinyRoot(t)
	term := atWork(t, 120, 40)
	term.Press("n", "down", "right", "right", "down")
	term.Type(root)
	term.Press("tab")
	term.WaitForText(root + "/")
	term.Press("enter")
	term.WaitForText("made the sandbox s1")
	term.WaitForText("0 of ")
	term.Press("c")
	term.WaitForText("also out of order")
	term.Type("exchange")
	term.Press("enter")
	term.WaitForText("exchange the roots")
	term.WaitFor("the kernel's error", func(s uitest.Screen) bool {
		return s.Contains("EINVAL") || s.Contains("EBUSY") || s.Contains("ENOENT")
	})
	term.Press("esc", "s")
	term.WaitForText("1 mount appeared")
	term.Press("s")
	term.WaitForText("Step 2 of")
	term.Press("esc", "S")
	term.WaitForText("! opens a shell in s1")
	back := term.openShell("s1")
	term.Type("echo /*")
	term.Press("enter")
	term.WaitForText("/bin /mnt /old_root /proc")
	back()
	leave(t, term.Terminal)
	nothingLeft(t, term)
	if _, err := os.Lstat(filepath.Join(root, "old_root")); !os.IsNotExist(err) {
		t.Errorf("old_root is left in the user's directory: %v", err)
	}
}

// Nothing is made where nothing may be changed.
func TestNoWorkshopReadOnly(t *testing.T) {
	term := atWork(t, 80, 24, "--readonly")
	term.WaitForText("there is no sandbox")
	term.Press("n", "!", "s", "x", "X", "t", "u", "A")
	for _, action := range []string{"make a sandbox", "propagation type of the mount", "take back the last", "shown: do it"} {
		term.Press(":")
		term.Type(action)
		term.WaitForText("nothing matches")
		term.Press("esc", "esc")
	}
	term.Press("L")
	term.WaitForText("the journal is empty")
	leave(t, term.Terminal)
	if entries, _ := os.ReadDir(term.state); len(entries) > 0 {
		t.Errorf("it made %v", entries)
	}
}
