package discover

import (
	"sync/atomic"
	"time"
)

// average is what reading a mount has cost lately, one way. The zero value knows nothing.
type average struct {
	nanoseconds atomic.Int64 // per mount; 0 before the first sample
	samples     atomic.Int64
}

// add takes a table into account: the newest four weigh two thirds of the whole. Two threads that
// add at once may lose one of the two, which does no harm.
func (a *average) add(spent time.Duration, mounts int) {
	if mounts == 0 {
		return
	}
	sample := int64(spent) / int64(mounts)
	if old := a.nanoseconds.Load(); old != 0 {
		sample = old + (sample-old)/4
	}
	a.nanoseconds.Store(max(sample, 1))
	a.samples.Add(1)
}

func (a *average) perMount() time.Duration { return time.Duration(a.nanoseconds.Load()) }

func (a *average) count() int64 { return a.samples.Load() }
