package change

import (
	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// reconnectTree gives a mount, and with it a whole tree of mounts, the propagation that all
// of them had, by one operation: that of thousands of mounts one by one would take as many
// steps, each of them predicted and written down. It reports whether it took one.
func (w *wayBack) reconnectTree(a *alignment, first aligned, wrong []aligned) bool {
	to, may := w.typeOfTree(a, first.want)
	if !may {
		return false
	}
	want := make(map[graph.Ref]graph.Ref, len(a.partner))
	for r, at := range a.partner {
		want[at] = r
	}
	isWrong := make(map[graph.Ref]bool, len(wrong))
	for _, p := range wrong {
		isWrong[p.got] = true
	}
	// counts gives how many mounts of a tree change, or -1 if not all of them should.
	var counts func(r graph.Ref) int
	counts = func(r graph.Ref) int {
		n := 0
		if at, known := want[r]; !known {
			return -1
		} else if isWrong[r] {
			n = 1
			if is, may := w.typeOfTree(a, at); !may || is != to || to == nsctl.Shared && !w.alone(r) {
				return -1
			}
		} else if w.now.Mount(r).Propagation.Type() != to {
			return -1
		}
		for _, child := range w.now.Children(r) {
			below := counts(child)
			if below < 0 {
				return -1
			}
			n += below
		}
		return n
	}
	top, n := first.got, counts(first.got)
	for n >= 0 {
		parent, ok := w.now.Parent(top)
		above := -1
		if ok {
			above = counts(parent)
		}
		if above <= n {
			break
		}
		top, n = parent, above
	}
	path, reached := w.reach(top)
	return n > 1 && reached && w.step(top.NS, nsctl.Op{Kind: nsctl.OpMake, Type: to, Recursive: true, Target: path})
}

// typeOfTree is the type that a mount is to be made, if that alone restores its propagation: it
// was connected with no other mount, or its group had no other member and is no more.
func (w *wayBack) typeOfTree(a *alignment, want graph.Ref) (to nsctl.PropagationType, may bool) {
	p := w.want.Mount(want).Propagation
	_, lives := a.group(p.Shared)
	switch {
	case p.Master != 0:
		return 0, false
	case p.Shared == 0 && p.Unbindable:
		return nsctl.Unbindable, true
	case p.Shared == 0:
		return nsctl.Private, true
	}
	links, _ := w.want.Links(p.Shared)
	return nsctl.Shared, !lives && len(links.Members) == 1
}

// alone reports whether a mount of the host as it is by then is in no group, and no slave.
func (w *wayBack) alone(r graph.Ref) bool {
	p := w.now.Mount(r).Propagation
	return p.Shared == 0 && p.Master == 0
}
