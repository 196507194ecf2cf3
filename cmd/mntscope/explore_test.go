package main

import (
	"testing"

	"mntscope/nsctl/watch"
	"mntscope/ui/uitest"
)

func TestExplorerWithoutTerminal(t *testing.T) {
	for _, args := range [][]string{nil, {"--readonly"}, {"--snapshot", saved(t, host())}} {
		mntscope(t, args...).wantFailure(t, exitUsage, "needs a terminal", "ns, mounts, peers and snapshot")
	}
	mntscope(t, "--theme", "pink").wantFailure(t, exitUsage, "pink", "dark")
}

func TestSavedHostIsGivenOnce(t *testing.T) {
	want := host()
	delivered := 0
	err := savedHost{want}.Follow(t.Context(), func(u watch.Update) {
		delivered++
		if u.Snapshot != want || u.Read != 3 || u.Total != 3 {
			t.Errorf("delivered %p, %d of %d", u.Snapshot, u.Read, u.Total)
		}
	})
	if err != nil || delivered != 1 {
		t.Errorf("delivered %d times, ended with %v", delivered, err)
	}
}

func TestExplorerOpens(t *testing.T) {
	for _, args := range [][]string{{"--snapshot", saved(t, host())}, {"--readonly", "--ascii", "--no-mouse", "--theme", "mono"}} {
		terminal := uitest.Start(t, program(t, args...), 100, 30, beProgram+"=1", quickRace)
		terminal.WaitForText("initial")
		terminal.Press("q")
		if status, _ := terminal.WaitForExit(); status != exitDone {
			t.Errorf("%v: exit status %d", args, status)
		}
	}
}
