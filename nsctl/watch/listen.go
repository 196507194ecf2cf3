package watch

import (
	"slices"
	"time"

	"mntscope/nsctl/internal/sys"
)

// wait waits until something has happened, and reads all that the kernel has to tell of
// it: what one operation does in several namespaces comes through several groups, and
// between two of its notices there may be none for a moment.
func (w *watcher) wait() error {
	w.notices, w.changed, w.quit, w.calls = w.notices[:0], w.changed[:0], w.quit[:0], nil
	limit, patience := sys.Forever, mostPatience
	for round := 0; round < mostRounds && len(w.notices) < mostNotices; round++ {
		w.ready = w.ready[:0]
		if err := w.poller.Wait(limit, func(tag uint64) { w.ready = append(w.ready, tag) }); err != nil {
			return err
		}
		silent, err := w.hear(w.ready)
		if err != nil {
			return err
		}
		if limit = 0; silent {
			if more, err := w.unfinished(patience); err != nil || !more {
				return err
			}
			patience--
			limit = time.Millisecond
		}
	}
	return nil
}

// What bounds a batch. What is more waits in the kernel's queues.
const (
	mostNotices = 100_000
	mostRounds  = 256
	// mostPatience is how many milliseconds to wait for the rest of an operation.
	mostPatience = 5
)

// unfinished says whether more may come of what was noticed. The tracer tells when a call
// has ended; without it, a millisecond of silence has to do.
func (w *watcher) unfinished(patience int) (bool, error) {
	if len(w.notices) == 0 || patience == 0 {
		return false, nil
	}
	if w.tracer == nil {
		return patience == mostPatience, nil
	}
	// The pipe says late that there is something in it.
	if err := w.listenToCalls(); err != nil {
		return false, err
	}
	return slices.ContainsFunc(w.notices, func(n notice) bool { return w.within[n.PID] > 0 }), nil
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
