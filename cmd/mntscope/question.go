package main

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

// question is what would happen in a namespace.
type question struct {
	from source
	ns   string
	cwd  string
	// notes are what else is not certain, for a person.
	notes []string
}

// patience is how long a path may take to be followed. It is longer only where a file
// server does not answer.
const patience = 3 * time.Second

// answer predicts an operation.
func (q *question) answer(ctx context.Context, g *graph.Graph, op nsctl.Op) (*predict.Prediction, error) {
	ns, err := q.from.find(g.Snapshot(), q.ns)
	if err != nil {
		return nil, err
	}
	by := predict.Caller{NS: ns, Cwd: q.cwd}
	by.FindNS = func(ref string) (int, error) { return q.from.find(g.Snapshot(), ref) }
	if q.from.file == "" {
		err = q.standHere(ctx, g, op, &by)
	} else {
		err = q.standNowhere(op)
	}
	if err != nil {
		return nil, err
	}
	p, err := predict.New(g).Predict(op, by)
	if err == nil && q.from.file == "" {
		p, err = q.withLocks(g, op, by, p)
	}
	if err != nil {
		return nil, err
	}
	p.Uncertain = append(q.notes, p.Uncertain...)
	return p, ctx.Err()
}

// withLocks predicts again, as long as the kernel can tell which mounts are locked that
// the prediction depends on.
func (q *question) withLocks(g *graph.Graph, op nsctl.Op, by predict.Caller, p *predict.Prediction) (*predict.Prediction, error) {
	for len(p.Locks) > 0 {
		known, answers, failed := discover.NewLooker(g).Locks(p.Locks)
		if answers == 0 {
			for _, err := range failed {
				q.note("%v", err)
			}
			break
		}
		g = graph.New(known)
		var err error
		if p, err = predict.New(g).Predict(op, by); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// standHere lets the caller look at the running host, and in the own namespace have
// this process's root and working directory.
func (q *question) standHere(ctx context.Context, g *graph.Graph, op nsctl.Op, by *predict.Caller) error {
	looker := discover.NewLooker(g)
	by.Root = looker.Root
	by.Look = func(ns int, path string) nsctl.Seen {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		seen, err := looker.Look(ctx, ns, path)
		if err != nil {
			q.note("%v", err)
		}
		return seen
	}
	own, known := looker.OwnRoot()
	if number := g.Snapshot().Observer.NS; !known && number != 0 && g.Namespace(by.NS).NS == number {
		q.note("this program runs in a chroot: paths are those of the whole of %v, not of the chroot", number)
	}
	if !known || own.NS != by.NS {
		return nil
	}
	if by.Cwd != "" || !slices.ContainsFunc(pathsOf(op), relative) {
		return nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("the working directory cannot be told: %w; give absolute paths, or --cwd DIR", reason(err))
	}
	by.Cwd = cwd
	return nil
}

// standNowhere is for a saved host, which has no files.
func (q *question) standNowhere(op nsctl.Op) error {
	paths := pathsOf(op)
	if i := slices.IndexFunc(paths, relative); i >= 0 && q.cwd == "" {
		return usagef("%s is a relative path, and a saved host has no working directory: give absolute paths, or --cwd DIR", nsctl.Printable(paths[i]))
	}
	if len(paths) > 0 {
		q.note("a saved host has no files to look at: it is taken for granted that the paths exist, and that there are no symbolic links in them")
	}
	return nil
}

// note adds a sentence, once.
func (q *question) note(format string, args ...any) {
	if sentence := fmt.Sprintf(format, args...); !slices.Contains(q.notes, sentence) {
		q.notes = append(q.notes, sentence)
	}
}

// pathsOf gives the paths of an operation that are followed in its own namespace.
func pathsOf(op nsctl.Op) []string {
	switch op.Kind {
	case nsctl.OpBind, nsctl.OpMove, nsctl.OpPivotRoot:
		return []string{op.Source, op.Target}
	case nsctl.OpUnshare:
		return nil
	}
	return []string{op.Target}
}

func relative(path string) bool { return !strings.HasPrefix(path, "/") }
