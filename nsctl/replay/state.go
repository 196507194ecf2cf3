package replay

import (
	"mntscope/nsctl"
)

// state is a host at one moment, in a form that shares with others what is the same. It
// does not change once it was made.
type state struct {
	head   nsctl.Snapshot // all but the namespaces
	tables []*table       // in the order of a snapshot
	// partial says that some namespaces are left out: the recording is not about them.
	partial bool
}

// table is a mount namespace at one moment.
type table struct {
	info *nsctl.NamespaceInfo
	// The mounts: of one that never changed, whole is the list of the snapshot or the event
	// that it comes from; else it is nil.
	whole  []nsctl.Mount
	mounts []*nsctl.Mount
	edit   *edit // nil once it does not change any more
}

// edit is what is known of a table while it is being changed.
type edit struct {
	glances int  // how often it was enough to look through it once
	unsure  bool // HiddenBy has to be worked out
}

func tableOf(ns *nsctl.Namespace) *table {
	return &table{info: &ns.NamespaceInfo, whole: ns.Mounts}
}

func (t *table) len() int {
	if t.mounts == nil {
		return len(t.whole)
	}
	return len(t.mounts)
}

func (t *table) at(i int) *nsctl.Mount {
	if t.mounts == nil {
		return &t.whole[i]
	}
	return t.mounts[i]
}

// editable gives a copy that may be changed.
func (t *table) editable() *table {
	n := &table{info: t.info, mounts: make([]*nsctl.Mount, t.len(), t.len()+1), edit: &edit{}}
	for i := range n.mounts {
		n.mounts[i] = t.at(i)
	}
	return n
}

// list gives the mounts as a snapshot has them.
func (t *table) list() []nsctl.Mount {
	if t.mounts == nil {
		return t.whole
	}
	list := make([]nsctl.Mount, len(t.mounts))
	for i, m := range t.mounts {
		list[i] = *m
	}
	return list
}

func stateOf(s *nsctl.Snapshot) *state {
	st := &state{head: *s, tables: make([]*table, len(s.Namespaces))}
	st.head.Namespaces = nil
	for i := range s.Namespaces {
		st.tables[i] = tableOf(&s.Namespaces[i])
	}
	return st
}

// shown is a state as a snapshot.
type shown struct {
	state    *state
	snapshot *nsctl.Snapshot
}

// show makes the snapshot of a state. It shares with the one before, which may be nil, what
// is the same.
func (st *state) show(before *shown) *shown {
	have := map[*table][]nsctl.Mount{}
	if before != nil {
		for i, t := range before.state.tables {
			have[t] = before.snapshot.Namespaces[i].Mounts
		}
	}
	s := st.head
	s.Namespaces = make([]nsctl.Namespace, len(st.tables))
	for i, t := range st.tables {
		mounts, ok := have[t]
		if !ok {
			mounts = t.list()
		}
		s.Namespaces[i] = nsctl.Namespace{NamespaceInfo: *t.info, Mounts: mounts}
	}
	return &shown{st, &s}
}
