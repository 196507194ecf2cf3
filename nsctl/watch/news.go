package watch

import (
	"context"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/graph"
)

// dying is a namespace of which all mounts have gone: it has ended, or somebody has taken
// its whole tree away.
type dying struct {
	changes []*change
	ended   []endedGroup
	since   int64 // the clock's time
}

// setAside keeps back what happened in such namespaces until it is known which it is.
func (w *watcher) setAside(f *found) {
	for _, s := range f.emptied {
		w.dying[s] = &dying{since: s.touched}
		w.scout.walkSoon()
	}
	if len(w.dying) == 0 {
		return
	}
	f.changes = slices.DeleteFunc(f.changes, func(ch *change) bool {
		d := w.dying[ch.space]
		if d == nil || ch.kind != nsctl.EventUmount {
			return false
		}
		d.changes = append(d.changes, ch)
		return true
	})
	f.ended = slices.DeleteFunc(f.ended, func(g endedGroup) bool {
		d := w.dying[g.cause.space]
		if d != nil {
			d.ended = append(d.ended, g)
		}
		return d != nil
	})
}

// news takes in what the scout has seen. It says whether anything is other than before
// for which there is no event.
func (w *watcher) news(f *found) (changed bool, err error) {
	seen := w.scout.take()
	for _, r := range seen.reports {
		w.takeIn(r, f)
	}
	for _, ns := range seen.came {
		w.welcome(ns)
	}
	if seen.live != nil {
		w.judge(seen.live, seen.walkBegan, f)
	}
	for _, id := range seen.changed {
		if s := w.state.byID[id]; s != nil {
			if err := w.lookForChanges(s, nil, f); err != nil {
				return false, err
			}
		}
	}
	// What a scan finds has no known cause, so those who tell of one come first: all that
	// happened before it ended has been noticed when the next batch has been read.
	scan, began := w.scan, w.scanBegan
	if w.scan, w.scanBegan = seen.scan, seen.scanBegan; w.scan != nil {
		w.poller.Wake()
	}
	if scan == nil {
		return false, nil
	}
	underWay, err := w.catchUpWithCalls(f)
	if underWay || err != nil {
		w.scout.lookAround()
		return false, err
	}
	from := len(f.changes)
	changed = w.merge(scan, began, f)
	w.peekEverywhere(f)
	return changed, w.putDown(f.changes[from:], w.unplaced, f)
}

// welcome listens to a new namespace, and then has it read.
func (w *watcher) welcome(ns namespaceFile) {
	if w.ears.of(ns.id) == nil {
		_ = w.ears.mark(ns.NamespaceFile, ns.id) // why not is kept, for sources
	}
	heard := w.ears.of(ns.id) != nil
	if s := w.state.byID[ns.id]; heard && s != nil && w.peeks.bySpace[s] != nil {
		w.peeks.close(w.peeks.bySpace[s])
	}
	w.read(ns.id, func(ctx context.Context) (report, error) {
		defer ns.Close()
		read, gaps, err := w.scout.scanner.Describe(ctx, ns.NamespaceFile, ns.pids)
		read.NSID = ns.id
		if err == nil && heard {
			read.Mounts = withIDs(ctx, ns.id, read.Mounts)
		}
		return report{read: read, gaps: gaps}, err
	})
}

// lacksIDs says that the mounts of a namespace that fanotify hears are without the unique
// ids that its notices name them by, as those of a table are that changed while it was read.
func (w *watcher) lacksIDs(ns nsctl.NSID, mounts []nsctl.Mount) bool {
	return w.ears.of(ns) != nil && slices.ContainsFunc(mounts, withoutID)
}

func withoutID(m nsctl.Mount) bool { return m.ID == 0 }

// withIDs sees to it that mounts have their unique ids.
func withIDs(ctx context.Context, ns nsctl.NSID, mounts []nsctl.Mount) []nsctl.Mount {
	if !slices.ContainsFunc(mounts, withoutID) {
		return mounts
	}
	var r discover.MountReader
	identified, err := r.Mounts(ctx, ns)
	if err != nil {
		return mounts
	}
	for i, by := range graph.HiddenBy(identified) {
		identified[i].HiddenBy = by
	}
	return identified
}

// create takes a namespace into the state. Another one of that number has ended, even if
// nothing has told so yet.
func (w *watcher) create(ns *nsctl.Namespace, maker int, f *found) {
	for _, s := range w.state.spaces {
		if ns.NS != 0 && s.info.NS == ns.NS {
			w.endNow(s, f)
			break
		}
	}
	s := w.state.add(ns)
	f.add(&change{kind: nsctl.EventNamespaceCreated, space: s, table: s.mounts, pid: maker}, nil)
}

func (w *watcher) endNow(s *space, f *found) {
	var ended []endedGroup
	if d := w.dying[s]; d != nil {
		ended = d.ended
	}
	w.end(s, ended, f)
}

// makerOf gives who made a namespace; 0 if unknown.
func (w *watcher) makerOf(ns nsctl.NSNumber) (pid int) {
	for process, maker := range w.makers {
		if w.actors.known[process].ns == ns {
			pid = maker
			delete(w.makers, process)
		}
	}
	return pid
}

// judge goes by a walk: which namespaces have ended.
func (w *watcher) judge(live map[nsctl.NSID]bool, began int64, f *found) {
	for s, d := range w.dying {
		switch {
		case began < d.since:
			w.scout.walkSoon()
			continue
		case live[s.info.NSID]: // somebody took its tree away
			f.changes = append(f.changes, d.changes...)
			f.ended = append(f.ended, d.ended...)
		default:
			w.end(s, d.ended, f)
		}
		delete(w.dying, s)
	}
	for _, s := range slices.Clone(w.state.spaces) {
		if s.info.NSID != 0 && !live[s.info.NSID] && s.touched <= began && s.added <= began && w.ears.of(s.info.NSID) != nil {
			w.end(s, nil, f)
		}
	}
}

// end takes a namespace out. The groups are those that it took with it before.
func (w *watcher) end(s *space, ended []endedGroup, f *found) {
	ch := &change{kind: nsctl.EventNamespaceGone, space: s, table: s.mounts}
	f.add(ch, w.state.drop(s))
	for _, g := range ended {
		f.ended = append(f.ended, endedGroup{g.id, ch})
	}
	w.ears.forget(s.info.NSID)
	if pk := w.peeks.bySpace[s]; pk != nil {
		w.peeks.close(pk)
	}
	w.ended[s.info.NSID] = true
	delete(w.dying, s)
}

// merge compares the state with a scan of the whole host. What has changed since the scan
// began is known better than the scan does.
func (w *watcher) merge(scan *nsctl.Snapshot, began int64, f *found) (changed bool) {
	changed = !slices.Equal(w.state.head.Gaps, scan.Gaps)
	w.state.head.Gaps, w.state.head.Taken, w.state.head.Host = scan.Gaps, scan.Taken, scan.Host
	uncertain := map[nsctl.NSNumber]bool{}
	for _, g := range scan.Gaps {
		if g.What == "mounts" {
			uncertain[g.NS] = true
		}
	}
	missing := map[*space]bool{}
	for _, s := range w.state.spaces {
		missing[s] = s.added <= began
	}
	for i := range scan.Namespaces {
		ns := &scan.Namespaces[i]
		s := w.counterpart(ns)
		if s == nil {
			if !w.ended[ns.NSID] {
				w.meet(ns, f)
			}
			continue
		}
		delete(missing, s)
		if s.info.NSID == 0 && ns.NSID != 0 {
			w.state.recognize(s, ns.NSID)
		}
		if !discover.SameInfo(&s.info, &ns.NamespaceInfo) {
			s.info, changed = ns.NamespaceInfo, true
		}
		switch {
		case s.touched > began || uncertain[ns.NS] || w.dying[s] != nil || w.isRead(s):
		case w.lacksIDs(ns.NSID, ns.Mounts):
			w.fallBehind(s)
		default:
			w.adjust(s, ns.Mounts, f)
		}
	}
	clear(w.ended)
	for _, s := range slices.Clone(w.state.spaces) {
		if missing[s] && w.dying[s] == nil && w.ears.of(s.info.NSID) == nil {
			w.end(s, nil, f)
		}
	}
	return changed
}

// meet takes in a namespace that a scan has found.
func (w *watcher) meet(ns *nsctl.Namespace, f *found) {
	if !w.lacksIDs(ns.NSID, ns.Mounts) {
		w.create(ns, 0, f)
		return
	}
	found := *ns
	w.read(ns.NSID, func(ctx context.Context) (report, error) {
		found.Mounts = withIDs(ctx, found.NSID, found.Mounts)
		return report{read: found}, nil
	})
}

// counterpart gives the known namespace that one of a scan is.
func (w *watcher) counterpart(ns *nsctl.Namespace) *space {
	if s := w.state.byID[ns.NSID]; s != nil && ns.NSID != 0 {
		return s
	}
	for _, s := range w.state.spaces {
		if ns.NSID != 0 && s.info.NSID != 0 {
			continue // another one, which may have ended
		}
		if ns.NS != 0 && s.info.NS == ns.NS {
			return s
		}
		if ns.NS == 0 && s.info.NS == 0 && len(ns.Mounts) > 0 && len(s.mounts) > 0 && sameMount(&ns.Mounts[0], &s.mounts[0]) &&
			ns.Mounts[0].MntID == s.mounts[0].MntID {
			return s
		}
	}
	return nil
}

// adjust brings a namespace up to date with a table of it.
func (w *watcher) adjust(s *space, mounts []nsctl.Mount, f *found) {
	w.state.identify(s, mounts)
	d := compare(s.mounts, mounts)
	gone := make(map[nsctl.MountID]bool, len(d.gone))
	for i := range d.gone {
		gone[d.gone[i].MntID] = true
	}
	if len(gone) > 0 {
		w.allVanished(s, func(m *nsctl.Mount) bool { return gone[m.MntID] }, nil, f)
	}
	for i := range d.came {
		w.appeared(s, d.came[i], 0, f)
	}
	before := make(map[nsctl.MountID]nsctl.Mount, len(d.changed))
	for i := range d.changed {
		if at, ok := s.find(d.changed[i].ID, d.changed[i].MntID); ok {
			before[d.changed[i].MntID] = s.mounts[at]
		}
	}
	for i := range d.changed {
		w.renew(s, d.changed[i], renewal{before: before}, f)
	}
}
