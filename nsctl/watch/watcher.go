package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/watch/trace"
)

// Options say how to watch. The zero value is right for a host.
type Options struct {
	// EventsOnly leaves out the snapshots, but for the first: Updates have only events.
	EventsOnly bool
	// Without names sources that are not to be used, as if the kernel did not have them:
	// "fanotify", "tracefs", "poll".
	Without []string
	// tested is for tests, of which many may run at once: they wait for scans and sweeps,
	// which take what they need, and leave fanotify groups to others.
	tested bool
}

// Watcher follows the mounts of the running host.
type Watcher struct {
	scanner *discover.Scanner
	options Options

	mu     sync.Mutex
	rescan func() // of the watch that is running
}

// New makes a Watcher that reads the host with a scanner, which it uses alone from
// then on.
func New(scanner *discover.Scanner, o Options) *Watcher {
	return &Watcher{scanner: scanner, options: o}
}

// Rescan makes Follow look at the whole host at once. It does not wait, and may be called
// from any goroutine.
func (w *Watcher) Rescan() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rescan != nil {
		w.rescan()
	}
}

// Follow reads the host and then tells what changes, until ctx ends, which it returns the
// error of. It calls deliver with partial results of the first reading, without events;
// then with the whole of it and the event of kind ready; and from then on with each
// change.
//
// deliver is called from several goroutines, but never twice at once. While it takes its
// time, the kernel's queues fill up.
func (w *Watcher) Follow(ctx context.Context, deliver func(Update)) error {
	run, err := newWatcher(w.scanner, w.options, deliver)
	if err != nil {
		return err
	}
	defer run.close()
	w.mu.Lock()
	w.rescan = run.scout.lookAround
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.rescan = nil
		w.mu.Unlock()
	}()
	return run.run(ctx)
}

// watcher is one run of a Watcher. All of it belongs to one goroutine; only the scout
// works beside it.
type watcher struct {
	options Options
	scanner *discover.Scanner
	deliver func(Update)

	poller *sys.Poller
	ears   *ears
	peeks  *peeks
	tracer *trace.Tracer // nil if it cannot be had, for the reason untraced
	scout  *scout
	state  *state
	clock  *atomic.Int64 // of state
	reader discover.MountReader
	actors *actors

	untraced error

	seq, ops  int
	recent    []*operation    // what was told last
	scan      *nsctl.Snapshot // to be merged with the next batch; nil if there is none
	scanBegan int64
	dying     map[*space]*dying
	ended     map[nsctl.NSID]bool // since the last scan
	came      []namespaceFile     // that are not taken in yet
	notices   []notice
	ready     []uint64 // tags, while they are heard
	changed   []uint64 // peeks at whose namespaces to look
	quit      []uint64 // peeks whose process has ended
	calls     []*call
	unplaced  []*call // from unknown namespaces, of some time
	// makers are who made processes in new namespaces, by these.
	makers map[int]int
	// within counts the calls of processes that have begun and not ended.
	within      map[int]int
	lastBegan   time.Duration // when the last of them did, by CLOCK_MONOTONIC
	recordsLost uint64
	buf         []byte
	ids         []uint64
}

func newWatcher(scanner *discover.Scanner, o Options, deliver func(Update)) (*watcher, error) {
	poller, err := sys.NewPoller()
	if err != nil {
		return nil, err
	}
	w := &watcher{
		options: o, scanner: scanner, deliver: deliver, poller: poller, ears: &ears{poller: poller, most: maxEars},
		peeks: newPeeks(poller), actors: newActors(), dying: map[*space]*dying{}, ended: map[nsctl.NSID]bool{}, makers: map[int]int{}, within: map[int]int{}, buf: make([]byte, sys.MountEventsSize),
	}
	if o.tested {
		w.ears.most = 4
	}
	if slices.Contains(o.Without, "fanotify") {
		w.ears.off = errNotWanted
	}
	if slices.Contains(o.Without, "poll") {
		w.peeks.off = errNotWanted
	}
	w.openTracer()
	w.clock = &atomic.Int64{}
	w.scout = newScout(scanner, w.clock.Load, poller.Wake)
	return w, nil
}

// openTracer begins to trace, if that can be.
func (w *watcher) openTracer() {
	if slices.Contains(w.options.Without, "tracefs") {
		w.untraced = errNotWanted
		return
	}
	if w.tracer, w.untraced = trace.Open(trace.Options{}); w.untraced != nil {
		return
	}
	if w.untraced = w.poller.Add(w.tracer.File(), sys.Readable, callTag); w.untraced != nil {
		_ = w.tracer.Close() // why it is not used is known
		w.tracer = nil
	}
}

var errNotWanted = fmt.Errorf("it is turned off")

func (w *watcher) close() {
	w.scout.close()
	for _, ns := range w.came {
		ns.Close()
	}
	w.ears.close()
	w.peeks.closeAll()
	if w.tracer != nil {
		_ = w.tracer.Close() // what it leaves behind, the next one removes
	}
	w.poller.Close()
}

func (w *watcher) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, w.poller.Wake)()
	// Listening begins before the first reading, so that nothing falls in between.
	if w.ears.off == nil {
		err := discover.Walk(func(file sys.NamespaceFile, id nsctl.NSID) (keep bool) {
			_ = w.ears.mark(file, id) // why not is kept, for sources
			return false
		})
		if err != nil {
			w.ears.refused = err
		}
	}
	at := unhurried()
	if w.tracer == nil || w.ears.refused != nil || w.ears.off != nil {
		at = hurried()
	}
	if w.options.tested {
		at.scanShare, at.askedShare, at.quietShare, at.busyShare = 1, 1, 1, 1
	}
	if w.tracer == nil && w.ears.count() > 0 {
		w.scout.sweep = newSweep(at)
		w.scout.sweep.over(ctx, w.ears.namespaces())
	}
	used := sys.ProcessCPU()
	snapshot, err := w.scanner.Read(ctx, func(u discover.Update) {
		w.deliver(Update{Snapshot: u.Snapshot, Read: u.Read, Total: u.Total})
	})
	if err != nil {
		return err
	}
	w.state = newState(snapshot, w.clock)
	w.scout.start(ctx, at, w.known(), sys.ProcessCPU()-used)
	w.peekEverywhere(&found{}) // before the first event, everything just is as it is
	w.begin()
	for ctx.Err() == nil {
		if err := w.wait(); err != nil {
			return err
		}
		b, err := w.batch()
		if err != nil {
			return err
		}
		w.tell(b)
	}
	return ctx.Err()
}

// known gives the namespaces that need no welcome any more. One that came between the
// first walk and the first reading is not heard yet.
func (w *watcher) known() map[nsctl.NSID]bool {
	known := map[nsctl.NSID]bool{}
	for id := range w.state.byID {
		known[id] = w.ears.of(id) != nil || w.ears.off != nil || w.ears.refused != nil
	}
	return known
}

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

// batch turns what was noticed into operations, and says whether anything else is new.
func (w *watcher) batch() (*batch, error) {
	b := &batch{now: time.Now().UTC()}
	f := w.look(w.notices)
	for _, n := range w.notices {
		b.lost = b.lost || n.Overflow
	}
	w.lookThrough(f)
	w.lookAfterCalls(f)
	w.setAside(f)
	var err error
	if b.news, err = w.news(f); err != nil {
		return nil, err
	}
	w.askMasters(f)
	w.followUp(f)
	w.explain(f)
	c := newCorrelator(w.home, w.recentOperations(b.now))
	c.gather(f.changes)
	b.pieces = inOrder(f.changes)
	if w.recent = c.all; b.lost { // which are not told one by one
		w.recent = nil
	}
	b.brief = f.brief
	w.actors.endBatch()
	return b, nil
}

// lateAfter is how long the rest of an operation may come later than its beginning.
const lateAfter = 100 * time.Millisecond

// recentOperations gives what was told a moment ago: something may belong to it, unless
// the tracer says when calls have ended.
func (w *watcher) recentOperations(now time.Time) []*operation {
	if w.tracer != nil {
		return nil
	}
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

// askMasters looks, where a mount has lost its master and nobody told of it, at the
// namespaces that the master was in: what was the last of its group may have left it.
func (w *watcher) askMasters(f *found) {
	asked := map[*space]bool{}
	for _, ch := range slices.Clone(f.changes) {
		if ch.kind != nsctl.EventPropagation || ch.call != nil || ch.cause != nil || ch.was.Propagation.Master == ch.mount.Propagation.Master {
			continue
		}
		if g := w.state.groups[ch.was.Propagation.Master]; g != nil {
			for _, other := range slices.Collect(maps.Keys(g.members)) {
				if !asked[other] {
					asked[other] = true
					w.lookForChanges(other, nil, f)
				}
			}
		}
	}
}

// followUp looks at the slaves of groups that have lost their last member, and at what
// follows from that.
func (w *watcher) followUp(f *found) {
	for todo := f.ended; len(todo) > 0; {
		from := len(f.ended)
		for _, g := range todo {
			w.followUpOne(g, f)
		}
		todo = f.ended[from:]
	}
}

func (w *watcher) followUpOne(g endedGroup, f *found) {
	group := w.state.groups[g.id]
	if group == nil || g.cause.mount.MntID != 0 && w.state.hasMember(g.id, g.cause.mount.Dev) {
		return // nobody depended on it, or it goes on
	}
	for r := range group.slaves {
		at, ok := r.space.find(r.id, r.mnt)
		if !ok || r.space.info.NSID == 0 || r.id == 0 {
			continue
		}
		now, err := w.reader.Again(r.space.info.NSID, r.space.mounts[at])
		if err != nil || sameState(&now, &r.space.mounts[at]) {
			continue
		}
		from := len(f.changes)
		w.renew(r.space, now, renewal{pid: g.cause.pid}, f)
		for _, ch := range f.changes[from:] {
			ch.cause, ch.via = g.cause, &nsctl.Via{Group: g.id, MntID: r.mnt}
		}
	}
}

// explain finds out, of mounts that lost a master whose group has ended, by what it has.
func (w *watcher) explain(f *found) {
	for _, ch := range f.changes {
		was, now := ch.was.Propagation, ch.mount.Propagation
		if ch.kind != nsctl.EventPropagation || ch.cause != nil || was.Master == 0 || was.Master == now.Master ||
			was.Shared != now.Shared || was.Unbindable != now.Unbindable {
			continue
		}
		if w.state.hasMember(was.Master, ch.mount.Dev) {
			continue // it left by itself
		}
		ch.orphaned = true
		for _, other := range f.changes {
			if other != ch && other.left(was.Master, ch.mount.Dev) {
				ch.cause, ch.orphaned, ch.via = other, false, &nsctl.Via{Group: was.Master, MntID: ch.mount.MntID}
			}
		}
		for _, g := range f.ended {
			if g.id == was.Master && g.cause != ch {
				ch.cause, ch.orphaned, ch.via = g.cause, false, &nsctl.Via{Group: g.id, MntID: ch.mount.MntID}
			}
		}
	}
}

// left says that a mount of a filesystem has left a group by this change.
func (ch *change) left(group nsctl.GroupID, dev nsctl.Dev) bool {
	switch {
	case ch.mount.Dev != dev || ch.cause != nil:
		return false
	case ch.kind == nsctl.EventUmount:
		return ch.mount.Propagation.Shared == group
	}
	return ch.kind == nsctl.EventPropagation && ch.was.Propagation.Shared == group && ch.mount.Propagation.Shared != group
}
