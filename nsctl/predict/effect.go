package predict

import (
	"mntscope/nsctl"
)

// effect is an effect in the making: what it says of the mount's new state is read off
// at the end.
type effect struct {
	kind   nsctl.EffectKind
	m      *mount
	origin bool
	rule   string
	was    nsctl.Was
	via    *nsctl.Via
}

// changing notes that the propagation of a mount is about to change. Of a mount that
// is being made or removed by the operation nothing is noted.
func (w *world) changing(m *mount, rule string) *effect {
	if m.changed == nil {
		e := &effect{kind: nsctl.EffectPropagation, m: m, was: nsctl.Was{Propagation: m.propagation()}}
		m.changed = e
		if !m.fresh && !m.gone {
			e.was.ParentID, e.was.Mountpoint = m.attr.ParentID, m.attr.Mountpoint
			w.effects = append(w.effects, e)
		}
	}
	if m.changed.kind == nsctl.EffectPropagation {
		m.changed.rule = rule
	}
	return m.changed
}

// moving notes that a mount is about to get another place.
func (w *world) moving(m *mount, rule string) *effect {
	e := w.changing(m, rule)
	if !m.fresh {
		e.kind = nsctl.EffectMove
		w.moved = true
	}
	return e
}

// appears notes a mount that the operation made, and takes its number.
func (w *world) appears(m *mount, rule string, via *nsctl.Via) *effect {
	e := &effect{kind: nsctl.EffectMount, m: m, rule: rule, via: via}
	m.changed = e
	w.effects = append(w.effects, e)
	return e
}

// vanishes notes a mount that is unmounted.
func (w *world) vanishes(m *mount, rule string, via *nsctl.Via) *effect {
	e := w.changing(m, rule)
	e.kind, e.rule, e.via = nsctl.EffectUmount, rule, via
	return e
}

// finished gives the effects, without those that came to nothing.
func (w *world) finished() []nsctl.Effect {
	list := make([]nsctl.Effect, 0, len(w.effects))
	for _, e := range w.effects {
		out := nsctl.Effect{
			Kind: e.kind, NS: e.m.space.info.NS, Space: e.m.space.pos,
			Origin: e.origin, Rule: e.rule, Via: e.via, Mount: w.now(e.m),
		}
		switch e.kind {
		case nsctl.EffectUmount:
			out.Mount = *e.m.attr
		case nsctl.EffectPropagation:
			if e.was.Propagation == e.m.propagation() {
				continue
			}
			out.Was = &nsctl.Was{Propagation: e.was.Propagation}
		case nsctl.EffectMove:
			if e.was == (nsctl.Was{Propagation: e.m.propagation(), ParentID: out.Mount.ParentID, Mountpoint: out.Mount.Mountpoint}) {
				continue
			}
			was := e.was
			out.Was = &was
		}
		list = append(list, out)
	}
	return list
}

// now gives a mount as it is now. PropagateFrom and HiddenBy depend on the whole host, and
// are left out.
func (w *world) now(m *mount) nsctl.Mount {
	out := *m.attr
	out.MntID, out.Dev = m.id, m.root.dev
	out.Mountpoint = w.path(m)
	out.Propagation, out.HiddenBy, out.Locked = m.propagation(), 0, m.lock
	if m.guessed {
		out.Locked = nsctl.LockUnknown
	}
	if m.fresh {
		out.ID = nsctl.UniqueID(m.id)
	}
	if m.parent != nil {
		out.ParentID = m.parent.id
	}
	return out
}
