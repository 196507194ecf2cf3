package screen

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// pair is a row of a comparison: the mounts of two namespaces that are at the same
// place, by their positions in the tables; -1 where there is none.
type pair struct {
	left, right int32
	differs     difference
}

// difference is the set of things in which two mounts differ.
type difference uint8

const (
	differsFilesystem difference = 1 << iota
	differsOptions
	differsPropagation
	onlyLeft
	onlyRight
)

// lineUp puts the mounts of two namespaces side by side, ordered by mount point, a
// directory before what is below it. Where several mounts are stacked on one place
// the lowest stand beside each other, then those above them.
func lineUp(h *Host, left, right int) []pair {
	l, r := byPlace(h, left), byPlace(h, right)
	lm, rm := h.Namespace(left).Mounts, h.Namespace(right).Mounts
	pairs := make([]pair, 0, max(len(l), len(r)))
	for len(l) > 0 || len(r) > 0 {
		var order int
		switch {
		case len(l) == 0:
			order = 1
		case len(r) == 0:
			order = -1
		default:
			order = comparePlaces(lm[l[0]].Mountpoint, rm[r[0]].Mountpoint)
		}
		switch {
		case order < 0:
			pairs = append(pairs, pair{l[0], -1, onlyLeft})
			l = l[1:]
		case order > 0:
			pairs = append(pairs, pair{-1, r[0], onlyRight})
			r = r[1:]
		default:
			pairs = append(pairs, pair{l[0], r[0], compareMounts(&lm[l[0]], &rm[r[0]])})
			l, r = l[1:], r[1:]
		}
	}
	return pairs
}

// byPlace gives the mounts of a namespace ordered by mount point, those on the same
// one from the bottom of the stack to its top.
func byPlace(h *Host, ns int) []int32 {
	mounts := h.Namespace(ns).Mounts
	order := make([]int32, 0, len(mounts))
	for r := range h.Walk(ns) {
		order = append(order, int32(r.Mount))
	}
	slices.SortStableFunc(order, func(a, b int32) int { return comparePlaces(mounts[a].Mountpoint, mounts[b].Mountpoint) })
	return order
}

// comparePlaces orders paths as a tree is read: the slash before any other byte.
func comparePlaces(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] == b[i] {
			continue
		}
		if a[i] == '/' {
			return -1
		}
		if b[i] == '/' {
			return 1
		}
		return cmp.Compare(a[i], b[i])
	}
	return cmp.Compare(len(a), len(b))
}

func compareMounts(a, b *nsctl.Mount) (d difference) {
	if a.Dev != b.Dev || a.Root != b.Root || a.FSType != b.FSType || a.Source != b.Source {
		d |= differsFilesystem
	}
	if a.Options != b.Options || a.SuperOptions != b.SuperOptions {
		d |= differsOptions
	}
	// Where the groups are seen from makes no difference between two mounts.
	pa, pb := a.Propagation, b.Propagation
	pa.PropagateFrom, pb.PropagateFrom = 0, 0
	if pa != pb {
		d |= differsPropagation
	}
	return d
}

// otherSide is the mount beside the selected one in a comparison.
type otherSide struct {
	shown   bool // there is a comparison
	ns      int
	exists  bool
	ref     graph.Ref
	differs difference
}
