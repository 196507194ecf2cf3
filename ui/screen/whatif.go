package screen

import (
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// thought is what an operation would do to a host, of which the screens show how it
// would be afterwards.
type thought struct {
	marks  map[graph.Ref]Mark
	spaces []Counts // of each namespace
	groups map[nsctl.GroupID]groupMark
}

// Mark says what an operation would do to a mount: one of the two is set.
type Mark struct {
	Effect *nsctl.Effect
	Missed *nsctl.NotReached
}

// Counts says how many mounts an operation would concern in which way.
type Counts struct{ Appear, Vanish, Move, Change, Missed int }

// NewWhatIf makes a host ready that shows what an operation would do to another one: as it
// would be afterwards, with a mark on each mount that it concerns. The mounts that would
// vanish are still in their places, but in no group, so that what the graph says holds
// for those that stay.
func NewWhatIf(h *Host, p *predict.Prediction) *Host {
	s := p.After()
	loses := make([]bool, len(s.Namespaces))
	for i := range p.Effects {
		if e := &p.Effects[i]; e.Kind == nsctl.EffectUmount {
			loses[e.Space] = true
		}
	}
	for ns := range h.Len() {
		if loses[ns] {
			s.Namespaces[ns].Mounts = withVanished(s.Namespaces[ns].Mounts, h.Namespace(ns).Mounts)
		}
	}
	g := graph.New(s)
	w := &Host{Graph: g, Forest: g.Forest(), Read: h.Read, Total: h.Total, whatIf: newThought(g, p)}
	w.markGroups(h)
	w.prepare(h.Start)
	return w
}

// withVanished puts the mounts that would vanish back into the table of a namespace, in
// which those that stay are in the order that they were in, before those that appear.
func withVanished(after, before []nsctl.Mount) []nsctl.Mount {
	all := make([]nsctl.Mount, 0, len(before)+len(after))
	for _, m := range before {
		if len(after) > 0 && after[0].MntID == m.MntID {
			m, after = after[0], after[1:]
		} else {
			m.Propagation = nsctl.Propagation{}
		}
		all = append(all, m)
	}
	return append(all, after...)
}

func newThought(g *graph.Graph, p *predict.Prediction) *thought {
	t := &thought{
		marks:  make(map[graph.Ref]Mark, len(p.Effects)+len(p.NotReached)),
		spaces: make([]Counts, len(g.Snapshot().Namespaces)), groups: map[nsctl.GroupID]groupMark{},
	}
	for i := range p.NotReached {
		n := &p.NotReached[i]
		if r, ok := g.Lookup(n.Space, n.MntID); ok {
			t.marks[r] = Mark{Missed: n}
		}
	}
	for i := range p.Effects {
		e := &p.Effects[i]
		if r, ok := g.Lookup(e.Space, e.Mount.MntID); ok {
			t.marks[r] = Mark{Effect: e}
		}
	}
	for r, mark := range t.marks {
		t.spaces[r.NS].add(mark.kind())
	}
	return t
}

func (c *Counts) add(kind markKind) {
	*[...]*int{appears: &c.Appear, vanishes: &c.Vanish, moves: &c.Move, changes: &c.Change, missed: &c.Missed}[kind]++
}

// list gives the counts in the order of the kinds.
func (c Counts) list() [5]int {
	return [...]int{appears: c.Appear, vanishes: c.Vanish, moves: c.Move, changes: c.Change, missed: c.Missed}
}

// String gives the counts in words.
func (c Counts) String() string {
	var parts []string
	for kind, n := range c.list() {
		words := [...]string{"appear", "vanish", "move", "change", "not reached"}[kind]
		if n == 1 && markKind(kind) != missed {
			words += "s"
			if markKind(kind) == vanishes {
				words = "vanishes"
			}
		}
		if n == 0 {
			continue
		}
		if len(parts) == 0 && markKind(kind) != missed {
			parts = append(parts, kit.Plural(n, "mount", "mounts")+" "+words)
		} else {
			parts = append(parts, kit.Count(n)+" "+words)
		}
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// Short gives the counts with the glyphs of the marks; "" for none.
func (c Counts) Short(th *theme.Theme) string {
	var parts []string
	for kind, n := range c.list() {
		if n > 0 {
			parts = append(parts, th.Glyphs.Marks[kind]+kit.Count(n))
		}
	}
	return strings.Join(parts, " ")
}

// CountsOf counts what a prediction says.
func CountsOf(p *predict.Prediction) Counts { return CountsOfOutcome(&p.Outcome) }

// CountsOfOutcome counts what an operation does.
func CountsOfOutcome(o *nsctl.Outcome) Counts {
	c := Counts{Missed: len(o.NotReached)}
	for i := range o.Effects {
		c.add(Mark{Effect: &o.Effects[i]}.kind())
	}
	return c
}

// Plus adds other counts.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.Appear + o.Appear, c.Vanish + o.Vanish, c.Move + o.Move, c.Change + o.Change, c.Missed + o.Missed}
}

// Minus takes other counts away.
func (c Counts) Minus(o Counts) Counts {
	return Counts{c.Appear - o.Appear, c.Vanish - o.Vanish, c.Move - o.Move, c.Change - o.Change, c.Missed - o.Missed}
}

// CountsOfEffect counts one effect.
func CountsOfEffect(e *nsctl.Effect) Counts {
	var c Counts
	c.add(Mark{Effect: e}.kind())
	return c
}

// Then is what two effects on one mount, one after the other, come to.
func (c Counts) Then(next Counts) Counts {
	switch {
	case c.Appear > 0 && next.Vanish > 0:
		return Counts{}
	case c.Appear > 0, c.Move > 0 && next.Change > 0:
		return c
	}
	return next
}

// Counts says how many mounts of a namespace are marked.
func (h *Host) Counts(ns int) Counts {
	if h.whatIf == nil {
		return Counts{}
	}
	return h.whatIf.spaces[ns]
}

// Mark gives the mark on a mount.
func (h *Host) Mark(r graph.Ref) (Mark, bool) {
	if h.whatIf == nil {
		return Mark{}, false
	}
	mark, ok := h.whatIf.marks[r]
	return mark, ok
}

// Shown gives a mount as it is shown: one that would vanish as it was.
func (h *Host) Shown(r graph.Ref) *nsctl.Mount {
	if mark, ok := h.Mark(r); ok && mark.kind() == vanishes {
		return &mark.Effect.Mount
	}
	return h.Mount(r)
}

// Vanishes reports whether a mount would not be there afterwards.
func (h *Host) Vanishes(r graph.Ref) bool {
	mark, ok := h.Mark(r)
	return ok && mark.kind() == vanishes
}

// Changed is how many mounts would not be as they are.
func (c Counts) Changed() int { return c.Appear + c.Vanish + c.Move + c.Change }
