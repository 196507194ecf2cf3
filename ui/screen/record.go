package screen

import (
	"slices"
	"time"

	"mntscope/nsctl"
)

// record is what happened since the explorer was opened, as far as it is kept: the newest
// MaxEvents events. It grows in the event loop by what was made ready outside of it.
type record struct {
	operations []*operation
	events     int
	dropped    int // events that are not kept any more, or never were
	ready      *nsctl.Event
	serial     int // of the last operation
	moments    []*moment
	cost       int // of the moments
}

// What is kept to work out who was not reached.
const (
	maxMoments    = 200
	maxMomentCost = 64 << 20
)

// A burst is more than so many operations of one process, each within a short time after
// the last.
const (
	burstSize = 20
	burstGap  = time.Second / burstSize
)

// mergeWithin is how many of the newest operations are looked through for the beginning
// of one that goes on.
const mergeWithin = 64

// add takes a batch, and reports whether operations that were there have changed.
func (r *record) add(b *Batch) {
	if b.ready != nil {
		r.ready = b.ready
	}
	r.dropped += b.dropped
	r.serial += b.skipped
	r.events += b.events
	open := map[int]*operation{}
	if !b.restarts {
		for _, o := range r.operations[max(len(r.operations)-mergeWithin, 0):] {
			if o.op != 0 {
				open[o.op] = o
			}
		}
	}
	for _, o := range b.operations {
		if begun := open[o.op]; begun != nil {
			begun.grow(o)
			continue
		}
		r.serial++
		o.serial, o.burst = r.serial, r.serial
		if last := r.acting(); last != nil && o.time().Sub(r.operations[len(r.operations)-1].lastTime()) < burstGap && goesOn(last, o) {
			o.burst = last.burst
		}
		r.operations = append(r.operations, o)
	}
	r.forget()
	r.keepMoment(b.moment)
}

// acting is the last operation that is more than a remark in a burst; nil if that is long
// ago.
func (r *record) acting() *operation {
	newest := r.operations[max(len(r.operations)-mergeWithin, 0):]
	for _, o := range slices.Backward(newest) {
		if !isRemark(o) || o.burst == o.serial {
			return o
		}
	}
	return nil
}

// goesOn reports whether an operation belongs to the burst that another one is in.
func goesOn(last, o *operation) bool {
	if standsAlone(last) {
		return false
	}
	return isRemark(o) || sameActor(last, o) && !standsAlone(o)
}

// isRemark reports whether an operation only says that something was missed of which no
// trace is left. Where a process mounts and unmounts as fast as it can, there are many.
func isRemark(o *operation) bool { return o.event().Kind == nsctl.EventResync && o.copies() == 0 }

// standsAlone reports whether an operation must not disappear in a burst.
func standsAlone(o *operation) bool { return o.event().Kind == nsctl.EventResync && !isRemark(o) }

// forget drops the oldest operations, but never the last one.
func (r *record) forget() {
	n := 0
	for r.events > MaxEvents && n < len(r.operations)-1 {
		gone := len(r.operations[n].list)
		r.events -= gone
		r.dropped += gone
		n++
	}
	// The array moves on as the slice grows: what was dropped is collected then.
	clear(r.operations[:n])
	r.operations = r.operations[n:]
}

func (r *record) keepMoment(m *moment) {
	if m.before == nil {
		return
	}
	r.moments = append(r.moments, m)
	r.cost += m.cost
	for len(r.moments) > 1 && (len(r.moments) > maxMoments || r.cost > maxMomentCost) {
		r.cost -= r.moments[0].cost
		r.moments[0].forget()
		r.moments = slices.Delete(r.moments, 0, 1)
	}
}
