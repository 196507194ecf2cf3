package uitest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"mntscope/ui/uitest"
)

const (
	interrupt = syscall.SIGINT
	terminate = syscall.SIGTERM
	hangUp    = syscall.SIGHUP
)

func TestLiveHost(t *testing.T) {
	atEverySize(t, func(t *testing.T, cols, rows int) {
		term := uitest.Start(t, explorer(t), cols, rows)
		term.WaitForText("1 of ") // something is selected
		for _, key := range []string{"j", "enter", "G", "enter", "esc", "esc", "3", "G", "r", "1"} {
			term.Press(key)
			checkLayout(t, key, term.Settle())
		}
		leave(t, term)
	})
}

// In a mount namespace of its own something is mounted, and unmounted again, while
// the explorer shows it; what was selected stays selected.
func TestFollowsTheHost(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").CombinedOutput(); err != nil {
		t.Skipf("it takes a user namespace: unshare: %v: %s", err, output)
	}
	signals := filepath.Join(t.TempDir(), "signals")
	if err := syscall.Mkfifo(signals, 0o600); err != nil {
		t.Fatal(err)
	}
	script := `mount -t tmpfs first /mnt && mkdir /mnt/a /mnt/z || exit
		mount -t tmpfs last /mnt/z
		(while read command; do $command; done <"$1") &
		exec "$2"`
	term := uitest.Start(t, exec.Command("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc",
		"sh", "-c", script, "sh", signals, path), 120, 40)
	commands, err := os.OpenFile(signals, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer commands.Close()
	send := func(command string) {
		t.Helper()
		if _, err := commands.WriteString(command + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	term.WaitForText("Mount namespaces")
	term.Press("2", "/")
	term.Type("/mnt")
	term.Press("enter")
	term.WaitForText("last")
	term.Press("G")
	selects(t, term, "/mnt/z")

	send("mount -t tmpfs between /mnt/a")
	term.WaitForText("between")
	selects(t, term, "/mnt/z")
	send("umount /mnt/a")
	term.WaitForNoText("between")
	selects(t, term, "/mnt/z")
	send("umount /mnt/z")
	term.WaitForText("is gone")
	leave(t, term)
}
