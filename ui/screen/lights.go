package screen

import (
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/ui/kit"
	"mntscope/ui/theme"
)

// Lights are the mounts, groups and namespaces in which something has just changed. They
// fade with each tick. A nil Lights is dark.
type Lights struct {
	mounts map[nsctl.MountID]lamp
	groups map[nsctl.GroupID]int
	spaces map[nsctl.NSNumber]int
}

// lamp is how long a mount is still lit.
type lamp struct {
	unique nsctl.UniqueID
	left   int
}

// LightTick is the time after which lights fade by one of lightTicks, of which the first
// brightTicks are bright.
const (
	LightTick   = 500 * time.Millisecond
	lightTicks  = 4
	brightTicks = 2
)

// NewLights makes lights that are dark.
func NewLights() *Lights {
	return &Lights{mounts: map[nsctl.MountID]lamp{}, groups: map[nsctl.GroupID]int{}, spaces: map[nsctl.NSNumber]int{}}
}

// lit is what a batch lights up.
type lit struct {
	mounts map[nsctl.MountID]nsctl.UniqueID
	groups map[nsctl.GroupID]bool
	spaces map[nsctl.NSNumber]bool
}

func newLit(events []nsctl.Event) lit {
	l := lit{map[nsctl.MountID]nsctl.UniqueID{}, map[nsctl.GroupID]bool{}, map[nsctl.NSNumber]bool{}}
	for i := range events {
		e := &events[i]
		if e.NS != 0 {
			l.spaces[e.NS] = true
		}
		if e.Via != nil {
			l.groups[e.Via.Group] = true
		}
		if e.Mount == nil {
			continue
		}
		if e.Kind == nsctl.EventUmount {
			delete(l.mounts, e.Mount.MntID)
		} else {
			l.mounts[e.Mount.MntID] = e.Mount.ID
		}
		l.light(e.Mount.Propagation)
		if e.Was != nil {
			l.light(e.Was.Propagation)
		}
	}
	return l
}

func (l *lit) light(p nsctl.Propagation) {
	for _, id := range [...]nsctl.GroupID{p.Shared, p.Master} {
		if id != 0 {
			l.groups[id] = true
		}
	}
}

// Add lights up what changed in a batch.
func (l *Lights) Add(b *Batch) {
	for id, unique := range b.lit.mounts {
		l.mounts[id] = lamp{unique, lightTicks}
	}
	for id := range b.lit.groups {
		l.groups[id] = lightTicks
	}
	for ns := range b.lit.spaces {
		l.spaces[ns] = lightTicks
	}
}

// Fade lets a tick pass.
func (l *Lights) Fade() {
	for id, m := range l.mounts {
		if m.left--; m.left == 0 {
			delete(l.mounts, id)
		} else {
			l.mounts[id] = m
		}
	}
	fade(l.groups)
	fade(l.spaces)
}

func fade[K comparable](m map[K]int) {
	for k := range m {
		if m[k]--; m[k] == 0 {
			delete(m, k)
		}
	}
}

// Lit reports whether something is not dark.
func (l *Lights) Lit() bool { return len(l.mounts)+len(l.groups)+len(l.spaces) > 0 }

// light is how bright something is: dark, fading or bright.
type light uint8

const (
	dark light = iota
	fading
	bright
)

func lightOf(left int) light {
	switch {
	case left <= 0:
		return dark
	case left <= lightTicks-brightTicks:
		return fading
	}
	return bright
}

// mountLight is how bright a mount is. While the host is only thought of, nothing is.
func (f *Frame) mountLight(r graph.Ref) light {
	if f.lights == nil || f.host.whatIf != nil {
		return dark
	}
	m := f.host.Mount(r)
	if lamp, ok := f.lights.mounts[m.MntID]; ok && agree(lamp.unique, m.ID) {
		return lightOf(lamp.left)
	}
	return dark
}

func (f *Frame) groupLight(id nsctl.GroupID) light {
	if f.lights == nil || f.host.whatIf != nil {
		return dark
	}
	return lightOf(f.lights.groups[id])
}

func (f *Frame) spaceLight(ns nsctl.NSNumber) light {
	if f.lights == nil || f.host.whatIf != nil {
		return dark
	}
	return lightOf(f.lights.spaces[ns])
}

// ShowLights lights up rows from now on.
func (f *Frame) ShowLights(l *Lights) { f.lights = l }

// drawCursor draws the first cells of a row: its mark, and beside it the light.
func (f *Frame) drawCursor(line *kit.Line, style theme.Style, mark string, l light) {
	th := f.theme
	if l == dark {
		line.Add(style, mark)
		return
	}
	line.Cell(style, mark, 1).Add(th.Light[l-1], th.Glyphs.Light[l-1])
}

// lighten gives the style of a text that has a light.
func (f *Frame) lighten(style theme.Style, l light) theme.Style {
	if l == dark {
		return style
	}
	return f.theme.Light[l-1]
}
