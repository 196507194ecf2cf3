package watch

import (
	"context"
	"errors"
	"fmt"
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
	readings  map[nsctl.NSID]*reading
	notices   []notice
	cutOff    bool     // there were more notices than are told at once
	ready     []uint64 // tags, while they are heard
	changed   []uint64 // peeks at whose namespaces to look
	quit      []uint64 // peeks whose process has ended
	calls     []*call
	taken     []*call // of calls, that are looked after at this moment
	unplaced  []*call // from unknown namespaces, of some time
	lookDue   bool    // for what some of these have changed
	// makers are who made processes in new namespaces, by these.
	makers map[int]int
	// within counts the calls of processes that have begun and not ended.
	within      map[int]int
	under       map[int]int   // as within was when the notices had been read
	attached    map[int]int   // how many calls have mounted something since, by process
	attaching   map[int]int   // as attached was then
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
		peeks: newPeeks(poller), actors: newActors(), dying: map[*space]*dying{}, ended: map[nsctl.NSID]bool{}, readings: map[nsctl.NSID]*reading{}, makers: map[int]int{}, within: map[int]int{}, attached: map[int]int{}, buf: make([]byte, sys.MountEventsSize),
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
	if !sys.InFirstPIDNamespace() {
		w.untraced = errors.New("it names processes as the first pid namespace does, which this is not")
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
	w.ears.close()
	w.peeks.closeAll()
	if w.tracer != nil {
		_ = w.tracer.Close() // what it leaves behind, the next one removes
	}
	w.poller.Close()
}

func (w *watcher) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, w.poller.Wake)()
	if err := w.start(ctx); err != nil {
		return err
	}
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

// start begins to listen, reads the host, and tells the first event.
func (w *watcher) start(ctx context.Context) error {
	// Listening begins before the first reading, so that nothing falls in between.
	if w.ears.off == nil {
		err := discover.Walk(func(file sys.NamespaceFile, id nsctl.NSID) (keep bool) {
			_ = w.ears.mark(file, id) // why not is kept, for sources
			return false
		})
		if sys.Refused(err) {
			err = fmt.Errorf("only root in the first pid namespace may walk through those of others: %w", err)
		}
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
	for i := range snapshot.Namespaces {
		ns := &snapshot.Namespaces[i]
		if w.lacksIDs(ns.NSID, ns.Mounts) {
			ns.Mounts = withIDs(ctx, ns.NSID, ns.Mounts)
		}
	}
	w.state = newState(snapshot, w.clock)
	w.scout.start(ctx, at, w.known(), sys.ProcessCPU()-used)
	w.peekEverywhere(newFound()) // before the first event, everything just is as it is
	w.begin()
	return nil
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
