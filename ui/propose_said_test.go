package ui

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// A command is shown as it is copied, to the last backslash: somebody may type it.
func TestCommandsAreShownAsTheyAreTyped(t *testing.T) {
	op, err := nsctl.ParseOpLine(`mount -t tmpfs a $'/sys/\033[2J\012'`)
	if err != nil {
		t.Fatal(err)
	}
	d, b := changing(t, Options{}, 120, 40)
	b.before = func(string) error { return &change.OpError{Errno: "EPERM", Why: "not permitted"} }
	d.run(d.m.propose([]change.Request{{Op: op, NS: "mnt:[4026531832]", Cwd: "/"}}, "One"))
	const line = `mount -t tmpfs a $'/sys/\033[2J\012'`
	d.press("y")
	if got := d.copied(); got != line {
		t.Errorf("copied %q", got)
	}
	d.shows(line)
	d.press("enter")
	d.shows(line, "Do it?")
	d.press("y")
	d.shows("not done: " + line)
	d.check()
}

// What takes long to work out ends when nobody waits for it any more.
func TestWorkingOutEndsWithTheDialog(t *testing.T) {
	for _, leave := range []func(d *driver){
		func(d *driver) { d.press("esc") },
		func(d *driver) { d.send(tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft}) },
	} {
		d, _ := changing(t, Options{}, 120, 40)
		d.m.ctx = t.Context()
		cmd := d.m.present(&proposing{plan: func(ctx context.Context) (proposal, error) {
			d.shows("working it out")
			if ctx.Err() != nil {
				t.Error("it ends at once")
			}
			leave(d)
			return nil, ctx.Err()
		}})
		msg := cmd().(ProposedMsg)
		if msg.err == nil {
			t.Error("it goes on")
		}
		d.send(msg)
		if d.m.overlay != nil {
			t.Error("the dialog came back")
		}
	}
}
