package change

import "slices"

// undoable gives the last operation that is not taken back yet with those that were done
// together with it, the newest first, and with all of them the steps of an undo that was not
// finished, in the order in which they were done.
func undoable(entries []*Entry) (group, done []*Entry) {
	in := map[int64]bool{}
	for _, e := range slices.Backward(entries) {
		if e.Undoes != 0 || e.State != EntryDone && e.State != EntryInterrupted {
			continue
		}
		if len(group) > 0 && e.first() != group[0].first() {
			break // what was done in between is taken back first
		}
		group = append(group, e)
		in[e.Seq] = true
	}
	for _, e := range entries {
		if e.State == EntryDone && (in[e.Seq] || in[e.Undoes]) {
			done = append(done, e)
		}
	}
	return group, done
}

// first is the number of the first operation of those that it was done together with.
func (e *Entry) first() int64 {
	if e.With != 0 {
		return e.With
	}
	return e.Seq
}

// Takes gives all operations that are taken back, the newest first.
func (u *Undo) Takes() []Entry { return append([]Entry{u.Entry}, u.With...) }

// findAll looks for a way back from one operation after the other: each is taken back from
// what the way so far leaves. One that cannot be read is left out, if it is not alone.
func (w *wayBack) findAll(group []*Entry) {
	var gone error
	found := false
	for _, e := range group {
		w.want, w.closed = w.past.before(e), nil
		from := len(w.Steps)
		w.find(e)
		for i := range w.Steps[from:] {
			w.Steps[from+i].undoes = e.Seq
		}
		if w.Blocked == nil {
			found = true
			continue
		}
		if len(group) > 1 {
			w.past.lost = append(w.past.lost, w.Blocked.Error())
		}
		gone, w.Blocked = w.Blocked, nil
	}
	if !found {
		w.Blocked = gone
	}
}
