package change_test

import "mntscope/nsctl/change"

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

// uncertain says that the prediction of an operation left open which master a copy gets.
func uncertain(r *change.Result) bool { return len(r.Plan.Prediction.Uncertain) > 0 }
