package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// outcome is what an operation does, to be printed for a person.
type outcome struct {
	*nsctl.Outcome
	g      *graph.Graph
	screen screen
	// fresh are the peer groups that it makes, numbered from 1.
	fresh map[nsctl.GroupID]int
}

// writeOutcome prints whether the kernel does it, what happens where, what is not
// reached and why, and what is not certain.
func writeOutcome(w io.Writer, result *nsctl.Outcome, g *graph.Graph, s screen) error {
	return writeOneOutcome(w, result, g, s, newGroups(g.Snapshot(), result))
}

// writeOneOutcome does it for one of several operations, which call the groups that they make the
// same.
func writeOneOutcome(w io.Writer, result *nsctl.Outcome, g *graph.Graph, s screen, fresh map[nsctl.GroupID]int) error {
	o := &outcome{result, g, s, fresh}
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "%s\n%s\n", o.head(), o.verdict())
	for _, t := range []*table{o.effectTable(), o.notReachedTable()} {
		if len(t.rows) == 0 {
			continue
		}
		out.WriteByte('\n')
		if err := t.write(out, s); err != nil {
			return err
		}
	}
	o.writeUncertain(out)
	return out.Flush() // reports the first error of any write above
}

// mostUncertain is how many sentences about what is not certain a person is shown.
const mostUncertain = 8

func (o *outcome) writeUncertain(out io.Writer) {
	if len(o.Uncertain) == 0 {
		return
	}
	fmt.Fprint(out, "\nNot certain:\n")
	for _, sentence := range o.Uncertain[:min(len(o.Uncertain), mostUncertain)] {
		fmt.Fprintf(out, "- %s\n", printableLine(sentence))
	}
	if rest := len(o.Uncertain) - mostUncertain; rest > 0 {
		fmt.Fprintf(out, "- and %s; --json lists all\n", several(rest, "more such thing"))
	}
}

// head says what is done, and where.
func (o *outcome) head() string {
	where := o.NS.String()
	for i := range o.g.Snapshot().Namespaces {
		if info := &o.g.Namespace(i).NamespaceInfo; info.NS == o.NS && info.Name != "" {
			where = nsctl.Printable(info.Name) + " " + where
			break
		}
	}
	return printableCommand(o.Op) + " in " + where + ":"
}

// printableCommand shows a command as it is typed, unless something in it does not show.
func printableCommand(line string) string {
	printable := nsctl.Printable(line)
	if strings.ReplaceAll(printable, `\\`, `\`) == line {
		return line
	}
	return printable
}

// verdict says whether the kernel does it, and sums up what happens, or why not.
func (o *outcome) verdict() string {
	will := "will "
	if len(o.Uncertain) > 0 {
		will = "should "
	}
	mark, words, rest := "✓ ", will+"succeed", o.summary()
	if !o.OK {
		mark, words, rest = "✗ ", will+"fail with "+nsctl.Printable(o.Errno), printableLine(o.Reason)
	}
	if o.screen.ascii {
		mark = ""
	}
	if o.screen.styled {
		return "\x1b[1m" + mark + words + "\x1b[m: " + rest
	}
	return mark + words + ": " + rest
}

// summary counts the effects.
func (o *outcome) summary() string {
	if len(o.Effects) == 0 {
		return "nothing changes"
	}
	counts, spaces := map[string]int{}, map[int]bool{}
	for i := range o.Effects {
		counts[markOf(o.Effects[i].Kind)]++
		spaces[o.Effects[i].Space] = true
	}
	var parts []string
	for _, v := range []struct{ mark, one, many string }{
		{"+", "appears", "appear"}, {"-", "vanishes", "vanish"}, {">", "moves", "move"}, {"~", "changes", "change"},
	} {
		switch n := counts[v.mark]; n {
		case 0:
		case 1:
			parts = append(parts, "1 mount "+v.one)
		default:
			parts = append(parts, several(n, "mount")+" "+v.many)
		}
	}
	return strings.Join(parts, ", ") + ", in " + several(len(spaces), "namespace")
}

// several counts things.
func several(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// newGroups finds the peer groups in outcomes that the snapshot before them does not have.
func newGroups(s *nsctl.Snapshot, outcomes ...*nsctl.Outcome) map[nsctl.GroupID]int {
	old := map[nsctl.GroupID]bool{0: true}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			p := s.Namespaces[i].Mounts[j].Propagation
			old[p.Shared], old[p.Master] = true, true
		}
	}
	var fresh []nsctl.GroupID
	for _, o := range outcomes {
		for i := range o.Effects {
			p := o.Effects[i].Mount.Propagation
			for _, id := range [...]nsctl.GroupID{p.Shared, p.Master} {
				if !old[id] {
					fresh = append(fresh, id)
				}
			}
		}
	}
	slices.Sort(fresh)
	numbers := map[nsctl.GroupID]int{}
	for i, id := range slices.Compact(fresh) {
		numbers[id] = i + 1
	}
	return numbers
}
