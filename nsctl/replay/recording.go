package replay

import (
	"fmt"
	"sort"

	"mntscope/nsctl"
)

// Recording is a host, what happened to it, and the way to each of its states. It may be used
// by one goroutine at a time. The snapshots that it gives do not change and are not bound to
// that.
type Recording struct {
	events  []nsctl.Event
	starts  []int32    // of each step, from 1 on, the first event; then where the last one ends
	keys    []keyframe // in order of their steps; the first is that of step 0
	every   int        // how many events there are between two of them
	held    int        // the pointers in all of them
	step    int        // the one that was asked for last
	last    *shown
	stopped string
}

// keyframe is a state that is kept.
type keyframe struct {
	step  int
	state *state
}

const (
	// MaxEvents is how many events a recording may have: the memory for them is a gigabyte.
	MaxEvents = 2_000_000

	// keyframeEvery is how many events a seek has to go through at most. One takes about
	// two microseconds.
	keyframeEvery = 2048
	// maxHeld limits the memory for keyframes: 8 bytes a pointer.
	maxHeld = 8 << 20
)

// New makes a recording of its events, which it keeps. The first one must be of kind ready
// and have a snapshot. It plays all of them once. If one does not fit, the recording ends
// before the step with that event: see [Recording.Stopped].
func New(events []nsctl.Event) (*Recording, error) {
	return newRecording(events, keyframeEvery, maxHeld)
}

func newRecording(events []nsctl.Event, every, maxHeld int) (*Recording, error) {
	if len(events) == 0 || events[0].Kind != nsctl.EventReady || events[0].Snapshot == nil {
		return nil, nsctl.ErrNotRecording
	}
	if len(events) > MaxEvents {
		return nil, tooLong()
	}
	s := events[0].Snapshot
	r := &Recording{events: events, starts: []int32{1}, every: every, last: &shown{stateOf(s), s}}
	r.last.state.partial = len(events[0].Only) > 0
	r.keys = []keyframe{{0, r.last.state}}
	p := newPlayer(r.last.state)
	from := 1 // the first event after the last keyframe
	for at := 1; at < len(events); {
		n := operationLen(events[at:])
		if err := p.operation(events[at : at+n]); err != nil {
			r.stopped = fmt.Sprintf("the recording ends early: %v", err)
			break
		}
		at += n
		r.starts = append(r.starts, int32(at))
		if at-from >= r.every {
			r.keep(keyframe{r.Len(), p.state()})
			from = at
			for r.held > maxHeld && len(r.keys) > 2 {
				r.thin()
			}
		}
	}
	return r, nil
}

func tooLong() error {
	return fmt.Errorf("the recording has more than %d events, which is more than can be held in memory: record for a shorter time, or fewer namespaces", MaxEvents)
}

func (r *Recording) keep(k keyframe) {
	r.held += k.state.sizeBeside(r.keys[len(r.keys)-1].state)
	r.keys = append(r.keys, k)
}

// thin drops every second keyframe.
func (r *Recording) thin() {
	r.every *= 2
	keys := r.keys
	r.keys, r.held = keys[:1:1], 0
	for i := 2; i < len(keys); i += 2 {
		r.keep(keys[i])
	}
}

// sizeBeside counts the pointers that a state does not share with another one.
func (st *state) sizeBeside(other *state) int {
	shared := make(map[*table]bool, len(other.tables))
	for _, t := range other.tables {
		shared[t] = true
	}
	n := len(st.tables)
	for _, t := range st.tables {
		if !shared[t] {
			n += len(t.mounts)
		}
	}
	return n
}

// Stopped says in a sentence why the recording ends earlier than it should, or is empty: its
// last line was cut, or an event did not fit.
func (r *Recording) Stopped() string { return r.stopped }

// Ready gives the first event, which says with what was listened.
func (r *Recording) Ready() *nsctl.Event { return &r.events[0] }

// Len is the number of steps.
func (r *Recording) Len() int { return len(r.starts) - 1 }

// Step is what one operation did.
type Step struct {
	// Events are its events, as they were recorded; at least one.
	Events []nsctl.Event
}

// Step gives a step, which is a number from 1 to Len.
func (r *Recording) Step(n int) Step {
	return Step{r.events[r.starts[n-1]:r.starts[n]:r.starts[n]]}
}

// Origin gives the event that tells what was asked for, and by whom; where none is marked,
// the first one.
func (s Step) Origin() *nsctl.Event {
	for i := range s.Events {
		if s.Events[i].Origin {
			return &s.Events[i]
		}
	}
	return &s.Events[0]
}

// Search gives the last step for which a condition does not hold yet, 0 if that is none. The
// condition must hold for every step after one that it holds for, like a time or a Seq
// being later than another.
func (r *Recording) Search(holds func(Step) bool) int {
	return sort.Search(r.Len(), func(i int) bool { return holds(r.Step(i + 1)) })
}

// At gives the host as it was after a step; 0 is the host as it was when watching began. It
// shares with the snapshot that was given before what is the same.
//
// Going from one step to the next costs what changed, and about 0.1 ms for a thousand
// namespaces. A jump goes through a few thousand events, and makes the tables of the
// namespaces that differ.
func (r *Recording) At(step int) (*nsctl.Snapshot, error) {
	if step < 0 || step > r.Len() {
		return nil, fmt.Errorf("there is no step %d: the recording has %d", step, r.Len())
	}
	if step == r.step {
		return r.last.snapshot, nil
	}
	next := sort.Search(len(r.keys), func(i int) bool { return r.keys[i].step > step })
	from := r.keys[next-1]
	if r.step < step && r.step > from.step {
		from = keyframe{r.step, r.last.state}
	}
	p := newPlayer(from.state)
	for n := from.step + 1; n <= step; n++ {
		if err := p.operation(r.Step(n).Events); err != nil {
			return nil, err
		}
	}
	r.step, r.last = step, p.state().show(r.last)
	return r.last.snapshot, nil
}
