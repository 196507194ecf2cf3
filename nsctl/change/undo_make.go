package change

import (
	"cmp"
	"maps"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// makeAllBack takes a recursive change of many mounts back with one that is as recursive, to
// the type that most of them had, if that leaves less to be done mount by mount.
func (w *wayBack) makeAllBack(op nsctl.Op, ns int) {
	a := w.align()
	wrong := w.disconnected(a)
	counts := map[nsctl.PropagationType]int{}
	for _, p := range wrong {
		if _, below := graph.Below(op.Target, w.want.Mount(p.want).Mountpoint); !below || p.want.NS != ns {
			continue
		}
		if to, alone := w.aloneAs(a, p.want); alone {
			counts[to]++
		}
	}
	types := slices.SortedFunc(maps.Keys(counts), func(x, y nsctl.PropagationType) int { return cmp.Or(counts[y]-counts[x], cmp.Compare(x, y)) })
	if len(types) == 0 || counts[types[0]] < 2 {
		return
	}
	back := w.mark()
	if w.step(ns, nsctl.Op{Kind: nsctl.OpMake, Type: types[0], Recursive: true, Target: op.Target}) && len(w.disconnected(w.align())) < len(wrong) {
		return
	}
	w.returnTo(back)
}

// aloneAs gives the type that a mount had, if it was connected with nothing that is still
// there: then make-TYPE is enough to bring it back.
func (w *wayBack) aloneAs(a *alignment, r graph.Ref) (to nsctl.PropagationType, alone bool) {
	p := w.want.Mount(r).Propagation
	switch _, lives := a.group(p.Shared); {
	case p.Master != 0:
		return 0, false
	case p.Shared == 0:
		return p.Type(), true
	default:
		return nsctl.Shared, !lives && len(w.want.Peers(r)) == 0
	}
}

// disconnected gives the mounts that do not take part in propagation as they should.
func (w *wayBack) disconnected(a *alignment) []aligned {
	return slices.DeleteFunc(slices.Clone(a.pairs), a.connected)
}

// mark is a point on the way.
type mark struct {
	steps int
	now   *graph.Graph
	said  int
}

func (w *wayBack) mark() mark { return mark{len(w.Steps), w.now, len(w.said)} }

// returnTo goes back on the way.
func (w *wayBack) returnTo(m mark) {
	w.Steps, w.now, w.said = w.Steps[:m.steps], m.now, w.said[:m.said]
}
