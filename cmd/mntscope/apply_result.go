package main

import (
	"bufio"
	"fmt"
	"io"

	"mntscope/nsctl"
	"mntscope/nsctl/change"
)

// writeResult says whether what was predicted is what has happened.
func writeResult(w io.Writer, r *change.Result, ascii bool) error {
	out := bufio.NewWriter(w)
	s := outputScreen()
	mark := "✓ "
	if s.ascii || ascii {
		mark = ""
	}
	took := ""
	if r.Seq != 0 {
		took = fmt.Sprintf("; \"mntscope undo\" takes it back (operation %d)", r.Seq)
	}
	if len(r.Surprises) == 0 {
		fmt.Fprintf(out, "\n%sdone, and all of it happened as predicted%s\n", mark, took)
		return out.Flush()
	}
	fmt.Fprintf(out, "\ndone, but not all of it happened as predicted%s\n", took)
	writeSurprises(out, r.Surprises)
	return out.Flush()
}

// writeSurprises lists what happened in another way.
func writeSurprises(out io.Writer, surprises []nsctl.Surprise) {
	for i := range surprises[:min(len(surprises), mostMounts)] {
		fmt.Fprintf(out, "- %s\n", printableLine(surprises[i].Text))
	}
	if rest := len(surprises) - mostMounts; rest > 0 {
		fmt.Fprintf(out, "- and %s; --json lists all\n", several(rest, "more difference"))
	}
	fmt.Fprintln(out, "Either somebody else changed mounts at the same moment, or the prediction was wrong.")
}
