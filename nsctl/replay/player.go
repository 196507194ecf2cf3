package replay

import (
	"slices"

	"mntscope/nsctl"
)

// player makes the changes of events, one operation after the other.
type player struct {
	head     nsctl.Snapshot
	partial  bool     // as in state
	spaces   []*space // in the order of a snapshot
	byID     map[nsctl.NSID]*space
	byNumber map[nsctl.NSNumber]*space
	edited   []*table // since the last state was given
	changes  []change // of the operation that is being played
}

// space is a namespace through all its states.
type space struct{ *table }

// change is what an event did to a mount; what was not there is nil.
type change struct {
	space    *space
	old, now *nsctl.Mount
}

func newPlayer(st *state) *player {
	p := &player{}
	p.begin(st)
	return p
}

func (p *player) begin(st *state) {
	*p = player{
		head: st.head, partial: st.partial, spaces: make([]*space, len(st.tables)),
		byID: make(map[nsctl.NSID]*space, len(st.tables)), byNumber: make(map[nsctl.NSNumber]*space, len(st.tables)),
	}
	for i, t := range st.tables {
		p.spaces[i] = &space{t}
		p.index(p.spaces[i])
	}
}

// index makes a namespace known by its numbers. In a forged snapshot they may occur twice:
// the first counts.
func (p *player) index(s *space) {
	if id := s.info.NSID; id != 0 && p.byID[id] == nil {
		p.byID[id] = s
	}
	if n := s.info.NS; n != 0 && p.byNumber[n] == nil {
		p.byNumber[n] = s
	}
}

// state gives the host as it is now.
func (p *player) state() *state {
	for _, t := range p.edited {
		t.finish()
	}
	p.edited = nil
	st := &state{head: p.head, partial: p.partial, tables: make([]*table, len(p.spaces))}
	for i, s := range p.spaces {
		st.tables[i] = s.table
	}
	return st
}

// edit makes a namespace one that may be changed.
func (p *player) edit(s *space) *table {
	if s.edit == nil {
		s.table = s.editable()
		p.edited = append(p.edited, s.table)
	}
	return s.table
}

// operation makes all changes of one operation.
func (p *player) operation(events []nsctl.Event) error {
	p.changes = p.changes[:0]
	for i := range events {
		e := &events[i]
		if err := p.apply(e); err != nil {
			return err
		}
		if !e.Time.IsZero() {
			p.head.Taken = e.Time
		}
	}
	p.followMoves()
	return nil
}

func (p *player) apply(e *nsctl.Event) error {
	switch e.Kind {
	case nsctl.EventReady:
		if e.Snapshot != nil {
			p.begin(stateOf(e.Snapshot))
		}
		return nil
	case nsctl.EventResync:
		return nil // what was missed follows
	}
	if p.partial && p.find(e) == nil {
		return nil // the origin, elsewhere, of what happened here
	}
	switch e.Kind {
	case nsctl.EventNamespaceCreated:
		return p.created(e)
	case nsctl.EventNamespaceGone:
		return p.gone(e)
	}
	if e.Mount == nil {
		return misfit(e, "there is no mount in it")
	}
	s := p.find(e)
	if s == nil {
		return misfit(e, "there is no %s", spaceOf(e))
	}
	at := s.find(e.Mount)
	if e.Kind == nsctl.EventMount {
		if at >= 0 {
			return misfit(e, "%s is in %s already", place(e.Mount), spaceOf(e))
		}
		p.changes = append(p.changes, change{s, nil, p.edit(s).insert(e.Mount)})
		return nil
	}
	if at < 0 {
		return misfit(e, "%s is not in %s", place(e.Mount), spaceOf(e))
	}
	old := s.at(at)
	switch e.Kind {
	case nsctl.EventUmount:
		p.edit(s).remove(at)
		p.changes = append(p.changes, change{s, old, nil})
	case nsctl.EventMove, nsctl.EventPropagation, nsctl.EventRemount:
		p.changes = append(p.changes, change{s, old, p.edit(s).replace(at, e.Mount)})
	default:
		return misfit(e, "this kind of event is not known; use the mntscope that recorded it")
	}
	return nil
}

func (p *player) created(e *nsctl.Event) error {
	if e.Namespace == nil {
		return misfit(e, "there is no namespace in it")
	}
	ns := e.Namespace
	if p.byID[ns.NSID] != nil || p.byNumber[ns.NS] != nil {
		return misfit(e, "%s is there already", ns.NS)
	}
	s := &space{tableOf(ns)}
	p.index(s)
	p.edit(s).edit.unsure = true
	p.spaces = slices.Insert(p.spaces, p.placeFor(ns.NS), s)
	return nil
}

// placeFor gives where a namespace stands: in order of the numbers, those without one at
// the end.
func (p *player) placeFor(n nsctl.NSNumber) int {
	at := len(p.spaces)
	for at > 0 && n != 0 && (p.spaces[at-1].info.NS == 0 || p.spaces[at-1].info.NS > n) {
		at--
	}
	return at
}

func (p *player) gone(e *nsctl.Event) error {
	s := p.find(e)
	if s == nil {
		return misfit(e, "there is no %s", spaceOf(e))
	}
	p.spaces = slices.DeleteFunc(p.spaces, func(other *space) bool { return other == s })
	if p.byID[s.info.NSID] == s {
		delete(p.byID, s.info.NSID)
	}
	if p.byNumber[s.info.NS] == s {
		delete(p.byNumber, s.info.NS)
	}
	return nil
}

// find gives the namespace of an event: by its id where both know it, else by its number.
// One of which neither is known is the one that has the mount, or its parent.
func (p *player) find(e *nsctl.Event) *space {
	if e.NSID != 0 {
		if s := p.byID[e.NSID]; s != nil {
			return s
		}
	}
	if e.NS != 0 {
		s := p.byNumber[e.NS]
		if s != nil && e.NSID != 0 && s.info.NSID != 0 {
			return nil // the number belongs to another one now
		}
		return s
	}
	if e.NSID != 0 || e.Mount == nil {
		return nil
	}
	for _, s := range p.spaces {
		if s.info.NS != 0 || s.info.NSID != 0 {
			continue
		}
		if s.find(e.Mount) >= 0 || e.Kind == nsctl.EventMount && s.indexOf(e.Mount.ParentID) >= 0 {
			return s
		}
	}
	return nil
}
