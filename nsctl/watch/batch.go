package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// batch is what is told at once.
type batch struct {
	now    time.Time
	pieces []piece
	brief  int
	missed []string // why the difference is not told one by one
	// news says that the state differs from the last one delivered in something that there
	// is no event for.
	news bool
}

// batch turns what was noticed into operations, and says whether anything else is new.
func (w *watcher) batch() (*batch, error) {
	b := &batch{now: time.Now().UTC()}
	f := newFound()
	if slices.ContainsFunc(w.notices, func(n notice) bool { return n.Overflow }) {
		f.missed = append(f.missed, "the kernel's queue was full (fs.fanotify.max_queued_events): what follows is the difference")
		if err := w.lookAfterCalls(f); err != nil { // what calls have done is to be found as theirs
			return nil, err
		}
	}
	w.look(w.notices, f)
	w.lookThrough(f)
	if err := w.lookAfterCalls(f); err != nil {
		return nil, err
	}
	w.setAside(f)
	var err error
	if b.news, err = w.news(f); err != nil {
		return nil, err
	}
	if err := w.askMasters(f); err != nil {
		return nil, err
	}
	w.followUp(f)
	w.explain(f)
	c := newCorrelator(w.home, w.attaching, w.recentOperations(b.now))
	c.gather(f.changes)
	b.pieces = inOrder(f.changes)
	w.recent = slices.DeleteFunc(c.all, func(op *operation) bool { return !w.goesOn(op) })
	b.brief, b.missed = f.brief, f.missed
	w.actors.endBatch()
	return b, nil
}

// lateAfter is how long the rest of an operation may come later than its beginning.
const lateAfter = 100 * time.Millisecond

// recentOperations gives what was told a moment ago and may go on.
func (w *watcher) recentOperations(now time.Time) []*operation {
	w.recent = slices.DeleteFunc(w.recent, func(op *operation) bool { return now.Sub(op.began) > lateAfter })
	return w.recent[max(0, len(w.recent)-maxRecent):]
}

const maxRecent = 64

// home gives the namespace of a process.
func (w *watcher) home(pid int) *space {
	ns := w.actors.known[pid].ns
	if ns == 0 {
		return nil
	}
	for _, s := range w.state.spaces {
		if s.info.NS == ns {
			return s
		}
	}
	return nil
}

// begin tells the first event.
func (w *watcher) begin() {
	first := w.state.snapshot()
	n := len(first.Namespaces)
	w.deliver(Update{Snapshot: first, Read: n, Total: n, Events: []nsctl.Event{{
		Time: time.Now().UTC(), Kind: nsctl.EventReady, Sources: w.sources(), Snapshot: first,
	}}})
}

// tell delivers a batch, if there is anything in it.
func (w *watcher) tell(b *batch) {
	var events []nsctl.Event
	add := func(e nsctl.Event) {
		w.seq++
		e.Seq, e.Time = w.seq, b.now
		events = append(events, e)
	}
	resync := 0
	missed := func(text string) {
		w.ops++
		add(nsctl.Event{Kind: nsctl.EventResync, Op: w.ops, Origin: true, Text: text})
	}
	if b.brief > 0 {
		missed(tooBrief(b.brief))
	}
	if w.recordsLost > 0 {
		missed(fmt.Sprintf("%d records of system calls were lost (tracefs): who did something, and changes of propagation, may be missing until the next scan", w.recordsLost))
		w.recordsLost = 0
		w.scout.lookAround()
	}
	if len(b.missed) > 0 {
		missed(strings.Join(b.missed, "; "))
		resync = w.ops
	}
	for _, p := range b.pieces {
		w.tellOperation(p, b.now, resync, add)
	}
	if len(events) == 0 && !b.news {
		return
	}
	u := Update{Events: events, Read: len(w.state.spaces), Total: len(w.state.spaces)}
	if !w.options.EventsOnly {
		u.Snapshot = w.state.snapshot()
	}
	w.deliver(u)
}

func tooBrief(n int) string {
	if n == 1 {
		return "a mount came and went before it could be looked at"
	}
	return fmt.Sprintf("%d mounts came and went before they could be looked at", n)
}

// tellOperation tells the changes of an operation, what was asked for first. What is part
// of a difference, in which operations cannot be told apart, goes with the resync.
func (w *watcher) tellOperation(p piece, now time.Time, resync int, add func(nsctl.Event)) {
	op := p.op
	number := op.number
	switch {
	case op.kind == nsctl.EventResync:
		number = resync
	case op.origin != nil && number == 0:
		w.ops++
		op.number = w.ops
		number = op.number
	}
	one := func(ch *change) {
		e := nsctl.Event{
			Kind: ch.kind, Op: number, Origin: ch == op.origin,
			NS: ch.space.info.NS, NSID: ch.space.info.NSID, Was: ch.replaced(), Via: ch.via,
		}
		switch ch.kind {
		case nsctl.EventNamespaceCreated:
			e.Namespace = &nsctl.Namespace{NamespaceInfo: ch.space.info, Mounts: ch.table}
		case nsctl.EventNamespaceGone:
			if e.NS == 0 && e.NSID == 0 && len(ch.table) > 0 { // nothing else tells which
				e.Mount = &ch.table[0]
			}
		default:
			m := ch.mount
			m.HiddenBy = 0
			e.Mount = &m
		}
		e.Actor = w.actors.who(op.pid)
		add(e)
	}
	if slices.Contains(p.changes, op.origin) {
		one(op.origin)
	}
	for _, ch := range p.changes {
		if ch != op.origin {
			one(ch)
		}
	}
	if op.began.IsZero() {
		op.began = now
	}
}

// replaced is what an event says of how a mount was.
func (ch *change) replaced() *nsctl.Was {
	was := &nsctl.Was{Propagation: ch.was.Propagation}
	switch ch.kind {
	case nsctl.EventMove:
		was.ParentID, was.Mountpoint = ch.was.ParentID, ch.was.Mountpoint
	case nsctl.EventRemount:
		was.Options, was.SuperOptions = ch.was.Options, ch.was.SuperOptions
	case nsctl.EventPropagation:
	default:
		return nil
	}
	return was
}

// sources says what is listened with.
func (w *watcher) sources() []nsctl.WatchSource {
	all := len(w.state.spaces)
	heard := w.ears.count()
	fan := nsctl.WatchSource{Name: "fanotify", Namespaces: heard, Text: "mounts, umounts and moves, exactly, with who did it; no changes of propagation or options"}
	if !sys.AdministersHost() { // the kernel keeps the process to itself then
		fan.Text = "mounts, umounts and moves, exactly, without who did it; no changes of propagation or options"
	}
	switch {
	case heard == 0 && w.ears.off != nil:
		fan.Text = fmt.Sprintf("not used: %v", w.ears.off)
	case heard == 0 && w.ears.refused != nil:
		fan.Text = fmt.Sprintf("not used: %v", w.ears.refused)
	case heard < all && w.ears.refused != nil:
		fan.Text += fmt.Sprintf("; %d namespaces are not heard: %v", all-heard, w.ears.refused)
	case heard < all:
		fan.Text += fmt.Sprintf("; %d namespaces are so new that they are not heard yet", all-heard)
	}
	peeks := nsctl.WatchSource{Name: "poll", Namespaces: len(w.peeks.all), Text: "that something was mounted, unmounted or remounted, without who did it"}
	if err := cmp.Or(w.peeks.off, w.peeks.refused); err != nil && len(w.peeks.all) == 0 {
		peeks.Text = fmt.Sprintf("not used: %v", err)
	}
	calls := nsctl.WatchSource{Name: "tracefs", Namespaces: all, Text: "who did something, and changes of propagation and options"}
	if w.tracer == nil {
		calls.Namespaces, calls.Text = 0, fmt.Sprintf("not used: %v", w.untraced)
	}
	return []nsctl.WatchSource{fan, calls, peeks, {Name: "rescan", Namespaces: all, Text: "everything else, but late"}}
}
