package change

import (
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
)

// past is a host as it was before some operations, worked out from how it is now and what
// they did.
type past struct {
	snapshot *nsctl.Snapshot
	// own gives the mounts that were unmounted as they were, by the numbers that they have
	// here: these are negative, as their own may be in use again.
	own map[nsctl.MountID]nsctl.Mount
	now map[nsctl.MountID]nsctl.MountID // these numbers, by their own
	// at is the host before each of the operations.
	at map[int64]*nsctl.Snapshot
	// lost are sentences about what is not as the operation left it, so that it cannot be
	// taken back.
	lost []string
}

const (
	firstBack  nsctl.MountID = -1_000_000_000 // below what a prediction gives to new mounts
	deadGroups nsctl.GroupID = 500_000_000    // above what a prediction gives to new groups
)

// before works out how the host was before operations that were done in this order.
func before(now *nsctl.Snapshot, done []*Entry) *past {
	p := &past{snapshot: now, own: map[nsctl.MountID]nsctl.Mount{}, now: map[nsctl.MountID]nsctl.MountID{}, at: map[int64]*nsctl.Snapshot{}}
	for i := len(done) - 1; i >= 0; i-- {
		p.revert(done[i])
		p.at[done[i].Seq] = p.snapshot
	}
	return p
}

// before gives the host as it was before one of the operations.
func (p *past) before(e *Entry) *graph.Graph { return graph.New(p.at[e.Seq]) }

// revert takes one operation off.
func (p *past) revert(e *Entry) {
	alive := p.alive(e.witness, e.observed)
	s := *p.snapshot
	s.Namespaces = slices.Clone(s.Namespaces)
	bySpace := map[nsctl.NSNumber][]nsctl.Effect{}
	var order []nsctl.NSNumber
	for _, effect := range e.observed {
		if bySpace[effect.NS] == nil {
			order = append(order, effect.NS)
		}
		bySpace[effect.NS] = append(bySpace[effect.NS], effect)
	}
	for _, number := range order {
		i := slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == number })
		if i < 0 {
			p.lost = append(p.lost, number.String()+" is gone")
			continue
		}
		t := newTimeTable(p, s.Namespaces[i].Mounts, alive)
		for _, effect := range bySpace[number] {
			t.revert(effect)
		}
		s.Namespaces[i].Mounts = t.finished()
	}
	p.snapshot = &s
}

// alive gives the groups of which a mount that was in them before and after an operation
// still is.
func (p *past) alive(list []witness, observed []nsctl.Effect) map[nsctl.GroupID]bool {
	for i := range observed {
		if o := &observed[i]; o.Was != nil {
			was, is := o.Was.Propagation, o.Mount.Propagation
			for _, g := range [...]nsctl.GroupID{was.Shared, was.Master} {
				if g != 0 && (g == is.Shared || g == is.Master) {
					list = append(slices.Clip(list), witness{g, o.Mount.MntID, o.Mount.ID})
				}
			}
		}
	}
	alive := map[nsctl.GroupID]bool{}
	all := map[nsctl.MountID]*nsctl.Mount{}
	for i := range p.snapshot.Namespaces {
		for j := range p.snapshot.Namespaces[i].Mounts {
			m := &p.snapshot.Namespaces[i].Mounts[j]
			all[m.MntID] = m
		}
	}
	for _, w := range list {
		m := all[w.Mount]
		if m != nil && (w.ID == 0 || m.ID == 0 || m.ID == w.ID) && (m.Propagation.Shared == w.Group || m.Propagation.Master == w.Group) {
			alive[w.Group] = true
		}
	}
	return alive
}

// timeTable is the table of a namespace while it is turned back.
type timeTable struct {
	*past
	mounts map[nsctl.MountID]*nsctl.Mount
	order  []nsctl.MountID
	fixed  map[nsctl.MountID]bool   // whose mount point is as it was
	rest   map[nsctl.MountID]string // where in its parent each of the others is
	alive  map[nsctl.GroupID]bool
}

func newTimeTable(p *past, mounts []nsctl.Mount, alive map[nsctl.GroupID]bool) *timeTable {
	t := &timeTable{
		past: p, mounts: map[nsctl.MountID]*nsctl.Mount{}, fixed: map[nsctl.MountID]bool{}, rest: map[nsctl.MountID]string{},
		alive: alive,
	}
	index := byID(mounts)
	for i := range mounts {
		m := mounts[i]
		t.mounts[m.MntID] = &m
		t.order = append(t.order, m.MntID)
		t.rest[m.MntID] = "?"
		if parent := index[m.ParentID]; parent != nil && parent != index[m.MntID] {
			if rest, ok := graph.Below(parent.Mountpoint, m.Mountpoint); ok {
				t.rest[m.MntID] = rest
			}
		}
	}
	return t
}

// revert takes one effect off. Those that vanished stand before all others.
func (t *timeTable) revert(e nsctl.Effect) {
	m := e.Mount
	if e.Kind == nsctl.EffectUmount {
		id := firstBack - nsctl.MountID(len(t.own))
		t.own[id], t.now[m.MntID] = m, id
		m.MntID, m.ID = id, 0
		m.Propagation = t.group(m.Propagation)
		t.mounts[id] = &m
		t.order = append(t.order, id)
		t.fixed[id] = true
		return
	}
	is := t.find(&m)
	if is == nil {
		if e.Kind != nsctl.EffectMount { // else it is gone, as it should be
			t.lost = append(t.lost, nsctl.Printable(m.Mountpoint)+" in "+e.NS.String()+" is not mounted any more")
		}
		return
	}
	switch e.Kind {
	case nsctl.EffectMount:
		delete(t.mounts, is.MntID)
	case nsctl.EffectMove:
		is.ParentID, is.Mountpoint = e.Was.ParentID, e.Was.Mountpoint
		t.fixed[is.MntID] = true
		is.Propagation = t.group(e.Was.Propagation)
	case nsctl.EffectPropagation:
		is.Propagation = t.group(e.Was.Propagation)
	case nsctl.EffectRemount:
		is.Options, is.SuperOptions = e.Was.Options, e.Was.SuperOptions
	}
}

// find gives a mount as it is so far: also one that a later operation unmounted, which is
// back under another number.
func (t *timeTable) find(m *nsctl.Mount) *nsctl.Mount {
	if is := t.mounts[m.MntID]; is != nil && sameMount(is, m) {
		return is
	}
	id, back := t.now[m.MntID]
	if was := t.own[id]; back && sameMount(&was, m) {
		return t.mounts[id]
	}
	return nil
}

// group gives groups of the past their numbers here: those that are no more have others, as
// theirs may be in use again.
func (t *timeTable) group(p nsctl.Propagation) nsctl.Propagation {
	for _, id := range []*nsctl.GroupID{&p.Shared, &p.Master} {
		if *id != 0 && !t.alive[*id] && *id < deadGroups {
			*id += deadGroups
		}
	}
	return p
}

// finished gives the table, with the mount points of what is in mounts that moved.
func (t *timeTable) finished() []nsctl.Mount {
	list := make([]nsctl.Mount, 0, len(t.order))
	for _, id := range t.order {
		m := t.mounts[id]
		if m == nil {
			continue
		}
		if t.fixed[id] {
			if now, ok := t.now[m.ParentID]; ok {
				m.ParentID = now
			}
		}
		list = append(list, *m)
	}
	index := byID(list)
	done := map[nsctl.MountID]bool{}
	for i := range list {
		t.place(index, &list[i], done, 0)
	}
	for i, by := range graph.HiddenBy(list) {
		list[i].HiddenBy = by
	}
	return list
}

// place works out the mount point of a mount from that of its parent.
func (t *timeTable) place(index map[nsctl.MountID]*nsctl.Mount, m *nsctl.Mount, done map[nsctl.MountID]bool, depth int) {
	parent := index[m.ParentID]
	if done[m.MntID] || parent == nil || parent == m || depth > len(index) {
		return
	}
	done[m.MntID] = true
	t.place(index, parent, done, depth+1)
	if rest := t.rest[m.MntID]; !t.fixed[m.MntID] && rest != "?" {
		m.Mountpoint = graph.Join(parent.Mountpoint, rest)
	}
}
