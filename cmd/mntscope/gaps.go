package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"mntscope/nsctl"
)

// reportGaps says in one line what could not be read, and where the whole list is.
func reportGaps(w io.Writer, gaps []nsctl.Gap, where string) {
	if len(gaps) == 0 {
		return
	}
	things := "things"
	if len(gaps) == 1 {
		things = "thing"
	}
	fmt.Fprintf(w, "mntscope: %d %s could not be read (%s), such as: %s; %s\n",
		len(gaps), things, gapKinds(gaps), printableLine(gaps[0].Message), where)
}

// gapKinds counts the gaps by what is missing, the most frequent first.
func gapKinds(gaps []nsctl.Gap) string {
	counts := map[string]int{}
	for _, g := range gaps {
		counts[g.What]++
	}
	kinds := make([]string, 0, len(counts))
	for what := range counts {
		kinds = append(kinds, what)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, what := range kinds {
		kinds[i] = fmt.Sprintf("%s: %d", nsctl.Printable(what), counts[what])
	}
	if rest := len(kinds) - 8; rest > 0 { // a file may hold anything
		kinds = append(kinds[:8], fmt.Sprintf("%d other kinds", rest))
	}
	return strings.Join(kinds, ", ")
}
