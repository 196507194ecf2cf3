package discover

import (
	"context"
	"slices"

	"mntscope/nsctl/internal/sys"
)

// Names lists a directory of a namespace, in order; nothing if it may not be looked at. It
// returns at the latest when ctx ends.
func (l *Looker) Names(ctx context.Context, ns int, path string) []string {
	done := make(chan []string, 1)
	go func() { done <- l.names(ns, path) }()
	select {
	case names := <-done:
		return names
	case <-ctx.Done():
		return nil
	}
}

func (l *Looker) names(ns int, path string) []string {
	var place sys.Place
	var err error
	if l.known && l.own.NS == ns {
		place, err = sys.OpenPlace(path)
	} else {
		root, ok := l.Root(ns)
		if !ok {
			return nil
		}
		place, err = l.followInside(root, path)
	}
	if err != nil {
		return nil
	}
	defer place.Close()
	dir, err := place.Dir().OpenDir(".")
	if err != nil {
		return nil
	}
	defer dir.Close()
	var names []string
	if err := dir.Names(func(name []byte) { names = append(names, string(name)) }); err != nil {
		return nil
	}
	slices.Sort(names)
	return names
}
