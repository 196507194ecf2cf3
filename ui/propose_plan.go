package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
	"mntscope/ui/kit"
	"mntscope/ui/screen"
)

// operations are some that are wanted, one after the other. The first is planned for the host
// as it is, each other is predicted for what the one before it leaves, and planned when its
// turn has come.
type operations struct {
	first *change.Plan
	host  *screen.Host // that the first is planned for
	steps []operation
	stops error        // why the last of the steps cannot be done
	shown *screen.Host // what was on the screen when they were chosen
	// terminal is where all this is shown.
	terminal string
	tally
}

// operation is one of them.
type operation struct {
	wanted  change.Request
	plan    *change.Plan // of those after the first only what is predicted
	space   int
	outcome *nsctl.Outcome
	command string // for a shell; empty if none leads there
}

// planner gives what plans operations. It is for a command.
func (m *model) planner(wanted []change.Request) func(context.Context) (proposal, error) {
	c, base, self, terminal := m.options.Changer, m.live, m.options.Self, m.options.Terminal
	return func(ctx context.Context) (proposal, error) {
		if len(wanted) == 0 {
			return nil, errors.New("nothing is wanted")
		}
		first, err := c.Plan(ctx, wanted[0])
		if err != nil {
			return nil, err
		}
		if err := sameAsShown(base, first); err != nil {
			return nil, err
		}
		s := first.Graph.Snapshot()
		o := &operations{first: first, host: screen.NewHost(s, self, len(s.Namespaces), len(s.Namespaces)), shown: base, terminal: terminal}
		o.step(first)
		o.stops = first.Blocked
		last := first.Prediction
		for i := range wanted[1:] {
			if o.stops != nil {
				break
			}
			if last, err = o.next(wanted[i+1], last); err != nil {
				return nil, err
			}
		}
		return o, nil
	}
}

// sameAsShown makes sure that numbers that can be used again are still those of the namespace
// and the mount that were on the screen.
func sameAsShown(shown *screen.Host, p *change.Plan) error {
	now := &p.Graph.Namespace(p.Space).NamespaceInfo
	at := shown.FindNS(screen.KeyOf(now))
	if at < 0 {
		for i := range shown.Len() {
			if was := shown.Namespace(i); was.NS == now.NS {
				return fmt.Errorf("the namespace %s is gone, and another one has its number", shown.Label(i))
			}
		}
		return nil // it was not on the screen
	}
	if p.Mount == 0 {
		return nil
	}
	was, known := shown.Lookup(at, p.Mount)
	is, there := p.Graph.Lookup(p.Space, p.Mount)
	if known && there && shown.Mount(was).ID != p.Graph.Mount(is).ID && shown.Mount(was).ID != 0 && p.Graph.Mount(is).ID != 0 {
		return fmt.Errorf("the mount %s is gone, and another one has its number", screen.MountText(p.Mount))
	}
	return nil
}

func (o *operations) step(p *change.Plan) {
	o.add(o.host, p.Space, &p.Prediction.Outcome)
	o.steps = append(o.steps, operation{p.Request, p, p.Space, &p.Prediction.Outcome, commandFor(o.host, p.Space, p.Op)})
}

// next predicts an operation for what another one leaves.
func (o *operations) next(wanted change.Request, before *predict.Prediction) (*predict.Prediction, error) {
	g := graph.New(before.After())
	space, err := o.find(wanted.NS)
	if err != nil {
		return nil, err
	}
	p, err := predict.New(g).Predict(wanted.Op, predict.Caller{NS: space, Cwd: cmp.Or(wanted.Cwd, "/")})
	if err != nil {
		return nil, err
	}
	o.step(&change.Plan{Request: wanted, Graph: g, Space: space, Prediction: p})
	switch m, there := mountIn(g, space, wanted.Mount); {
	case wanted.Mount != 0 && !there:
		o.stops = fmt.Errorf("%s: there is no mount %s any more then", wanted.Op, screen.MountText(wanted.Mount))
	case wanted.Mount != 0 && m.HiddenBy != 0:
		o.stops = fmt.Errorf("%s: mount %s is hidden: no path leads to it, as mount %s covers it", wanted.Op, screen.MountText(wanted.Mount), screen.MountText(m.HiddenBy))
	case !p.OK:
		o.stops = fmt.Errorf("%s: %s", wanted.Op, refusal(p))
	}
	return p, nil
}

func mountIn(g *graph.Graph, space int, id nsctl.MountID) (*nsctl.Mount, bool) {
	r, ok := g.Lookup(space, id)
	if !ok {
		return nil, false
	}
	return g.Mount(r), true
}

// find finds the namespace of an operation on the host of the first.
func (o *operations) find(ref string) (int, error) {
	if ref == o.first.NS {
		return o.first.Space, nil
	}
	s := o.first.Graph.Snapshot()
	infos := make([]nsctl.NamespaceInfo, len(s.Namespaces))
	for i := range s.Namespaces {
		infos[i] = s.Namespaces[i].NamespaceInfo
	}
	return nsctl.FindNamespace(infos, s.Observer.NS, cmp.Or(ref, "self"))
}

func (o *operations) blocked() error { return o.stops }

func (o *operations) commands() []string {
	list := make([]string, len(o.steps))
	for i := range o.steps {
		list[i] = cmp.Or(o.steps[i].command, nsctl.SafeShellLine(o.steps[i].wanted.Op.Args()))
	}
	return list
}

func (o *operations) touched() (*screen.Host, []int) { return o.host, o.spaces }

func (o *operations) dangers() (list []change.Danger) {
	for i := range o.steps {
		if !o.steps[i].outcome.OK {
			break
		}
		if d, is := o.steps[i].plan.Danger(o.terminal); is && !hasName(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// hasName reports whether one of some dangers has the same name.
func hasName(list []change.Danger, d change.Danger) bool {
	return slices.ContainsFunc(list, func(other change.Danger) bool { return other.Name == d.Name })
}

// say lists what would happen, operation by operation.
func (o *operations) say(p *kit.Page) {
	for i := range o.steps {
		s := &o.steps[i]
		if i > 0 {
			p.Gap()
		}
		sayCommand(p, o.commands()[i])
		if s.command == "" {
			p.Text(0, kit.Span{Style: p.Theme.Dim, Text: "in " + o.host.Label(s.space) + ", which no command of a shell leads into"})
		}
		sayUncertain(p, s.outcome)
		sayOutcome(p, o.host, s.outcome)
		if s.outcome.OK && len(s.outcome.Effects) == 0 {
			p.Text(0, kit.Span{Style: p.Theme.Dim, Text: "nothing would change: it is so already"})
		}
	}
}
