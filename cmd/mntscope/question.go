package main

import (
	"context"
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
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

// answer predicts an operation.
func (q *question) answer(ctx context.Context, g *graph.Graph, op nsctl.Op) (*predict.Prediction, error) {
	ns, err := q.from.find(g.Snapshot(), q.ns)
	if err != nil {
		return nil, err
	}
	by := predict.Caller{NS: ns, Cwd: q.cwd}
	by.FindNS = func(ref string) (int, error) { return q.from.find(g.Snapshot(), ref) }
	if q.from.file == "" {
		var live change.Live
		return live.Predict(ctx, g, op, by)
	}
	if err := q.standNowhere(op); err != nil {
		return nil, err
	}
	p, err := predict.New(g).Predict(op, by)
	if err != nil {
		return nil, err
	}
	p.Uncertain = append(q.notes, p.Uncertain...)
	return p, ctx.Err()
}

// standNowhere is for a saved host, which has no files.
func (q *question) standNowhere(op nsctl.Op) error {
	paths := change.PathsOf(op)
	if i := slices.IndexFunc(paths, change.Relative); i >= 0 && q.cwd == "" {
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
