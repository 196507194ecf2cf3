package change

import (
	"context"
	"slices"
	"time"

	"mntscope/nsctl"
)

// Entry is one operation in the journal.
type Entry struct {
	Seq  int64          `json:"seq"`
	Time time.Time      `json:"time"`
	Op   string         `json:"op"`
	NS   nsctl.NSNumber `json:"ns"`
	// State is what became of it.
	State EntryState `json:"state"`
	// Undoes is the operation that it helped to take back; 0 if it was done for itself.
	Undoes int64 `json:"undoes,omitempty"`
	// With is the first of the operations that it was done together with, and is taken back
	// with; 0 for that first one, and for one alone.
	With int64 `json:"with,omitempty"`
	// Changes is how many mounts it changed.
	Changes int    `json:"changes"`
	Error   string `json:"error,omitempty"`

	nsid     nsctl.NSID
	boot     string
	outcome  *nsctl.Outcome
	observed []nsctl.Effect
	witness  []witness
}

// In gives the position in a snapshot of the namespace that the operation was done in. It is
// false if that is gone, as it is when the host was started anew.
func (e *Entry) In(s *nsctl.Snapshot) (space int, ok bool) {
	if e.boot != s.Host.BootID {
		return -1, false
	}
	space = slices.IndexFunc(s.Namespaces, func(ns nsctl.Namespace) bool { return ns.NS == e.NS && ns.NSID == e.nsid })
	return space, space >= 0
}

// EntryState says what became of an operation.
type EntryState string

// The states of an operation in the journal.
const (
	EntryDone        EntryState = "done"
	EntryFailed      EntryState = "failed"      // nothing was changed
	EntryUndone      EntryState = "undone"      // it was done, and taken back
	EntryInterrupted EntryState = "interrupted" // the program ended in the middle; whether it was done is not known
)

// entries gives the operations in the journal, in their order.
func (o *openJournal) entries() []*Entry {
	var list []*Entry
	bySeq := map[int64]*Entry{}
	for i := range o.records {
		r := &o.records[i]
		e := bySeq[r.Seq]
		switch {
		case r.Undone != 0:
			if undone := bySeq[r.Undone]; undone != nil {
				undone.State = EntryUndone
			}
			for _, e := range list {
				if e.Seq < r.Undone {
					e.rename(r.Renames, r.Undone)
				}
			}
		case r.State == stateBegun && r.Outcome != nil:
			e = &Entry{
				Seq: r.Seq, Time: r.Time, Op: r.Outcome.Op, NS: r.Outcome.NS, State: EntryInterrupted, Undoes: r.Undoes, With: r.With,
				nsid: r.NSID, boot: r.Boot, outcome: r.Outcome,
			}
			bySeq[r.Seq] = e
			list = append(list, e)
		case e == nil: // its beginning is lost
		case r.State == stateDone:
			e.State, e.observed, e.witness, e.Changes = EntryDone, r.Observed, r.Witnesses, len(r.Observed)
		case r.State == stateFailed:
			e.State, e.Error = EntryFailed, r.Error
		}
	}
	return list
}

// History gives the operations in the journal, the oldest first. It changes nothing.
func (c *Changer) History() ([]Entry, error) {
	j, err := c.openJournal(context.Background())
	if err != nil {
		return nil, err
	}
	defer j.close()
	var list []Entry
	if j.openJournal != nil {
		for _, e := range j.entries() {
			list = append(list, *e)
		}
	}
	return list, nil
}
