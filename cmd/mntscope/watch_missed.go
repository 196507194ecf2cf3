package main

import (
	"fmt"
	"slices"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/predict"
	"mntscope/nsctl/replay"
)

// mostPredictions is how often in a second it is worked out who was not reached: with a
// hundred thousand mounts that takes tens of milliseconds.
const mostPredictions = 4

// missed prints which mounts a deed did not reach, by the reason. It is one of all those
// that led from the state before to the one after.
func (n *narrator) missed(d *deed, all []nsctl.Event) {
	e := d.event()
	if !d.attributed() || !e.Origin || !predict.Travels(e) || n.before == nil {
		return
	}
	if e.Time.Sub(n.second) >= time.Second {
		n.second, n.predicted, n.excused = e.Time, 0, false
	}
	if n.predicted++; n.predicted > mostPredictions {
		if !n.excused {
			n.dim("    not reached: not worked out while so much happens")
		}
		n.excused = true
		return
	}
	first := slices.IndexFunc(all, func(other nsctl.Event) bool { return other.Op == e.Op })
	whole := slices.DeleteFunc(slices.Clone(all[first:]), func(other nsctl.Event) bool { return other.Op != e.Op })
	origin := slices.IndexFunc(whole, func(other nsctl.Event) bool { return other.Origin })
	before, err := replay.Apply(n.before, slices.DeleteFunc(slices.Clone(all[:first]), isReady))
	var list []nsctl.NotReached
	if err == nil {
		list, err = predict.Missed(before, whole, origin)
	}
	if err != nil {
		n.dim("    not reached: cannot be worked out: " + printableLine(err.Error()))
		return
	}
	for _, line := range n.reasons(before, list) {
		n.dim("    not reached: " + line)
	}
}

// isReady is for the event that changes nothing.
func isReady(e nsctl.Event) bool { return e.Kind == nsctl.EventReady }

// reasons sums up what was not reached, a line for each reason.
func (n *narrator) reasons(s *nsctl.Snapshot, list []nsctl.NotReached) (lines []string) {
	byText := map[string]int{}
	firsts := map[string]string{}
	var order []string
	for i := range list {
		m := &list[i]
		info := &s.Namespaces[m.Space].NamespaceInfo
		if n.only != nil && !n.only.has(info.NS, info.NSID) {
			continue
		}
		if byText[m.Text]++; byText[m.Text] == 1 {
			order = append(order, m.Text)
			firsts[m.Text] = nsctl.Printable(m.Mountpoint) + " in " + nameOf(info)
		}
	}
	more := 0
	for i, text := range order {
		others := byText[text] - 1
		switch {
		case i >= mostReasons:
			more += byText[text]
		case others > 0:
			lines = append(lines, fmt.Sprintf("%s and %d more: %s", firsts[text], others, nsctl.Printable(text)))
		default:
			lines = append(lines, firsts[text]+": "+nsctl.Printable(text))
		}
	}
	if more > 0 {
		lines = append(lines, several(more, "other mount"))
	}
	return lines
}
