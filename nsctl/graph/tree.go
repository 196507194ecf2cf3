package graph

import (
	"cmp"
	"slices"

	"mntscope/nsctl"
)

// tree is how the mounts of one namespace hang together. Mounts are numbered by
// their position in the table.
type tree struct {
	forest
	byID []int32 // all positions, ordered by mount id, then by position
}

// newTree builds the tree of one namespace. Of several mounts with the same id
// the first one counts as the parent that others name.
func newTree(mounts []nsctl.Mount) tree {
	t := tree{byID: make([]int32, len(mounts))}
	for i := range t.byID {
		t.byID[i] = int32(i)
	}
	slices.SortFunc(t.byID, func(a, b int32) int {
		return cmp.Or(cmp.Compare(mounts[a].MntID, mounts[b].MntID), cmp.Compare(a, b))
	})
	parent := make([]int32, len(mounts))
	for i := range mounts {
		parent[i] = t.find(mounts, mounts[i].ParentID)
	}
	t.forest = newForest(parent)
	return t
}

// find gives the position of the first mount with this id, or none.
func (t *tree) find(mounts []nsctl.Mount, id nsctl.MountID) int32 {
	at, ok := slices.BinarySearchFunc(t.byID, id, func(i int32, id nsctl.MountID) int {
		return cmp.Compare(mounts[i].MntID, id)
	})
	if !ok {
		return none
	}
	return t.byID[at]
}
