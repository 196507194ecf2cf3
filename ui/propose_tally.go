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
	spaces []int
	gists  []string
}

// counts and gist are a part of a proposal.
func (t *tally) counts() screen.Counts { return t.sum }
func (t *tally) gist() []string        { return t.gists }

// add adds a step in a namespace of a host.
func (t *tally) add(h *screen.Host, space int, o *nsctl.Outcome) {
	t.sum = t.sum.Plus(screen.CountsOfOutcome(o))
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
