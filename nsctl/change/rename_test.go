package change

import (
	"testing"

	"mntscope/nsctl"
)

// A number that something has got since means something else in what was written before.
func TestRename(t *testing.T) {
	e := &Entry{
		observed: []nsctl.Effect{
			{Kind: nsctl.EffectPropagation, Mount: nsctl.Mount{MntID: 70, ParentID: 71, ID: 1 << 31, Propagation: nsctl.Propagation{Master: 24}}, Was: &nsctl.Was{Propagation: nsctl.Propagation{Shared: 23}, ParentID: 80}},
			{Kind: nsctl.EffectUmount, Mount: nsctl.Mount{MntID: 80, ID: 1<<31 + 1}},
		},
		witness: []witness{{Group: 23, Mount: 90}, {Group: 24, Mount: 70, ID: 1 << 31}},
	}
	before := e.observed
	e.rename(&renames{
		Mounts: []mountRename{{Old: 70, OldID: 1 << 31, New: 80, NewID: 1<<31 + 9}},
		Groups: []groupRename{{Old: 23, New: 24}},
	}, 7)
	changed, gone := &e.observed[0], &e.observed[1]
	if changed.Mount.MntID != 80 || changed.Mount.ID != 1<<31+9 || changed.Was.Propagation.Shared != 24 || e.witness[0].Group != 24 || e.witness[1].Mount != 80 {
		t.Errorf("the new numbers are not taken: %+v %+v %+v", changed.Mount, changed.Was, e.witness)
	}
	if changed.Mount.Propagation.Master < staleGroups || e.witness[1].Group != changed.Mount.Propagation.Master {
		t.Errorf("the group that had the number before is %d", changed.Mount.Propagation.Master)
	}
	if gone.Mount.MntID > staleMounts || changed.Was.ParentID != gone.Mount.MntID || gone.Mount.ID != 1<<31+1 {
		t.Errorf("the mount that had the number before is %d, and a parent %d", gone.Mount.MntID, changed.Was.ParentID)
	}
	if before[0].Mount.MntID != 70 {
		t.Error("what was read of the journal was changed")
	}
}
