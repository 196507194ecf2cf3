package change_test

import (
	"slices"
	"strings"

	"mntscope/nsctl/change"
)

// mayBeLocked says that a prediction was not certain, as nobody can tell whether a mount is
// locked that another one covers: no path leads there.
func mayBeLocked(p *change.Plan) bool {
	for _, r := range p.Prediction.Locks {
		if p.Graph.Mount(r).HiddenBy != 0 {
			return true
		}
	}
	return false
}

// hadToGuess says that it was not certain what a later step of an undo does, as a mount that
// is covered until then may be locked: then the undo stops when it shows, and says why.
func hadToGuess(u *change.Undo) bool {
	return slices.ContainsFunc(u.Steps, func(s change.UndoStep) bool {
		return slices.ContainsFunc(s.Outcome.Uncertain, func(note string) bool { return strings.Contains(note, "may be locked") })
	})
}

// uncertain says that the prediction of an operation left open which master a copy gets.
func uncertain(r *change.Result) bool { return len(r.Plan.Prediction.Uncertain) > 0 }
