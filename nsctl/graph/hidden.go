package graph

import (
	"cmp"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// HiddenBy gives, for each mount of one namespace, in order of the table, the
// mount that keeps a path lookup from reaching it, or 0. The walk along its mount
// point, from the root of the namespace, either goes astray at the first mount
// that covers a directory on the way, or arrives and finds another mount on top.
//
//   - A child mounted at a mount's own root covers all of it: the mount is hidden by
//     the child, and so are its other children and everything in them. This is how
//     mounts are stacked on one mount point, and what a mount that was tucked
//     beneath another one (MOVE_MOUNT_BENEATH, propagation) looks like.
//   - A child mounted at a directory hides its siblings mounted inside that directory.
//
// The root of the namespace counts as the kernel sees it when somebody enters:
// what is mounted on "/" is on top of it (mntns_install in fs/namespace.c,
// LOOKUP_DOWN), although processes whose root directory is below still see that one.
//
// It costs n log n in the number of mounts. A mount whose mount point is empty,
// because it was unknown, neither covers nor is covered by its siblings. Where two
// mounts of the same parent have the same mount point, as no kernel since 4.11
// has, the later one counts as the upper.
func HiddenBy(mounts []nsctl.Mount) []nsctl.MountID {
	c := findCovers(mounts)
	hidden := make([]nsctl.MountID, len(mounts))
	astray := make([]int32, len(mounts)) // the first cover met on the way to the mount
	for _, m := range c.topDown() {
		astray[m] = c.onPath[m]
		if p := c.parent[m]; p != none && astray[p] != none {
			astray[m] = astray[p]
		}
		switch {
		case astray[m] != none:
			hidden[m] = mounts[astray[m]].MntID
		case c.onRoot[m] != none:
			hidden[m] = mounts[c.onRoot[m]].MntID
		}
	}
	return hidden
}

// covers says which mounts cover which, looking at one parent at a time.
type covers struct {
	forest
	onRoot []int32 // of each mount, the child that covers its root
	onPath []int32 // of each mount, the sibling that covers a directory between the parent's root and its mount point
}

func findCovers(mounts []nsctl.Mount) covers {
	c := covers{forest: newTree(mounts).forest, onRoot: make([]int32, len(mounts)), onPath: make([]int32, len(mounts))}
	for i := range mounts {
		c.onRoot[i], c.onPath[i] = none, none
	}
	for i := range mounts {
		p := int32(i)
		if top := c.among(mounts, c.children.of(p)); top != none && mounts[top].Mountpoint == mounts[p].Mountpoint {
			c.onRoot[p] = top
		}
	}
	// Mounts whose parent is not in the table still have it in common.
	roots := c.roots()
	slices.SortStableFunc(roots, func(a, b int32) int { return cmp.Compare(mounts[a].ParentID, mounts[b].ParentID) })
	for len(roots) > 0 {
		n := 1
		for n < len(roots) && mounts[roots[n]].ParentID == mounts[roots[0]].ParentID {
			n++
		}
		c.among(mounts, roots[:n])
		roots = roots[n:]
	}
	return c
}

// among sorts the children of one parent by their paths and finds which of them
// cover others. It returns the first, on top of what is mounted at the same
// place; if anything covers the parent's root, it is this one.
func (c *covers) among(mounts []nsctl.Mount, siblings []int32) (first int32) {
	slices.SortFunc(siblings, func(a, b int32) int {
		if order := strings.Compare(mounts[a].Mountpoint, mounts[b].Mountpoint); order != 0 {
			return order
		}
		return cmp.Compare(a, b)
	})
	first = none
	// A directory comes before what is in it, but others may come between: /a, /a-b,
	// /a/b. So what may still cover something is all that the path begins with as a
	// text, from the shortest. These are no more than the path has bytes.
	var open []int32
	for len(siblings) > 0 {
		path := mounts[siblings[0]].Mountpoint
		same := 1 // how many are mounted there
		for same < len(siblings) && mounts[siblings[same]].Mountpoint == path {
			same++
		}
		here := siblings[:same]
		siblings = siblings[same:]
		if path == "" {
			continue
		}
		for len(open) > 0 && !strings.HasPrefix(path, mounts[open[len(open)-1]].Mountpoint) {
			open = open[:len(open)-1]
		}
		cover := here[same-1]
		if first == none {
			first = cover
		}
		if i := slices.IndexFunc(open, func(o int32) bool { return inside(mounts[o].Mountpoint, path) }); i >= 0 {
			cover = open[i]
		} else {
			open = append(open, cover)
		}
		for _, m := range here {
			if m != cover {
				c.onPath[m] = cover
			}
		}
	}
	return first
}

// inside says whether path is in the directory dir.
func inside(dir, path string) bool {
	_, ok := Below(dir, path)
	return ok
}
