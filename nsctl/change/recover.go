package change

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mntscope/nsctl"
)

// Recover looks for operations that the program began, and did not live to see the end of,
// and finds out from the host whether they were done. It gives a sentence for each.
func (c *Changer) Recover(ctx context.Context) ([]string, error) {
	j, err := c.openJournal(ctx)
	if err != nil || j.openJournal == nil {
		return nil, err
	}
	defer j.close()
	var said []string
	for _, e := range j.entries() {
		if e.State != EntryInterrupted {
			continue
		}
		s, err := c.read(ctx)
		if err != nil {
			return said, err
		}
		r, verdict := settle(e, s)
		said = append(said, fmt.Sprintf("operation %d, %s in %v, was interrupted at %s: %s",
			e.Seq, printableOp(e.Op), e.NS, e.Time.Local().Format("2006-01-02 15:04:05"), verdict))
		if r == nil || c.options.ReadOnly {
			continue
		}
		if err := j.append(*r); err != nil {
			return said, err
		}
	}
	return said, nil
}

// Forget ends an operation in the journal that was interrupted halfway, so that others can
// be taken back.
func (c *Changer) Forget() error {
	if c.options.ReadOnly {
		return ErrReadOnly
	}
	j, err := c.openJournal(context.Background())
	if err != nil || j.openJournal == nil {
		return err
	}
	defer j.close()
	for _, e := range j.entries() {
		if e.State == EntryInterrupted {
			if err := j.append(record{Seq: e.Seq, State: stateFailed, Time: time.Now().UTC(), Guessed: true, Error: "interrupted, and forgotten"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle finds out whether an operation was done, and gives the record that ends it; none
// if it was done in part, or that cannot be told.
func settle(e *Entry, now *nsctl.Snapshot) (r *record, verdict string) {
	r = &record{Seq: e.Seq, State: stateFailed, Time: time.Now().UTC(), Guessed: true, Error: "interrupted before it was done"}
	if e.boot != now.Host.BootID {
		return r, "the host was started anew since, so nothing of it is left"
	}
	observed, missing := traces(e.outcome.Effects, now)
	switch {
	case missing == 0 && len(e.outcome.Effects) > 0:
		r.State, r.Error = stateDone, ""
		r.Observed, r.Witnesses = observed, witnesses(observed, now, now)
		return r, "it was done, and can be taken back"
	case len(observed) == 0:
		return r, "it was not done"
	}
	return nil, fmt.Sprintf("%d of %d things that it was to do have happened; whether by it is not known; \"mntscope undo --forget\" strikes it out", len(observed), len(e.outcome.Effects))
}

// traces finds the effects of a prediction that have come true.
func traces(predicted []nsctl.Effect, now *nsctl.Snapshot) (observed []nsctl.Effect, missing int) {
	got := map[nsctl.MountID]nsctl.MountID{}
	for _, e := range predicted {
		i := slices.IndexFunc(now.Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == e.NS })
		if i < 0 {
			continue // its namespace is gone, and the effect with it
		}
		o := e
		table := now.Namespaces[i].Mounts
		at := slices.IndexFunc(table, func(m nsctl.Mount) bool { return m.MntID == e.Mount.MntID && sameMount(&m, &e.Mount) })
		switch {
		case e.Kind == nsctl.EffectMount:
			parent := e.Mount.ParentID
			if id, ok := got[parent]; ok {
				parent = id
			}
			at = slices.IndexFunc(table, func(m nsctl.Mount) bool {
				return m.ParentID == parent && m.Mountpoint == e.Mount.Mountpoint && m.Root == e.Mount.Root && m.FSType == e.Mount.FSType && m.Source == e.Mount.Source
			})
			if at < 0 {
				missing++
				continue
			}
			got[e.Mount.MntID] = table[at].MntID
		case e.Kind == nsctl.EffectUmount:
			if at >= 0 {
				missing++
				continue
			}
			observed = append(observed, o)
			continue
		case at < 0 || unchanged(&e, &table[at]):
			missing++
			continue
		}
		o.Mount = table[at]
		o.Mount.Propagation, o.Mount.HiddenBy = travelling(&table[at]), 0
		observed = append(observed, o)
	}
	return observed, missing
}

// unchanged says that a mount is still as it was before an effect.
func unchanged(e *nsctl.Effect, m *nsctl.Mount) bool {
	switch e.Kind {
	case nsctl.EffectMove:
		return m.ParentID == e.Was.ParentID && m.Mountpoint == e.Was.Mountpoint
	case nsctl.EffectPropagation:
		return travelling(m) == e.Was.Propagation
	}
	return e.Mount.SuperOptions != m.SuperOptions
}
