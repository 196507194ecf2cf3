package change

import (
	"fmt"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// differences says, mount by mount, what is not the same in both.
func (a *alignment) differences() (list []string) {
	name := func(r graph.Ref, g *graph.Graph) string {
		return nsctl.Printable(g.Mount(r).Mountpoint) + " in " + g.Namespace(r.NS).NS.String()
	}
	for _, r := range a.missing {
		m := a.want.Mount(r)
		list = append(list, fmt.Sprintf("%s is not mounted again (%s %s)", name(r, a.want), nsctl.Printable(m.FSType), nsctl.Printable(m.Source)))
	}
	for _, r := range a.extra {
		list = append(list, name(r, a.got)+" stays mounted")
	}
	for _, p := range a.pairs {
		w, g := a.want.Mount(p.want), a.got.Mount(p.got)
		if w.Dev != g.Dev || w.Root != g.Root {
			list = append(list, fmt.Sprintf("%s shows another filesystem, or another part of it", name(p.got, a.got)))
			continue
		}
		if !a.placed(p) {
			list = append(list, fmt.Sprintf("%s (mount %d) is not where it was, at %s, in or on the same mount", name(p.got, a.got), g.MntID, nsctl.Printable(w.Mountpoint)))
		}
		if w.Options != g.Options {
			list = append(list, fmt.Sprintf("%s has the options %s, not %s", name(p.got, a.got), nsctl.Printable(g.Options), nsctl.Printable(w.Options)))
		}
		if !a.connected(p) {
			list = append(list, fmt.Sprintf("%s is %s, and was %s", name(p.got, a.got), stateIn(g.Propagation), stateIn(w.Propagation)))
		}
	}
	return list
}

// stateIn tells a state, with numbers of groups that exist only.
func stateIn(p nsctl.Propagation) string {
	number := func(id nsctl.GroupID) string {
		if id >= staleGroups {
			return fmt.Sprintf("%d, which is no more", (id-staleGroups)%1_000_000)
		}
		if id >= deadGroups {
			return fmt.Sprintf("%d, which is no more", id-deadGroups)
		}
		if id >= firstNewGroup {
			return "a new group"
		}
		return fmt.Sprint(id)
	}
	text := p.Type().String()
	switch {
	case p.Shared != 0 && p.Master != 0:
		text += fmt.Sprintf(" (in %s, of %s)", number(p.Shared), number(p.Master))
	case p.Shared != 0:
		text += " (in " + number(p.Shared) + ")"
	case p.Master != 0:
		text += " (of " + number(p.Master) + ")"
	}
	return text
}
