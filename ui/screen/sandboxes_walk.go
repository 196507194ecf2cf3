package screen

import (
	"mntscope/nsctl"
	"mntscope/nsctl/sandbox"
	"mntscope/ui/kit"
)

// walk is the way of a sandbox to a root file system of its own, as far as it was gone.
type walk struct {
	steps []sandbox.Step
	took  map[string]*sandbox.Taken // what was seen of each step, also of one that failed
	last  *sandbox.Taken
}

// none is the walk of a sandbox that goes nowhere.
var none = &walk{}

func (s *Sandboxes) walkOf(b *box) *walk {
	if w := s.walks[b.key()]; w != nil {
		return w
	}
	return none
}

func (w *walk) taken() int {
	n := 0
	for i := range w.steps {
		if w.steps[i].Taken {
			n++
		}
	}
	return n
}

// next is the step that is taken next; nil if there is none.
func (w *walk) next() *sandbox.Step {
	for i := range w.steps {
		if !w.steps[i].Taken {
			return &w.steps[i]
		}
	}
	return nil
}

// TellSteps takes the steps of a sandbox.
func (s *Sandboxes) TellSteps(i *sandbox.Info, steps []sandbox.Step) {
	s.walk(i).steps = steps
	s.heard++
}

// KnowsSteps reports whether the steps of a sandbox were told.
func (s *Sandboxes) KnowsSteps(i *sandbox.Info) bool { return s.walks[keyOfBox(i)] != nil }

// Took takes what a step of a sandbox did.
func (s *Sandboxes) Took(i *sandbox.Info, t *sandbox.Taken) {
	w := s.walk(i)
	w.took[t.Name], w.last = t, t
	for j := range w.steps {
		if w.steps[j].Name == t.Name {
			w.steps[j].Taken = t.Taken
		}
	}
	s.heard++
}

func (s *Sandboxes) walk(i *sandbox.Info) *walk {
	key := keyOfBox(i)
	w := s.walks[key]
	if w == nil {
		w = &walk{took: map[string]*sandbox.Taken{}}
		s.walks[key] = w
	}
	return w
}

// Steps gives the steps of the selected sandbox, and what was seen of each that was taken.
func (s *Sandboxes) Steps() (steps []sandbox.Step, took map[string]*sandbox.Taken) {
	b := s.selected()
	if b == nil {
		return nil, nil
	}
	w := s.walkOf(b)
	return w.steps, w.took
}

// NextStep is the step that the selected sandbox takes next; nil if there is none.
func (s *Sandboxes) NextStep() *sandbox.Step {
	if b := s.selected(); b != nil {
		return s.walkOf(b).next()
	}
	return nil
}

// describeWalk lists the steps, and what the last one did.
func (s *Sandboxes) describeWalk(p *kit.Page, b *box) {
	w, th := s.walkOf(b), s.theme
	if b.Root == "" || b.State == sandbox.Stale {
		return
	}
	if len(w.steps) == 0 {
		p.Heading("Steps to its root")
		p.Text(2, kit.Span{Style: th.Dim, Text: "asking its keeper"})
		return
	}
	p.Heading("Steps to its root: " + number(w.taken()) + " of " + number(len(w.steps)) + " taken")
	next := w.next()
	for i := range w.steps {
		step := &w.steps[i]
		s.describeStep(p, step, w.took[step.Name], step == next)
	}
	if w.last != nil {
		p.Heading("The last step: " + w.last.Title)
		DescribeTrees(p, w.last)
	}
}

func (s *Sandboxes) describeStep(p *kit.Page, step *sandbox.Step, took *sandbox.Taken, next bool) {
	th := s.theme
	sign, style := " ", th.Dim
	switch {
	case step.Taken:
		sign, style = th.Glyphs.Done, th.Good
	case took != nil:
		sign, style = th.Glyphs.CutOff, th.Bad
	case next:
		sign, style = th.Glyphs.Now, th.Accent
	}
	p.Item(2, kit.Span{Style: style, Text: sign}, kit.Span{Style: th.Text, Text: step.Title})
	p.Text(4, kit.Span{Style: th.Key, Text: nsctl.Printable(step.Command)})
	if next || took != nil && !took.OK {
		p.Text(4, kit.Span{Style: th.Dim, Text: step.Why})
	}
	switch {
	case took != nil && !took.OK:
		p.Text(4, Refusal(p, took)...)
	case took != nil:
		p.Text(4, kit.Span{Style: th.Dim, Text: effectOf(took)})
	}
}

// Refusal says why a step failed.
func Refusal(p *kit.Page, t *sandbox.Taken) []kit.Span {
	th := p.Theme
	if t.Errno == "" {
		return []kit.Span{{Style: th.Bad, Text: "not done: "}, {Style: th.Text, Text: nsctl.Printable(t.Reason)}}
	}
	return []kit.Span{{Style: th.Bad, Text: t.Errno + ": "}, {Style: th.Text, Text: nsctl.Printable(t.Reason)}}
}
