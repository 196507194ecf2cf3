package watch

import (
	"maps"
	"slices"
	"time"

	"mntscope/nsctl/internal/sys"
)

// wait waits until something has happened, and reads all that the kernel has to tell of
// it: what one operation does in several namespaces comes through several groups, and
// between two of its notices there may be none for a moment.
func (w *watcher) wait() error {
	w.notices, w.changed, w.quit = w.notices[:0], w.changed[:0], w.quit[:0]
	complete, err := w.waitForSilence()
	w.cutOff = !complete
	w.under = maps.Clone(w.within)
	w.attaching, w.attached = w.attached, map[int]int{}
	return err
}

// waitForSilence says whether it came before there was too much to be told at once.
func (w *watcher) waitForSilence() (complete bool, err error) {
	limit, patience := sys.Forever, mostPatience
	if w.tracer == nil {
		patience = 1
	}
	for round := 0; round < mostRounds && len(w.notices) < mostNotices; round++ {
		w.ready = w.ready[:0]
		if err := w.poller.Wait(limit, func(tag uint64) { w.ready = append(w.ready, tag) }); err != nil {
			return false, err
		}
		silent, err := w.hear(w.ready)
		if err != nil {
			return false, err
		}
		limit = 0
		if silent {
			if patience == 0 || !w.unfinished() {
				return true, nil
			}
			patience--
			limit = time.Millisecond
		}
		// What has ended by now has told all of its notices, which the next round hears. The
		// pipe says late that there is something in it.
		if w.tracer != nil && len(w.notices) > 0 {
			if err := w.listenToCalls(); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// What bounds a batch. What is more waits in the kernel's queues.
const (
	mostNotices = 100_000
	mostRounds  = 256
	// mostPatience is how many milliseconds to wait for the rest of an operation.
	mostPatience = 5
)

// unfinished says whether more may come of what was noticed. The tracer tells when a call
// has ended; without it, that is never known.
func (w *watcher) unfinished() bool {
	if w.tracer == nil {
		return len(w.notices) > 0
	}
	return slices.ContainsFunc(w.notices, func(n notice) bool { return w.within[n.PID] > 0 })
}

// goesOn says whether more may come of an operation that is told.
func (w *watcher) goesOn(op *operation) bool {
	return w.tracer == nil || w.cutOff || w.under[op.pid] > 0
}

// hear reads what those have to tell that are ready. It says whether there was nothing
// but what stays ready.
func (w *watcher) hear(ready []uint64) (silent bool, err error) {
	silent = true
	for _, tag := range ready {
		switch tag & tagKinds {
		case earTag:
			from := len(w.notices)
			if w.notices, err = w.ears.all[uint32(tag)].listen(w.buf, w.notices, mostNotices); err != nil {
				return false, err
			}
			for _, n := range w.notices[from:] {
				w.actors.meet(n.PID)
			}
			silent = false
		case tableTag:
			w.changed = append(w.changed, uint64(uint32(tag)))
			silent = false
		case callTag:
			if err := w.listenToCalls(); err != nil {
				return false, err
			}
			silent = false
		case processTag:
			w.quit = append(w.quit, uint64(uint32(tag)))
		}
	}
	return silent, nil
}
