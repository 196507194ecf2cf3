package change

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// mountAgain mounts what was unmounted in a namespace, as far as its filesystem is to be
// had. The copies elsewhere come with it.
func (w *wayBack) mountAgain(ns int) {
	var missing []graph.Ref
	for _, r := range w.align().missing {
		if r.NS == ns {
			missing = append(missing, r)
		}
	}
	if len(missing) > mostAgain {
		w.say("%d mounts are missing there: more than %d are not mounted again one by one", len(missing), mostAgain)
		return
	}
	slices.SortStableFunc(missing, func(a, b graph.Ref) int { return cmp.Compare(w.depth(a), w.depth(b)) })
	for _, r := range missing {
		if w.ctx.Err() == nil && slices.Contains(w.align().missing, r) { // it may have come by itself
			w.mountOneAgain(r)
		}
	}
}

// mostAgain is how many mounts an undo mounts again: each is a step, after which all of the host
// is worked out.
const mostAgain = 500

// depth gives how many mounts are above one.
func (w *wayBack) depth(r graph.Ref) (n int) {
	for {
		parent, ok := w.want.Parent(r)
		if !ok {
			return n
		}
		r = parent
		n++
	}
}

func (w *wayBack) mountOneAgain(r graph.Ref) {
	m := w.want.Mount(r)
	if !w.free(r) {
		return
	}
	source, from, ok := w.anySource(r.NS, m)
	switch {
	case ok:
		w.step(r.NS, nsctl.Op{Kind: nsctl.OpBind, FromNS: from, Source: source, Target: m.Mountpoint})
	case m.Dev.Major != 0 && m.Root == "/" && len(m.Source) > 0 && m.Source[0] == '/':
		w.step(r.NS, nsctl.Op{Kind: nsctl.OpMount, FSType: m.FSType, Options: m.SuperOptions, Source: m.Source, Target: m.Mountpoint})
	default:
		w.say("what was mounted at %s (%s %s) was unmounted for good: it is mounted nowhere where it could be bound from",
			nsctl.Printable(m.Mountpoint), nsctl.Printable(m.FSType), nsctl.Printable(m.Source))
	}
}

// anySource finds a path that shows what a mount showed, in its namespace or, if there is
// none, in another one.
func (w *wayBack) anySource(ns int, m *nsctl.Mount) (path, from string, found bool) {
	if path, found = w.source(ns, m); found {
		return path, "", true
	}
	for other := range w.now.Snapshot().Namespaces {
		number := w.now.Namespace(other).NS
		if other == ns || number <= 0 {
			continue
		}
		if path, found = w.source(other, m); found {
			return path, number.String(), true
		}
	}
	return "", "", false
}

// source finds a path in a namespace that shows what a mount showed. One with the same options
// is best, and then one that is connected with the same mounts: of the new one's peers, which
// cover those of the old, none could join them.
func (w *wayBack) source(ns int, m *nsctl.Mount) (path string, found bool) {
	root, ok := w.now.Entry(ns)
	if !ok {
		return "", false
	}
	best := -1
	for i := range w.now.Namespace(ns).Mounts {
		r := graph.Ref{NS: ns, Mount: i}
		other := w.now.Mount(r)
		rest, below := graph.Below(other.Root, m.Root)
		if other.Dev != m.Dev || !below || other.Propagation.Type() == nsctl.Unbindable {
			continue
		}
		at := graph.Join(other.Mountpoint, rest)
		if to := w.now.Resolve(root, at); to.Mount != r || to.Rest != rest {
			continue
		}
		fit := 0
		if other.Options == m.Options {
			fit += 2
		}
		if other.Propagation.Shared == m.Propagation.Shared && other.Propagation.Master == m.Propagation.Master {
			fit++
		}
		if fit > best {
			path, best = at, fit
		}
	}
	return path, best >= 0
}
