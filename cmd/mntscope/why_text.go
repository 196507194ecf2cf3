package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// writeWhy prints the answer in a sentence, the way with the cut in it, what would mend
// it, and what else there is to know.
func writeWhy(w io.Writer, why *nsctl.Why, g *graph.Graph, s screen) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(whyHead(&why.WhyAnswer, s))
	if len(why.At) > 1 {
		out.WriteString("\nIt appears at:\n")
		for _, at := range why.At {
			out.WriteString("  " + whyPlace(at) + "\n")
		}
	}
	if len(why.Way) > 0 {
		out.WriteByte('\n')
		if err := wayTable(&why.WhyAnswer, g, s).write(out, s); err != nil {
			return err
		}
	}
	if len(why.Mend) > 0 {
		out.WriteString("\nWhat would mend it:\n")
		for _, step := range why.Mend {
			writeStep(out, step)
		}
	}
	notes := why.Notes
	if why.OnTop != nil {
		notes = append([]string{why.OnTop.Text}, notes...)
	}
	if len(notes) > 0 {
		out.WriteByte('\n')
	}
	for _, note := range notes {
		fmt.Fprintf(out, "- %s\n", printableLine(note))
	}
	return out.Flush() // reports the first error of any write above
}

// whyHead is the answer, marked as that of a prediction is.
func whyHead(a *nsctl.WhyAnswer, s screen) string {
	mark := map[nsctl.WhyVerdict]string{nsctl.WhyAppears: "✓ ", nsctl.WhyUnsure: "? "}[a.Verdict]
	if mark == "" {
		mark = "✗ "
	}
	if s.ascii {
		mark = ""
	}
	if s.styled {
		return "\x1b[1m" + mark + printableLine(a.Text) + "\x1b[m\n"
	}
	return mark + printableLine(a.Text) + "\n"
}

func whyPlace(at nsctl.WhyAt) string {
	text := nsctl.Printable(at.Mountpoint)
	if at.MntID != 0 {
		text += fmt.Sprintf(" (mount %d)", at.MntID)
	}
	if at.HiddenBy != 0 {
		text += fmt.Sprintf(" (hidden by %d)", at.HiddenBy)
	}
	return text
}

func wayTable(a *nsctl.WhyAnswer, g *graph.Graph, s screen) *table {
	t := &table{columns: []column{
		{title: "WAY"}, {title: "NS", right: true}, {title: "NAME", shrinks: true},
		{title: "ID", right: true}, {title: "MOUNT POINT", shrinks: true}, {title: "PROPAGATION"},
	}}
	mark := "✗ "
	if s.ascii {
		mark = "x "
	}
	for i, hop := range a.Way {
		if hop.Link == nsctl.WhyGhost {
			t.rows = append(t.rows, row{dim: true, cells: []string{"ghost", "", "", "", "no mount is in sight", hop.Propagation.String()}})
		} else {
			link := string(hop.Link)
			if hop.Link == nsctl.WhyNone {
				link = "-"
			}
			t.add(link, number(int64(hop.NS)), orDash(g.Namespace(hop.Space).Name), fmt.Sprint(hop.MntID),
				nsctl.Printable(hop.Mountpoint), propagation(hop.Propagation))
		}
		if a.Cut != nil && a.Cut.Hop == i {
			t.add(mark + strings.ReplaceAll(string(a.Cut.Kind), "-", " "))
		}
	}
	return t
}

// writeStep prints a command, and below it what it does.
func writeStep(out io.Writer, step nsctl.WhyStep) {
	switch {
	case step.Command != "":
		fmt.Fprintf(out, "  %s\n      %s\n", printableCommand(step.Command), printableLine(step.Text))
	case step.Op != "":
		fmt.Fprintf(out, "  %s (in that namespace, to which nothing here leads)\n      %s\n", printableCommand(step.Op), printableLine(step.Text))
	default:
		fmt.Fprintf(out, "  %s\n", printableLine(step.Text))
	}
}
