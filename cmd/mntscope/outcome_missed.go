package main

import (
	"strconv"

	"mntscope/nsctl"
)

// mostMissed is how many mounts a person is shown that are not reached for one reason.
const mostMissed = 8

// notReachedTable has the mounts that are not reached, by the reason.
func (o *outcome) notReachedTable() *table {
	t := &table{columns: []column{
		{title: "NOT REACHED", shrinks: true}, {title: "NS", right: true}, {title: "NAME", shrinks: true}, {title: "ID", right: true},
	}}
	var reasons []string
	missed := map[string][]*nsctl.NotReached{}
	for i := range o.NotReached {
		n := &o.NotReached[i]
		if missed[n.Text] == nil {
			reasons = append(reasons, n.Text)
		}
		missed[n.Text] = append(missed[n.Text], n)
	}
	lines := o.screen.branches()
	for _, text := range reasons {
		t.add(nsctl.Printable(text))
		list := missed[text]
		for i, n := range list[:min(len(list), mostMissed)] {
			line := lines.tee
			if i == len(list)-1 {
				line = lines.corner
			}
			t.add(line+nsctl.Printable(n.Mountpoint), number(int64(n.NS)), orDash(o.g.Namespace(n.Space).Name), strconv.Itoa(int(n.MntID)))
		}
		if rest := len(list) - mostMissed; rest > 0 {
			t.add(lines.corner + "and " + several(rest, "more mount") + "; --json lists all")
		}
	}
	return t
}
