package screen

import (
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// treeRow is a row of a tree that is drawn as a list.
type treeRow struct {
	item   int32 // what it shows: for a mount its position in the table
	parent int32 // the row of its parent; -1 for a root
	depth  int32
	last   bool // no sibling follows
	kids   bool // it has children
	folded bool // which are not shown
	match  bool // it matches the filter by itself
}

// flatten gives the rows of a namespace's mount tree, in time linear in the number
// of mounts. Without a filter the children of folded mounts are left out; with one
// everything is that neither matches nor leads to a match.
func flatten(h *Host, ns int, folded mountSet, q Query) []treeRow {
	rows := make([]treeRow, 0, len(h.Namespace(ns).Mounts))
	path := make([]int32, 0, 32) // the rows from the root down to the last one
	hideBelow := int32(-1)       // the depth of the folded mount whose children are passed over
	for ref, d := range h.Walk(ns) {
		depth := int32(d)
		if hideBelow >= 0 && depth > hideBelow {
			continue
		}
		hideBelow = -1
		row := treeRow{item: int32(ref.Mount), parent: -1, depth: depth}
		path = path[:min(len(path), d)]
		if d > 0 {
			row.parent = path[d-1]
			rows[row.parent].kids = true
		}
		path = append(path, int32(len(rows)))
		switch {
		case q.Active():
			row.match = q.Mount(h, ref)
		case len(folded) > 0 && folded.has(h.MountKey(ref)) && len(h.Children(ref)) > 0:
			row.folded, row.kids = true, true
			hideBelow = depth
		}
		rows = append(rows, row)
	}
	if q.Active() {
		rows = keepMatches(rows)
	}
	markLast(rows)
	return rows
}

// keepMatches drops the rows that neither match nor have a match below them.
func keepMatches(rows []treeRow) []treeRow {
	keep := make([]bool, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		keep[i] = keep[i] || rows[i].match
		if keep[i] && rows[i].parent >= 0 {
			keep[rows[i].parent] = true
		}
	}
	moved := make([]int32, len(rows)) // where each row that is kept went
	kept := rows[:0]
	for i, row := range rows {
		if !keep[i] {
			continue
		}
		if row.parent >= 0 {
			row.parent = moved[row.parent]
		}
		moved[i] = int32(len(kept))
		kept = append(kept, row)
	}
	return kept
}

// markLast finds the rows after which no sibling comes.
func markLast(rows []treeRow) {
	followed := make([]bool, 0, 32) // by depth: whether a sibling comes after this row
	for i := len(rows) - 1; i >= 0; i-- {
		d := int(rows[i].depth)
		followed = followed[:min(len(followed), d+1)]
		for len(followed) <= d {
			followed = append(followed, false)
		}
		rows[i].last = !followed[d]
		followed[d] = true
	}
}

// maxIndent is how many levels are drawn: deeper trees are drawn as if they began
// further down, so that the names stay on the screen.
const maxIndent = 16

// drawBranch draws what leads to row i: lines from the rows above, and whether it is folded.
func drawBranch(th *theme.Theme, line *kit.Line, rows []treeRow, i int) {
	g := th.Glyphs
	line.Add(th.Faint, guides(rows, i, g.TreeBranch, g.TreeLast, g.TreeLine, g.TreeGap))
	switch {
	case rows[i].folded:
		line.Add(th.Accent, g.Closed+" ")
	case rows[i].kids:
		line.Add(th.Faint, g.Open+" ")
	}
}

// guides gives the lines that lead to row i, from left to right.
func guides(rows []treeRow, i int, branch, last, line, gap string) string {
	if rows[i].depth == 0 {
		return ""
	}
	parts := make([]string, 0, maxIndent)
	for at := int32(i); at >= 0 && rows[at].depth > 0 && len(parts) < maxIndent; at = rows[at].parent {
		switch {
		case at == int32(i) && rows[at].last:
			parts = append(parts, last)
		case at == int32(i):
			parts = append(parts, branch)
		case rows[at].last:
			parts = append(parts, gap)
		default:
			parts = append(parts, line)
		}
	}
	out := make([]byte, 0, maxIndent*5)
	for j := len(parts) - 1; j >= 0; j-- {
		out = append(out, parts[j]...)
	}
	return string(out)
}

// rowOf finds the row of a mount, or -1.
func rowOf(rows []treeRow, mount int) int {
	for i := range rows {
		if int(rows[i].item) == mount {
			return i
		}
	}
	return -1
}

// revealBelow scrolls a list so that what stands below the selected row in its tree is on
// screen, as far as there is room.
func revealBelow(l *kit.List, depth func(row int) int) {
	if l.Len() == 0 {
		return
	}
	last := l.Cursor()
	for last+1 < min(l.Len(), l.Cursor()+l.Height()) && depth(last+1) > depth(l.Cursor()) {
		last++
	}
	l.RevealTo(last)
}
