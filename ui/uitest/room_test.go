package uitest_test

import (
	"os/exec"
	"testing"

	"mntscope/ui/uitest"
)

// room is a mount namespace with a shell in it, which ends with the test.
type room struct{ *uitest.Shell }

// enter starts the shell, by a command that leads into the namespace.
func enter(t *testing.T, cmd *exec.Cmd) *room {
	t.Helper()
	shell, err := uitest.StartShell(t, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return &room{shell}
}
