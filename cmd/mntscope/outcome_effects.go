package main

import (
	"strconv"
	"strings"

	"mntscope/nsctl"
)

// How much of an outcome a person is shown. JSON has all of it.
const (
	mostSpaces = 12 // namespaces
	mostMounts = 24 // in one of them
)

// markOf gives the sign for what happens to a mount.
func markOf(kind nsctl.EffectKind) string {
	switch kind {
	case nsctl.EffectMount:
		return "+"
	case nsctl.EffectUmount:
		return "-"
	case nsctl.EffectMove:
		return ">"
	}
	return "~"
}

// effectNode is a line of the tree of effects: a namespace, or what happens to a mount.
type effectNode struct {
	space  int
	effect *nsctl.Effect // nil for the line of the namespace itself
}

// effectTable has what happens, namespace by namespace: that of the operation first, the
// others in the order in which the kernel comes to them.
func (o *outcome) effectTable() *table {
	t := &table{columns: []column{
		{title: "WHERE", shrinks: true}, {title: "ID", right: true}, {title: "PROPAGATION"}, {title: "THROUGH"}, {title: "WHY", shrinks: true, yields: true},
	}}
	spaces, below := o.effectTree()
	shown := spaces[:min(len(spaces), mostSpaces)]
	left := 0 // of the mounts in this namespace
	more := func() {
		if left > mostMounts {
			t.add("  and " + several(left-mostMounts, "more mount"))
		}
		left = 0
	}
	walk(shown, func(n effectNode) []effectNode { return below[n] }, o.screen.branches(), func(n effectNode, lines string) {
		if n.effect == nil {
			more()
			t.add(lines + o.spaceName(n.space))
			return
		}
		if left++; left <= mostMounts {
			t.add(o.effectRow(n.effect, lines)...)
		}
	})
	more()
	if rest := len(spaces) - len(shown); rest > 0 {
		t.add("and " + several(rest, "more namespace") + "; --json lists all")
	}
	return t
}

// effectTree puts mounts that appear, move or vanish below what they are mounted in, if
// that does so too.
func (o *outcome) effectTree() (spaces []effectNode, below map[effectNode][]effectNode) {
	type place struct {
		space int
		id    nsctl.MountID
	}
	byID := map[place]*nsctl.Effect{}
	for i := range o.Effects {
		e := &o.Effects[i]
		byID[place{e.Space, e.Mount.MntID}] = e
	}
	below = map[effectNode][]effectNode{}
	for i := range o.Effects {
		e := &o.Effects[i]
		space, node := effectNode{space: e.Space}, effectNode{e.Space, e}
		if below[space] == nil {
			spaces = append(spaces, space)
			below[space] = []effectNode{}
		}
		if parent := byID[place{e.Space, e.Mount.ParentID}]; parent != nil && parent != e {
			above := effectNode{e.Space, parent}
			below[above] = append(below[above], node)
		} else {
			below[space] = append(below[space], node)
		}
	}
	for i, space := range spaces { // the own one first
		if o.spaceNumber(space.space) == o.NS {
			copy(spaces[1:i+1], spaces[:i])
			spaces[0] = space
			break
		}
	}
	return spaces, below
}

func (o *outcome) spaceNumber(space int) nsctl.NSNumber {
	if space < len(o.g.Snapshot().Namespaces) {
		return o.g.Namespace(space).NS
	}
	return 0
}

// spaceName names a namespace: its kind, its name and its number.
func (o *outcome) spaceName(space int) string {
	if space >= len(o.g.Snapshot().Namespaces) {
		return "a new namespace"
	}
	info := &o.g.Namespace(space).NamespaceInfo
	text := nsctl.Printable(string(info.Kind)) + " "
	if info.Name != "" {
		text += nsctl.Printable(info.Name) + " "
	}
	return text + info.NS.String()
}

func (o *outcome) effectRow(e *nsctl.Effect, lines string) []string {
	where, state := nsctl.Printable(e.Mount.Mountpoint), o.propagation(e.Mount.Propagation)
	if e.Was != nil {
		if e.Was.Mountpoint != "" && e.Was.Mountpoint != e.Mount.Mountpoint {
			where = nsctl.Printable(e.Was.Mountpoint) + o.screen.becomes() + where
		}
		if e.Was.Propagation != e.Mount.Propagation {
			state = o.propagation(e.Was.Propagation) + o.screen.becomes() + state
		}
	}
	id, through, why := "new", "", e.Rule
	if e.Mount.MntID > 0 {
		id = strconv.Itoa(int(e.Mount.MntID))
	}
	if e.Via != nil && e.Via.Group != 0 {
		through = "shared:" + o.group(e.Via.Group)
		why, _, _ = strings.Cut(why, ": ") // the whole stands where it came from
	}
	return []string{lines + markOf(e.Kind) + " " + where, id, state, through, nsctl.Printable(why)}
}

// becomes stands between what was and what is.
func (s screen) becomes() string {
	if s.ascii {
		return " -> "
	}
	return " → "
}

// propagation gives the kernel's notation and the name of the state, as in the other
// tables, with new groups by names of their own.
func (o *outcome) propagation(p nsctl.Propagation) string {
	state, text := p.Type().String(), ""
	if p.Shared != 0 {
		text += "shared:" + o.group(p.Shared) + " "
	}
	if p.Master != 0 {
		text += "master:" + o.group(p.Master) + " "
	}
	if p.Unbindable && p.Master != 0 {
		text += "unbindable "
	}
	if text == "" {
		return state
	}
	return text + "(" + state + ")"
}

// group gives the number of a peer group. One that does not exist yet has none: the kernel
// will take any that is free.
func (o *outcome) group(id nsctl.GroupID) string {
	if n := o.fresh[id]; n > 0 {
		return "new" + strconv.Itoa(n)
	}
	return strconv.Itoa(int(id))
}
