package change_test

import (
	"errors"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// wasLocked says that an operation failed as one does on a locked mount, where there may be some:
// in namespaces of several owners. Where it came from may be gone, so that nothing tells.
func (q *sequence) wasLocked(err error) bool {
	owners := map[nsctl.UserNSNumber]bool{}
	for i := range q.scene.spaces {
		owners[q.scene.spaces[i].info.OwnerUserNS] = true
	}
	var failed *change.OpError
	if refused := (*change.Refused)(nil); errors.As(err, &refused) { // a step of an undo: more is known when it comes to it
		failed = refused.OpError
	}
	return len(owners) > 1 && (failed != nil || errors.As(err, &failed)) && failed.Errno == "EINVAL" &&
		(strings.Contains(failed.Try, "a mount may be locked") || strings.Contains(failed.Why, "locked"))
}

// mayBeLocked says that a prediction was not certain, as nobody can tell whether a mount is
// locked that no path leads to.
func mayBeLocked(uncertain []string) bool {
	return slices.ContainsFunc(uncertain, func(note string) bool { return strings.Contains(note, "may be locked") })
}

// uncertain says that the prediction of an operation left open which master a copy gets.
func uncertain(r *change.Result) bool { return len(r.Plan.Prediction.Uncertain) > 0 }
