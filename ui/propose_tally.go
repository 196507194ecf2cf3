package ui

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/ui/screen"
)

// tally is what all steps of a proposal do together. It is worked out by a command, as it
// takes time in proportion to what happens.
type tally struct {
	sum    screen.Counts
	mounts map[talliedMount]screen.Counts // what all steps so far come to for each
	spaces []int
	gists  []string
}

// talliedMount is a mount that a step does something to, or does not reach.
type talliedMount struct {
	space  int
	id     nsctl.MountID
	missed bool
}

// counts and gist are a part of a proposal.
func (t *tally) counts() screen.Counts { return t.sum }
func (t *tally) gist() []string        { return t.gists }

// add adds a step in a namespace of a host.
func (t *tally) add(h *screen.Host, space int, o *nsctl.Outcome) {
	t.count(o)
	t.gists = append(t.gists, gistOf(o)...)
	there := map[int]bool{}
	for _, ns := range t.spaces {
		there[ns] = true
	}
	touch := func(ns int) {
		if ns >= 0 && ns < h.Len() && !there[ns] {
			there[ns] = true
			t.spaces = append(t.spaces, ns)
		}
	}
	touch(space)
	for i := range o.Effects {
		touch(o.Effects[i].Space)
	}
}

// count counts each mount once, whatever the steps do to it.
func (t *tally) count(o *nsctl.Outcome) {
	if t.mounts == nil {
		t.mounts = map[talliedMount]screen.Counts{}
	}
	for i := range o.Effects {
		e := &o.Effects[i]
		at := talliedMount{space: e.Space, id: e.Mount.MntID}
		was := t.mounts[at]
		t.mounts[at] = was.Then(screen.CountsOfEffect(e))
		t.sum = t.sum.Minus(was).Plus(t.mounts[at])
	}
	for i := range o.NotReached {
		at := talliedMount{o.NotReached[i].Space, o.NotReached[i].MntID, true}
		if _, known := t.mounts[at]; !known {
			t.mounts[at] = screen.Counts{Missed: 1}
			t.sum.Missed++
		}
	}
}

// gistOf tells what happens without numbers of what is new, in any order.
func gistOf(o *nsctl.Outcome) []string {
	list := make([]string, len(o.Effects))
	for i := range o.Effects {
		e := &o.Effects[i]
		list[i] = fmt.Sprintf("%s %d %q %v", e.Kind, e.NS, e.Mount.Mountpoint, e.Mount.Propagation.Type())
	}
	slices.Sort(list)
	return list
}
