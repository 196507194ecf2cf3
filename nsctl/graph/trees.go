package graph

// none stands where a number refers to nothing.
const none int32 = -1

// forest is a set of trees of numbered things: mounts by their parents, peer
// groups by their masters.
type forest struct {
	parent   []int32 // none for a root
	children lists
}

// newForest makes a forest of a table of parents, which it keeps. Where parents
// form a loop, the lowest number in it becomes a root.
func newForest(parent []int32) forest {
	cutLoops(parent)
	return forest{parent, bucket(len(parent), parent)}
}

func cutLoops(parent []int32) {
	seenBy := make([]int32, len(parent)) // the walk, from 1 on, that came here first
	for i := range parent {
		walk := int32(i) + 1
		at := int32(i)
		for at != none && seenBy[at] == 0 {
			seenBy[at] = walk
			at = parent[at]
		}
		if at == none || seenBy[at] != walk {
			continue // it ended at a root, or where an earlier walk had been
		}
		lowest := at
		for next := parent[at]; next != at; next = parent[next] {
			lowest = min(lowest, next)
		}
		parent[lowest] = none
	}
}

// roots gives what has no parent, in ascending order.
func (f *forest) roots() []int32 {
	var roots []int32
	for i, p := range f.parent {
		if p == none {
			roots = append(roots, int32(i))
		}
	}
	return roots
}

// topDown gives everything, parents before children.
func (f *forest) topDown() []int32 {
	order := append(make([]int32, 0, len(f.parent)), f.roots()...)
	for next := 0; next < len(order); next++ {
		order = append(order, f.children.of(order[next])...)
	}
	return order
}

// lists holds many lists of numbers in two slices: a host has as many lists (the
// children of each mount, the members of each group) as it has mounts, and
// nearly all of them are empty.
type lists struct {
	start []int32 // list i is items[start[i]:start[i+1]]
	items []int32
}

// bucket puts item i into list listOf[i] of n lists, or nowhere if that is none.
// Items keep their order.
func bucket(n int, listOf []int32) lists {
	start := make([]int32, n+1)
	for _, l := range listOf {
		if l != none {
			start[l+1]++
		}
	}
	for i := range n {
		start[i+1] += start[i]
	}
	items := make([]int32, start[n])
	for i, l := range listOf {
		if l != none {
			items[start[l]] = int32(i)
			start[l]++
		}
	}
	// Filling a list moved its start to its end, where the next one starts.
	copy(start[1:], start[:n])
	start[0] = 0
	return lists{start, items}
}

// of gives list i.
func (l lists) of(i int32) []int32 { return l.items[l.start[i]:l.start[i+1]] }
