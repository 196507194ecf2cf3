package main

import (
	"context"
	"testing"
	"time"

	"mntscope/nsctl/discover"
)

func TestExplorerWithoutTerminal(t *testing.T) {
	for _, args := range [][]string{nil, {"--readonly"}, {"--snapshot", saved(t, host())}} {
		mntscope(t, args...).wantFailure(t, exitUsage, "needs a terminal", "ns, mounts, peers and snapshot")
	}
	mntscope(t, "--theme", "pink").wantFailure(t, exitUsage, "pink", "dark")
}

func TestSavedHostStaysAsItIs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want := host()
	delivered := 0
	err := savedHost{want}.Follow(ctx, func(u discover.Update) {
		delivered++
		if u.Snapshot != want || u.Read != 3 || u.Total != 3 {
			t.Errorf("delivered %p, %d of %d", u.Snapshot, u.Read, u.Total)
		}
		cancel()
	})
	if err != nil || delivered != 1 {
		t.Errorf("delivered %d times, ended with %v", delivered, err)
	}
}
