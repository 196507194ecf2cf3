package main

import (
	"errors"
	"os"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// Read-only, the core refuses what the explorer leaves out, and who only looks leaves nothing
// behind.
func TestExplorersCoreIsReadOnly(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	r := newRoom(t)
	c := newChanges(&boxes{}, true)
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	op := nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/mnt"}
	p, err := c.Plan(t.Context(), change.Request{Op: op, NS: r.NS.String(), Cwd: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(p.Blocked, change.ErrReadOnly) {
		t.Errorf("a plan is blocked by %v, want read-only", p.Blocked)
	}
	p.Blocked = nil
	if _, err := c.Apply(t.Context(), p); !errors.Is(err, change.ErrReadOnly) {
		t.Errorf("it is applied: %v, want read-only", err)
	}
	if is := r.typeOf(t, "/mnt"); is != "shared" {
		t.Errorf("/mnt is %s", is)
	}
	if _, err := c.PlanUndo(t.Context()); !errors.Is(err, change.ErrNothingToUndo) {
		t.Errorf("an undo is planned: %v", err)
	}
	if entries, err := c.History(); err != nil || len(entries) > 0 {
		t.Errorf("the history is %v, %v", entries, err)
	}
	if said, err := c.Recover(t.Context()); err != nil || len(said) > 0 {
		t.Errorf("recovered %q, %v", said, err)
	}
	if left, _ := os.ReadDir(state); len(left) > 0 {
		t.Errorf("it made %v", left)
	}
}

// Nothing is begun after the end, and what is done before it is written down.
func TestExplorerEndsWhatItDoes(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	r := newRoom(t)
	c := newChanges(&boxes{}, false)
	if entries, err := c.History(); err != nil || len(entries) > 0 {
		t.Errorf("the history is %v, %v", entries, err)
	}
	if said, err := c.Recover(t.Context()); err != nil || len(said) > 0 {
		t.Errorf("recovered %q, %v", said, err)
	}
	if left, _ := os.ReadDir(state); len(left) > 0 {
		t.Errorf("to look at it made %v", left)
	}
	wanted := change.Request{Op: nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Target: "/mnt"}, NS: r.NS.String(), Cwd: "/"}
	p, err := c.Plan(t.Context(), wanted)
	if err != nil || p.Blocked != nil {
		t.Fatal(err, p)
	}
	if _, err := c.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	entries, err := c.History()
	if err != nil || len(entries) != 1 || entries[0].State != change.EntryDone {
		t.Errorf("the history is %+v, %v", entries, err)
	}
	if _, there := entries[0].In(p.Graph.Snapshot()); !there {
		t.Errorf("the namespace of %+v is not found", entries[0])
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Plan(t.Context(), wanted); err == nil {
		t.Error("something is planned after the end")
	}
}
