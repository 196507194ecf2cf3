package screen

import (
	"mntscope/nsctl"
	"mntscope/ui/theme"
)

// badge is the glyph and the letter of a propagation type.
func badge(th *theme.Theme, t nsctl.PropagationType) string {
	return th.Glyphs.Propagation[t] + " " + theme.Letter(t)
}

// State is a propagation with its glyph, its letter, and the kernel's notation.
func State(th *theme.Theme, p nsctl.Propagation) string {
	return badge(th, p.Type()) + " " + notation(p)
}

// notation is the kernel's own notation, with the word where that is empty.
func notation(p nsctl.Propagation) string {
	if s := p.String(); s != "" {
		return withNewGroups(s, p)
	}
	return "private"
}

// shortNotation is as much of the notation as there is room for: without
// propagate_from, or only the numbers of the groups.
func shortNotation(p nsctl.Propagation, room int) string {
	if text := notation(p); len(text) <= room {
		return text
	}
	p.PropagateFrom = 0
	if text := notation(p); len(text) <= room {
		return text
	}
	return groupNumbers(p)
}

// groupNumbers are the numbers in the notation: of the group, then of its master.
func groupNumbers(p nsctl.Propagation) string {
	switch p.Type() {
	case nsctl.Shared:
		return groupText(p.Shared)
	case nsctl.SharedSlave:
		return groupText(p.Shared) + " " + groupText(p.Master)
	case nsctl.Slave:
		return groupText(p.Master)
	}
	return ""
}
