package change

import (
	"slices"

	"mntscope/nsctl"
)

// renames tell which numbers things got when an operation was taken back: what was mounted
// again is another mount, and a group that had died is another group. The operations before
// know them by their old numbers.
type renames struct {
	Mounts []mountRename `json:"mounts,omitempty"`
	Groups []groupRename `json:"groups,omitempty"`
}

type mountRename struct {
	Old   nsctl.MountID  `json:"old"`
	OldID nsctl.UniqueID `json:"old_id,omitempty"`
	New   nsctl.MountID  `json:"new"`
	NewID nsctl.UniqueID `json:"new_id,omitempty"`
}

type groupRename struct {
	Old nsctl.GroupID `json:"old"`
	New nsctl.GroupID `json:"new"`
}

// renamesOf compares what an undo was to bring back with what it did.
func renamesOf(p *past, a *alignment) *renames {
	r := &renames{}
	for _, pair := range a.pairs {
		was, is := *a.want.Mount(pair.want), a.got.Mount(pair.got)
		if own, ok := p.own[was.MntID]; ok {
			was.MntID, was.ID = own.MntID, own.ID
		}
		if was.MntID != is.MntID || was.ID != is.ID {
			r.Mounts = append(r.Mounts, mountRename{was.MntID, was.ID, is.MntID, is.ID})
		}
	}
	for old, now := range a.groups {
		if old >= deadGroups && old < staleGroups {
			old -= deadGroups
		}
		if old != now && now != 0 {
			r.Groups = append(r.Groups, groupRename{old, now})
		}
	}
	slices.SortFunc(r.Groups, func(a, b groupRename) int { return int(a.Old) - int(b.Old) })
	if len(r.Mounts) == 0 && len(r.Groups) == 0 {
		return nil
	}
	return r
}

// What had a number that something else has got since is called by another one, which
// nothing real has: the kernel gives numbers again as soon as they are free.
const (
	staleGroups nsctl.GroupID = 1_000_000_000  // and up
	staleMounts nsctl.MountID = -1_500_000_000 // and down
	staleRange                = 500            // undos, before such numbers are used again
)

// rename gives what an operation did with the numbers of today, after the operation number
// undone was taken back.
func (e *Entry) rename(r *renames, undone int64) {
	if r == nil {
		return
	}
	mounts := map[nsctl.MountID]mountRename{}
	for _, m := range r.Mounts {
		mounts[m.New] = mountRename{New: staleMounts - nsctl.MountID(undone%staleRange)*1_000_000 - m.New%1_000_000}
	}
	for _, m := range r.Mounts {
		mounts[m.Old] = m
	}
	groups := map[nsctl.GroupID]nsctl.GroupID{}
	for _, g := range r.Groups {
		groups[g.New] = staleGroups + nsctl.GroupID(undone%staleRange)*1_000_000 + g.New%1_000_000
	}
	for _, g := range r.Groups {
		groups[g.Old] = g.New
	}
	number := func(id *nsctl.MountID) {
		if m, ok := mounts[*id]; ok {
			*id = m.New
		}
	}
	group := func(p *nsctl.Propagation) {
		for _, id := range []*nsctl.GroupID{&p.Shared, &p.Master} {
			if now, ok := groups[*id]; ok {
				*id = now
			}
		}
	}
	self := func(id *nsctl.MountID, unique *nsctl.UniqueID) {
		m, ok := mounts[*id]
		switch {
		case !ok:
		case m.New <= staleMounts: // what has no number of its own any more keeps the unique one
			*id = m.New
		case m.OldID == 0 || *unique == 0 || m.OldID == *unique:
			*id, *unique = m.New, m.NewID
		default: // it had this number at another time
			*id = staleMounts - nsctl.MountID(undone%staleRange)*1_000_000 - *id%1_000_000
		}
	}
	e.observed, e.witness = slices.Clone(e.observed), slices.Clone(e.witness)
	for i := range e.observed {
		o := &e.observed[i]
		self(&o.Mount.MntID, &o.Mount.ID)
		number(&o.Mount.ParentID)
		group(&o.Mount.Propagation)
		if o.Was != nil {
			was := *o.Was
			number(&was.ParentID)
			group(&was.Propagation)
			o.Was = &was
		}
	}
	for i := range e.witness {
		w := &e.witness[i]
		self(&w.Mount, &w.ID)
		if now, ok := groups[w.Group]; ok {
			w.Group = now
		}
	}
}
