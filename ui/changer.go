package ui

import (
	"context"

	"mntscope/nsctl/change"
)

// Changer does operations on mounts, and takes them back: a [change.Changer]. It is called by
// commands. A read-only explorer has none.
type Changer interface {
	// Recover finds out what became of operations that were interrupted, with a sentence for each.
	Recover(ctx context.Context) ([]string, error)
	// Plan says what an operation would do now, and whether it can be done.
	Plan(ctx context.Context, wanted change.Request) (*change.Plan, error)
	// Apply does what was planned, or nothing if the host has changed since.
	Apply(ctx context.Context, plan *change.Plan) (*change.Result, error)
	// PlanUndo says how the last operation can be taken back, and what cannot.
	PlanUndo(ctx context.Context) (*change.Undo, error)
	// ApplyUndo takes it back as planned.
	ApplyUndo(ctx context.Context, plan *change.Undo) (*change.Undone, error)
}
