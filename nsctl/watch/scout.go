package watch

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/sys"
)

// scout looks around on the host, beside the goroutine that listens, which must not be
// kept waiting by it: for namespaces that came or went, and now and then at everything.
type scout struct {
	scanner *discover.Scanner
	clock   func() int64 // the listener's
	wake    func()       // there is something to take
	walks   chan struct{}
	scans   chan struct{}
	stop    context.CancelFunc
	beside  func(do func(context.Context)) // until stop
	done    sync.WaitGroup
	sweep   *sweep // nil if none are needed

	slots chan struct{} // of readings that go on at once

	mu    sync.Mutex
	known map[nsctl.NSID]bool
	seen  sighting
}

// sighting is what a scout has seen since it was last asked.
type sighting struct {
	came    []namespaceFile
	reports []report
	live    map[nsctl.NSID]bool // nil if no walk was made
	scan    *nsctl.Snapshot     // nil if none was made
	// The time of the listener's clock when the last of each began.
	walkBegan, scanBegan int64
	failed               error // why no scan could be made
	// changed are namespaces in which a sweep has found something changed.
	changed []nsctl.NSID
}

// namespaceFile is a namespace that was met, with its processes.
type namespaceFile struct {
	sys.NamespaceFile
	id     nsctl.NSID
	number nsctl.NSNumber
	pids   []int
}

func newScout(scanner *discover.Scanner, clock func() int64, wake func()) *scout {
	return &scout{
		scanner: scanner, clock: clock, wake: wake, walks: make(chan struct{}, 1), scans: make(chan struct{}, 1),
		known: map[nsctl.NSID]bool{}, slots: make(chan struct{}, mostSlots), stop: func() {},
	}
}

// pace is how often a scout looks around. The shares say what something may use of one
// core on average, as one part in so many.
type pace struct {
	walkEvery  time.Duration
	minPause   time.Duration // between scans
	scanShare  time.Duration
	askedShare time.Duration // of scans that somebody asked for
	quietShare time.Duration // of sweeps, while there are no new processes on the host
	busyShare  time.Duration // of sweeps, if there are
}

// unhurried is for where the kernel tells nearly everything.
func unhurried() pace {
	return pace{walkEvery: 5 * time.Second, minPause: 5 * time.Second, scanShare: 250, askedShare: 10, quietShare: 100, busyShare: 3}
}

// hurried is for where nothing tells of changes of propagation, or of anything.
func hurried() pace {
	at := unhurried()
	at.walkEvery, at.minPause, at.scanShare = time.Second, 800*time.Millisecond, 100
	return at
}

// start begins to look around. The first scan was made just now, at this cost.
func (s *scout) start(ctx context.Context, at pace, known map[nsctl.NSID]bool, cost time.Duration) {
	ctx, s.stop = context.WithCancel(ctx)
	s.beside = func(do func(context.Context)) { s.done.Go(func() { do(ctx) }) }
	s.mu.Lock()
	maps.Copy(s.known, known)
	s.mu.Unlock()
	s.done.Go(func() { s.walkOften(ctx, at) })
	s.done.Go(func() { s.scanNowAndThen(ctx, at, cost) })
	if s.sweep != nil {
		s.done.Go(func() { s.sweepOften(ctx) })
	}
}

// mostSlots is how many namespaces are read at once, so that one that takes long does not
// keep the others waiting.
const mostSlots = 4

// read reads a namespace, at the latest until the scout is closed.
func (s *scout) read(id nsctl.NSID, do func(context.Context) (report, error)) {
	s.beside(func(ctx context.Context) {
		s.slots <- struct{}{}
		r, err := do(ctx)
		<-s.slots
		r.id, r.err = id, err
		s.mu.Lock()
		s.seen.reports = append(s.seen.reports, r)
		s.mu.Unlock()
		s.wake()
	})
}

func (s *scout) walkOften(ctx context.Context, at pace) {
	ticks := time.NewTicker(at.walkEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		case <-s.walks:
		}
		s.walk()
		s.wake()
	}
}

// maxPause is between two scans at most.
const maxPause = 2 * time.Minute

func (s *scout) scanNowAndThen(ctx context.Context, at pace, cost time.Duration) {
	for {
		timer := time.NewTimer(min(max(at.minPause, at.scanShare*cost), maxPause))
		atLeast := time.After(at.askedShare * cost)
		select {
		case <-timer.C:
		case <-s.scans:
			select {
			case <-atLeast:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		used := sys.ProcessCPU()
		s.scan(ctx)
		cost = sys.ProcessCPU() - used
		s.wake()
	}
}

func (s *scout) sweepOften(ctx context.Context) {
	runtime.LockOSThread() // whose processor time is that of the sweeps; it ends with them
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if !s.sweep.due(time.Now(), lastPID()) {
			continue
		}
		s.mu.Lock()
		namespaces := slices.Collect(maps.Keys(s.known))
		s.mu.Unlock()
		changed := s.sweep.over(ctx, namespaces)
		if len(changed) == 0 {
			continue
		}
		s.mu.Lock()
		s.seen.changed = append(s.seen.changed, changed...)
		s.mu.Unlock()
		s.wake()
	}
}

func (s *scout) close() {
	s.stop()
	s.done.Wait()
	for _, f := range s.take().came {
		f.Close()
	}
}

// walkSoon asks for a walk, lookAround for a scan.
func (s *scout) walkSoon() { signal(s.walks) }

func (s *scout) lookAround() { signal(s.scans) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // the last signal was not heeded yet
	}
}

// take gives what was seen.
func (s *scout) take() sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = sighting{}
	return seen
}

// walk asks the kernel which namespaces there are.
func (s *scout) walk() {
	s.mu.Lock()
	known := maps.Clone(s.known)
	s.mu.Unlock()
	began := s.clock()
	live := map[nsctl.NSID]bool{}
	var came []namespaceFile
	err := discover.Walk(func(file sys.NamespaceFile, id nsctl.NSID) (keep bool) {
		live[id] = true
		if known[id] {
			return false
		}
		number, err := file.Number()
		if err != nil {
			return false
		}
		came = append(came, namespaceFile{file, id, nsctl.NSNumber(number), nil})
		return true
	})
	if len(came) > 0 {
		members := discover.Members()
		for i := range came {
			came[i].pids = members[came[i].number]
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range came {
		s.known[f.id] = true
	}
	s.seen.came = append(s.seen.came, came...)
	if err == nil {
		s.seen.live, s.seen.walkBegan = live, began
		maps.DeleteFunc(s.known, func(id nsctl.NSID, _ bool) bool { return !live[id] })
	}
}

// scan reads the whole host.
func (s *scout) scan(ctx context.Context) {
	began := s.clock()
	snapshot, err := s.scanner.Snapshot(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.scan, s.seen.scanBegan, s.seen.failed = snapshot, began, err
}
