package change

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// Patience is how long a path may take to be followed. It is longer only where a file
// server does not answer.
const Patience = 3 * time.Second

// Live predicts operations on the running host: it looks at what no snapshot shows. It
// is for one operation.
type Live struct {
	// notes are what else is not certain, for a person.
	notes []string
	// seen is where paths led, if that is to be remembered.
	seen map[spotted]string
	// ask asks which mounts are locked; nil for discover's Looker.
	ask func(g *graph.Graph, mounts []graph.Ref) (s *nsctl.Snapshot, answers int, failed []error)
}

// spotted is a path in a namespace.
type spotted struct {
	ns   int
	path string
}

// Predict predicts an operation, with all that the host can be asked: what its paths lead
// to, and which mounts are locked that it depends on.
func (l *Live) Predict(ctx context.Context, g *graph.Graph, op nsctl.Op, by predict.Caller) (*predict.Prediction, error) {
	if err := l.Stand(ctx, g, op, &by); err != nil {
		return nil, err
	}
	p, err := predict.New(g).Predict(op, by)
	if err == nil {
		p, err = l.withLocks(g, op, by, p)
	}
	if err != nil {
		return nil, err
	}
	l.Complete(p)
	return p, ctx.Err()
}

// Complete adds to a prediction what the looks at the host left open.
func (l *Live) Complete(p *predict.Prediction) {
	p.Uncertain = append(l.notes, p.Uncertain...)
}

// withLocks predicts again, as long as the kernel can tell which mounts are locked that
// the prediction depends on.
func (l *Live) withLocks(g *graph.Graph, op nsctl.Op, by predict.Caller, p *predict.Prediction) (*predict.Prediction, error) {
	for len(p.Ask) > 0 {
		ask := l.ask
		if ask == nil {
			ask = func(g *graph.Graph, mounts []graph.Ref) (*nsctl.Snapshot, int, []error) {
				return discover.NewLooker(g).Locks(mounts)
			}
		}
		known, answers, failed := ask(g, p.Ask)
		if answers == 0 {
			for _, err := range failed {
				if len(p.Locks) > 0 { // else it may be, but nothing speaks for it
					l.note("%v", err)
				}
			}
			break
		}
		g = graph.New(known)
		var err error
		if p, err = predict.New(g).Predict(op, by); err != nil {
			return nil, err
		}
	}
	for _, r := range p.Locks {
		if m := g.Mount(r); m.HiddenBy != 0 {
			p.Uncertain = append(p.Uncertain, fmt.Sprintf("whether %s (mount %d) in %v is locked cannot be known beforehand: another mount covers it, and the kernel tells only of what a path leads to",
				nsctl.Printable(m.Mountpoint), m.MntID, g.Namespace(r.NS).NS))
		}
	}
	return p, nil
}

// Stand lets a caller look at the running host, and in the own namespace have this
// process's root and, for relative paths, its working directory.
func (l *Live) Stand(ctx context.Context, g *graph.Graph, op nsctl.Op, by *predict.Caller) error {
	looker := discover.NewLooker(g)
	by.Root = looker.Root
	by.Look = func(ns int, path string) nsctl.Seen {
		ctx, cancel := context.WithTimeout(ctx, Patience)
		defer cancel()
		seen, err := looker.Look(ctx, ns, path)
		if err != nil {
			l.note("%v", err)
		}
		if l.seen != nil {
			l.seen[spotted{ns, path}] = seen.Path
		}
		return seen
	}
	own, known := looker.OwnRoot()
	if number := g.Snapshot().Observer.NS; !known && number != 0 && g.Namespace(by.NS).NS == number {
		l.note("this program runs in a chroot: paths are those of the whole of %v, not of the chroot", number)
	}
	if !known || own.NS != by.NS {
		return nil
	}
	if by.Cwd != "" || !slices.ContainsFunc(PathsOf(op), Relative) {
		return nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("the working directory cannot be told: %w; give absolute paths, or --cwd DIR", err)
	}
	by.Cwd = cwd
	return nil
}

// note adds a sentence, once.
func (l *Live) note(format string, args ...any) {
	if sentence := fmt.Sprintf(format, args...); !slices.Contains(l.notes, sentence) {
		l.notes = append(l.notes, sentence)
	}
}

// PathsOf gives the paths of an operation that are followed in its own namespace.
func PathsOf(op nsctl.Op) []string {
	switch op.Kind {
	case nsctl.OpBind:
		if op.FromNS == "" {
			return []string{op.Source, op.Target}
		}
	case nsctl.OpMove, nsctl.OpPivotRoot:
		return []string{op.Source, op.Target}
	case nsctl.OpUnshare:
		return nil
	}
	return []string{op.Target}
}

// Relative says that a path begins at a working directory.
func Relative(path string) bool { return !strings.HasPrefix(path, "/") }
