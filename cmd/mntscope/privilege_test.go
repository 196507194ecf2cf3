package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mntscope/ui/uitest"
)

// Who may not change mounts is told before he is asked, and nothing is written to the journal.
func TestApplyWithoutPrivilege(t *testing.T) {
	state := []string{"XDG_STATE_HOME=" + t.TempDir()}
	unprivileged := func(args ...string) *exec.Cmd {
		cmd := program(t, args...)
		if os.Geteuid() == 0 {
			cmd = exec.CommandContext(t.Context(), "setpriv", append([]string{"--bounding-set", "-sys_admin", "--", cmd.Path}, args...)...)
			cmd.Env = program(t).Env
		}
		cmd.Env = append(cmd.Env, state...)
		return cmd
	}
	cmd := unprivileged("apply", "--", "mount", "--make-private", "/proc")
	term := uitest.Start(t, cmd, 160, 40, append(state, beProgram+"=1", quickRace, "NO_COLOR=1")...)
	status, screen := term.WaitForExit()
	text := strings.Join(strings.Fields(screen.Text()), " ")
	if status != exitFailed || strings.Contains(text, "[y/N]") || !strings.Contains(text, "EPERM: the caller may not change mounts there; it takes CAP_SYS_ADMIN in user:[") {
		t.Errorf("exit status %d\n%s", status, screen.Text())
	}
	if r := finished(t, unprivileged("undo", "--list", "--json")); r.out != "[]\n" {
		t.Errorf("the journal has %s%s", r.out, r.err)
	}
}

// What it takes to mount proc in a namespace of another owner is said as it is.
func TestMountProcWithoutItsPids(t *testing.T) {
	c := newChanging(t)
	c.room = c.less(t)
	r := finished(t, c.outside(t, "apply", "--yes", "--ns", c.NS.String(), "--", "mount", "-t", "proc", "p", "/mnt"))
	if r.status != exitFailed || !strings.Contains(r.err, "EPERM") || !strings.Contains(r.err, "it takes a pid namespace that user:[") {
		t.Errorf("exit status %d: %s", r.status, r.err)
	}
}
