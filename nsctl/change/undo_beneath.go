package change

import (
	"context"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/predict"
)

// What was mounted beneath another mount is covered by it: no path leads there, and umount2(2)
// takes nothing else. So what covers it is put aside meanwhile, on some other directory.

// uncover unmounts one of those mounts that are to go and that another one covers, which is
// to stay. It says whether it could.
func (w *wayBack) uncover(a *alignment) bool {
	for _, r := range a.extra[:min(len(a.extra), mostTops)] {
		path, cover, ok := w.coverOf(r)
		if !ok || slices.Contains(a.extra, cover) {
			continue
		}
		gone := nsctl.Op{Kind: nsctl.OpUmount, Target: path, Lazy: len(w.now.Children(r)) > 1}
		for _, aside := range w.asides(r.NS, path) {
			if w.aside(r.NS, path, aside, gone) {
				return true
			}
		}
	}
	return false
}

// moveFromBeneath moves a mount that another one covers.
func (w *wayBack) moveFromBeneath(r graph.Ref, to string) {
	path, _, ok := w.coverOf(r)
	move := nsctl.Op{Kind: nsctl.OpMove, Source: path, Target: to}
	if !ok || !slices.ContainsFunc(w.asides(r.NS, path), func(aside string) bool {
		_, covers := graph.Below(aside, to) // and the directory would be looked for in what is put there
		return !covers && w.aside(r.NS, path, aside, move)
	}) {
		w.say("%s (mount %d) is covered by another mount: no path leads to it", nsctl.Printable(path), w.now.Mount(r).MntID)
	}
}

// coverOf gives what is mounted on the root of a mount, if a path leads to that.
func (w *wayBack) coverOf(r graph.Ref) (path string, cover graph.Ref, ok bool) {
	path = w.now.Mount(r).Mountpoint
	for _, c := range w.now.Children(r) {
		if _, reached := w.reach(c); reached && w.now.Mount(c).Mountpoint == path {
			return path, c, path != "/"
		}
	}
	return path, cover, false
}

// aside does an operation on what the topmost mount at a path covers, while that is aside. Out
// of a shared mount the kernel moves nothing: then the tree is bound there, and back.
func (w *wayBack) aside(ns int, path, aside string, op nsctl.Op) bool {
	move := func(from, to string) nsctl.Op { return nsctl.Op{Kind: nsctl.OpMove, Source: from, Target: to} }
	bind := func(from, to string) nsctl.Op {
		return nsctl.Op{Kind: nsctl.OpBind, Recursive: true, Source: from, Target: to}
	}
	gone := func(what string) nsctl.Op { return nsctl.Op{Kind: nsctl.OpUmount, Lazy: true, Target: what} }
	alone := func(what string) nsctl.Op { // else what is in its peers would go with what is in them
		return nsctl.Op{Kind: nsctl.OpMake, Type: nsctl.Private, Recursive: true, Target: what}
	}
	before := w.align()
	back := w.mark()
	for _, way := range [][]nsctl.Op{
		{move(path, aside), op, move(aside, path)},
		{bind(path, aside), gone(path), op, bind(aside, path), gone(aside)},
		{bind(path, aside), alone(aside), gone(path), op, bind(aside, path), gone(aside)},
	} {
		if !slices.ContainsFunc(way, func(op nsctl.Op) bool { return !w.step(ns, op) }) {
			if after := w.align(); len(after.missing) <= len(before.missing) && after.wrongPlaces() < before.wrongPlaces() {
				return true
			}
		}
		w.returnTo(back)
	}
	return false
}

// wrongPlaces counts the places where not the right thing is mounted.
func (a *alignment) wrongPlaces() int {
	n := len(a.missing) + len(a.extra)
	for _, p := range a.pairs {
		w, g := a.want.Mount(p.want), a.got.Mount(p.got)
		switch {
		case w.Dev != g.Dev || w.Root != g.Root:
			n += 2 // worse than nothing
		case !a.placed(p):
			n++
		}
	}
	return n
}

// mostAsides is how many directories are tried, of mostLooked that are looked at in each
// directory.
const (
	mostAsides = 6
	mostLooked = 64
)

// asides gives directories, or files where it is one that is covered, that something may be
// put on for a moment: those in the root directory, and mount points, and if these are few,
// what is in them. What is mounted privately comes first, as nobody else sees it then.
func (w *wayBack) asides(ns int, path string) (list []string) {
	by := predict.Caller{NS: ns, Cwd: "/"}
	if err := w.live.Stand(w.ctx, w.Graph, nsctl.Op{Kind: nsctl.OpUmount, Target: path}, &by); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(w.ctx, Patience)
	defer cancel()
	looker := discover.NewLooker(w.Graph)
	all := namesIn(ctx, looker, ns, "/")
	for i := range w.now.Namespace(ns).Mounts {
		r := graph.Ref{NS: ns, Mount: i}
		if at, reached := w.reach(r); reached && w.now.Mount(r).MntID > 0 {
			all = append(all, at)
		}
	}
	if len(all) < mostAsides {
		for _, at := range slices.Clone(all) {
			all = append(all, namesIn(ctx, looker, ns, at)...)
		}
	}
	kind := by.Look(ns, path).Kind
	root, ok := w.now.Entry(ns)
	for _, at := range all {
		_, below := graph.Below(path, at)
		_, above := graph.Below(at, path)
		if !ok || below || above || slices.Contains([]string{"/proc", "/dev", "/sys"}, at) || slices.Contains(list, at) || by.Look(ns, at).Kind != kind {
			continue
		}
		if w.now.Mount(w.now.Resolve(root, at).Mount).Propagation.Shared == 0 {
			list = slices.Insert(list, 0, at)
		} else {
			list = append(list, at)
		}
	}
	return list[:min(len(list), mostAsides)]
}

// namesIn gives the paths of what is in a directory, which may be very much.
func namesIn(ctx context.Context, looker *discover.Looker, ns int, dir string) (paths []string) {
	names := looker.Names(ctx, ns, dir)
	for _, name := range names[:min(len(names), mostLooked)] {
		paths = append(paths, graph.Join(trimRoot(dir), "/"+name))
	}
	return paths
}
