package watch

import (
	"fmt"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// peeks watch namespaces that fanotify cannot, through the mountinfo of a process in each:
// poll(2) tells that something was attached, detached or remounted there, and no more. An
// open mountinfo keeps its namespace alive, so it is closed when the process ends.
type peeks struct {
	poller  *sys.Poller
	all     map[uint64]*peek // by the lower half of their tags
	bySpace map[*space]*peek
	next    uint64
	refused error // why a namespace cannot be watched so; nil if none was refused
	off     error // why this is not used at all
}

type peek struct {
	number  uint64
	space   *space
	file    sys.File // mountinfo
	process sys.File // readable when the process has ended
	pid     int
}

// The tags of their descriptors in the poller, together with their numbers.
const (
	tableTag   = 2 << 32
	processTag = 3 << 32
	tagKinds   = 7 << 32
)

func newPeeks(poller *sys.Poller) *peeks {
	return &peeks{poller: poller, all: map[uint64]*peek{}, bySpace: map[*space]*peek{}}
}

// open begins to watch a namespace through one of the processes in it, if it has one that
// sees the whole table, and gives the table as it is then.
func (p *peeks) open(s *space, read func(sys.File, nsctl.NSID) ([]nsctl.Mount, error)) []nsctl.Mount {
	if p.off != nil || p.bySpace[s] != nil {
		return nil
	}
	for _, pid := range pidsIn(&s.info) {
		pk := &peek{number: p.next, space: s, pid: pid, file: -1, process: -1}
		table, err := p.start(pk, read)
		if err == nil && seesAll(table, s.mounts) {
			p.next++
			p.all[pk.number], p.bySpace[s] = pk, pk
			return table
		}
		p.stop(pk)
		if err != nil && !sys.Gone(err) {
			p.refused = err
			return nil
		}
	}
	return nil
}

// start opens the files. What happens before they are in the poller is in the table, as
// that is read afterwards.
func (p *peeks) start(pk *peek, read func(sys.File, nsctl.NSID) ([]nsctl.Mount, error)) ([]nsctl.Mount, error) {
	var err error
	if pk.process, err = sys.OpenProcess(pk.pid); err != nil {
		pk.process = -1
		return nil, err
	}
	if pk.file, err = sys.Open(fmt.Sprintf("/proc/%d/mountinfo", pk.pid)); err != nil {
		pk.file = -1
		return nil, err
	}
	if err := p.poller.Add(pk.file, sys.Changed, tableTag|pk.number); err != nil {
		return nil, err
	}
	if err := p.poller.Add(pk.process, sys.Readable, processTag|pk.number); err != nil {
		return nil, err
	}
	return read(pk.file, pk.space.info.NSID)
}

// close lets go of a namespace.
func (p *peeks) close(pk *peek) {
	delete(p.all, pk.number)
	delete(p.bySpace, pk.space)
	p.stop(pk)
}

func (p *peeks) stop(pk *peek) {
	for _, f := range [...]sys.File{pk.file, pk.process} {
		if f >= 0 {
			_ = p.poller.Remove(f) // it may not be in it yet
			f.Close()
		}
	}
}

func (p *peeks) closeAll() {
	for _, pk := range p.all {
		p.stop(pk)
	}
}

// pidsIn gives the processes and threads that are known to be in a namespace.
func pidsIn(info *nsctl.NamespaceInfo) (pids []int) {
	for _, p := range info.Processes {
		pids = append(pids, p.PID)
	}
	for _, h := range info.HeldBy {
		if h.Kind == nsctl.HeldByProcess && !slices.Contains(pids, h.PID) {
			pids = append(pids, h.PID)
		}
	}
	return pids[:min(len(pids), 4)]
}

// seesAll says whether a process sees at least what is known to be in its namespace: one
// in a chroot does not.
func seesAll(table, known []nsctl.Mount) bool {
	return len(table) >= len(known)/2 && missing(table, known) <= len(known)/8 // some may have gone since
}

// missing counts those known mounts that are not in a table.
func missing(table, known []nsctl.Mount) (count int) {
	ids := make(map[nsctl.MountID]bool, len(table))
	for i := range table {
		ids[table[i].MntID] = true
	}
	for i := range known {
		if !ids[known[i].MntID] {
			count++
		}
	}
	return count
}

// peekAt reads the table of a namespace in which something has changed.
func (w *watcher) peekAt(pk *peek, f *found) {
	table, err := w.reader.Table(pk.file, pk.space.info.NSID)
	if err != nil {
		w.peeks.refused = err
		w.peeks.close(pk)
		return
	}
	if missing(table, pk.space.mounts) > 0 {
		if again := w.peeks.reopen(pk, w.reader.Table); len(again) >= len(table) {
			table = again
		}
	}
	w.adjust(pk.space, w.identified(pk.space, table), f)
}

// reopen opens the mountinfo of a process again, and gives the table; nil if that cannot be done.
// An open one shows what is below the root that the process had when it was opened: after
// pivot_root(2) nothing but what is below the old one.
func (p *peeks) reopen(pk *peek, read func(sys.File, nsctl.NSID) ([]nsctl.Mount, error)) []nsctl.Mount {
	file, err := sys.Open(fmt.Sprintf("/proc/%d/mountinfo", pk.pid))
	if err != nil {
		return nil
	}
	err = p.poller.Add(file, sys.Changed, tableTag|pk.number)
	var table []nsctl.Mount
	if err == nil {
		table, err = read(file, pk.space.info.NSID)
	}
	if err != nil || sys.NoProcess(pk.process.Signal(0)) { // the pid may be another's by now
		_ = p.poller.Remove(file) // it may not be in it
		file.Close()
		return nil
	}
	_ = p.poller.Remove(pk.file) // it was put there by start
	pk.file.Close()
	pk.file = file
	return table
}

// identified gives a table in which mounts have unique ids if those that are known have,
// and else takes them from these: all mounts of a namespace have them, or none.
func (w *watcher) identified(s *space, table []nsctl.Mount) []nsctl.Mount {
	if len(s.mounts) == 0 || s.mounts[0].ID == 0 || len(table) > 0 && table[0].ID != 0 {
		return table
	}
	w.state.forgetIDs(s)
	return table
}

// peekEverywhere watches those namespaces that nothing else does.
func (w *watcher) peekEverywhere(f *found) {
	for _, s := range slices.Clone(w.state.spaces) {
		if s.info.NSID != 0 && (w.ears.of(s.info.NSID) != nil || w.ears.mayHear()) {
			continue // or will be heard when a walk has seen it
		}
		if table := w.peeks.open(s, w.reader.Table); table != nil {
			w.adjust(s, w.identified(s, table), f)
		}
	}
}

// lookThrough looks at the namespaces in which something has changed, and lets go of those
// whose process has ended.
func (w *watcher) lookThrough(f *found) {
	for _, n := range w.changed {
		if pk := w.peeks.all[n]; pk != nil {
			w.peekAt(pk, f)
		}
	}
	for _, n := range w.quit {
		pk := w.peeks.all[n]
		if pk == nil {
			continue
		}
		s := pk.space
		w.peeks.close(pk)
		if table := w.peeks.open(s, w.reader.Table); table != nil {
			w.adjust(s, w.identified(s, table), f)
		} else {
			w.scout.lookAround() // it may have ended with the process
		}
	}
}
