package watch

import (
	"bytes"
	"context"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/sys"
)

// sweep finds changes of propagation and options where nothing tells of them: it asks the
// kernel about each mount, again and again. It only says in which namespaces something
// is other than before.
type sweep struct {
	reader discover.MountReader
	known  map[nsctl.UniqueID]discover.Settings
	cost   time.Duration // of processor time, the last time
	last   time.Time
	pid    string // the last that the kernel had given out then
	at     pace
}

// What sweeping may cost. Most who change the type of a mount are programs that were
// just started, mount(8) or a container's runtime, so it is worth more when there are new
// processes on the host than when there are none.
const (
	sweepEvery     = 500 * time.Millisecond
	lookEvery      = 100 * time.Millisecond // whether there are new processes
	mostlySleeping = 2 * time.Millisecond   // a sweep of less is always made
)

func newSweep(at pace) *sweep {
	return &sweep{at: at, known: map[nsctl.UniqueID]discover.Settings{}}
}

// due says whether it is time for another sweep.
func (s *sweep) due(now time.Time, lastPID string) bool {
	rest, share := now.Sub(s.last), s.at.quietShare
	if lastPID != s.pid {
		share = s.at.busyShare
	}
	return rest >= sweepEvery-s.cost && (s.cost < mostlySleeping || rest >= share*s.cost)
}

// over asks about all mounts of the namespaces, and gives those in which one has changed
// since the last time, or is new: it may have changed since it was first looked at.
func (s *sweep) over(ctx context.Context, namespaces []nsctl.NSID) (changed []nsctl.NSID) {
	s.last, s.pid = time.Now(), lastPID()
	used := sys.ThreadCPU()
	now := make(map[nsctl.UniqueID]discover.Settings, len(s.known))
	var ids []uint64
	for _, ns := range namespaces {
		if ctx.Err() != nil {
			return changed
		}
		var err error
		if ids, err = sys.ListMounts(uint64(ns), ids[:0]); err != nil {
			continue // it has ended, which others tell
		}
		other := false
		for _, id := range ids {
			id := nsctl.UniqueID(id)
			settings, err := s.reader.Settings(ns, id)
			if err != nil {
				continue // gone since
			}
			now[id] = settings
			before, known := s.known[id]
			other = other || !known || before != settings
		}
		if other {
			changed = append(changed, ns)
		}
	}
	s.known = now
	s.cost = max(0, sys.ThreadCPU()-used)
	return changed
}

// lastPID gives the last pid that the kernel has given out: another one than before says
// that there are new processes or threads (proc_loadavg(5)).
func lastPID() string {
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		return ""
	}
	defer proc.Close()
	load, err := proc.ReadFile("loadavg", make([]byte, 0, 64))
	if err != nil {
		return ""
	}
	return string(load[bytes.LastIndexByte(load, ' ')+1:])
}
