package graph

import (
	"cmp"
	"slices"

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
		return cmp.Or(comparePaths(mounts[a].Mountpoint, mounts[b].Mountpoint), cmp.Compare(a, b))
	})
	first = none
	outer := none // covers what comes next, if that is inside
	for i, m := range siblings {
		path := mounts[m].Mountpoint
		if path == "" {
			continue
		}
		if outer != none {
			if rest, ok := below(mounts[outer].Mountpoint, path); ok && rest != "" {
				c.onPath[m] = outer
				continue
			}
		}
		outer = m
		for _, same := range siblings[i+1:] {
			if mounts[same].Mountpoint != path {
				break
			}
			outer = same
		}
		if outer != m {
			c.onPath[m] = outer
		}
		if first == none {
			first = outer
		}
	}
	return first
}

// comparePaths orders paths such that a directory stands immediately before all
// that is in it: as bytes, but with the slash before every other one.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
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
