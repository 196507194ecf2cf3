package discover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/sys"
)

// scan is one reading of the host.
type scan struct {
	identifier identifier
	features   *features
	costs      *costs
	workers    *pool
	stuck      *stuckProcesses
	counting   bool         // mounts are only counted
	ended      func() error // says why not to go on reading

	namespaces *registry
	gaps       []nsctl.Gap
	progress   *progress
}

// run reads everything. It works from the known to the unknown: processes lead to
// namespaces, the kernel's walk to more of them, their tables to those that only a
// bind mount keeps alive, and mount ids at last to the namespaces of processes that may not be
// asked.
func (s *scan) run(ctx context.Context) error {
	s.ended = ctx.Err
	processes, silent, err := readProcesses(ctx, s.workers, s.stuck)
	if err != nil {
		return err
	}
	s.gaps = append(s.gaps, silentGaps(silent)...)
	var unplaced []process
	s.namespaces, unplaced = groupByNamespace(processes)
	defer s.namespaces.closeFiles()
	s.gaps = append(s.gaps, refusedGaps(processes)...)
	if s.features.walk {
		// Without privilege the walk is refused, which the standing gap says already.
		if err := s.namespaces.walk(); err != nil && !sys.Refused(err) {
			s.gaps = append(s.gaps, nsctl.Gap{What: "namespaces", Error: sys.ErrnoName(err),
				Message: fmt.Sprintf("the kernel's list of mount namespaces cannot be read: %v", err)})
		}
	}
	listed := !s.features.listns
	for {
		all := s.namespaces.all()
		unread := slices.DeleteFunc(slices.Clone(all), func(f *found) bool { return f.read })
		if len(unread) == 0 && listed {
			break
		}
		s.progress.begin(all)
		if err := s.readAll(ctx, unread); err != nil {
			return err
		}
		s.addBindHolders(unread)
		if !listed { // now that the ids of those found otherwise are known
			s.list()
			listed = true
		}
	}
	s.place(unplaced)
	s.markInitial()
	return ctx.Err()
}

// list asks the kernel for the namespaces that nothing else led to.
func (s *scan) list() {
	ids, err := sys.ListMountNamespaces()
	if err != nil {
		s.gaps = append(s.gaps, nsctl.Gap{What: "namespaces", Error: sys.ErrnoName(err),
			Message: fmt.Sprintf("the kernel's list of mount namespaces cannot be read: %v", err)})
	}
	s.namespaces.addListed(ids)
}

// readAll reads namespaces on all cores.
func (s *scan) readAll(ctx context.Context, unread []*found) error {
	readers := make(chan *tableReader, s.workers.workers)
	for range s.workers.workers {
		readers <- s.newReader()
	}
	return s.workers.each(ctx, len(unread), func(i int) {
		reader := <-readers
		defer func() { readers <- reader }()
		f := unread[i]
		s.readNamespace(f, reader)
		if !s.counting {
			for i, hiddenBy := range graph.HiddenBy(f.table.mounts) {
				f.table.mounts[i].HiddenBy = hiddenBy
			}
		}
		s.progress.finished(f)
	})
}

func (s *scan) newReader() *tableReader {
	return &tableReader{features: s.features, costs: s.costs, counting: s.counting, stat: statmountReader{ended: s.ended}}
}

// addBindHolders looks for mounts of mount namespace files, which keep namespaces
// alive, and adds the namespaces that nothing else led to.
func (s *scan) addBindHolders(read []*found) {
	for _, f := range read {
		for _, m := range f.table.mounts {
			if m.FSType != "nsfs" {
				continue
			}
			ns, err := nsctl.ParseNSNumber(m.Root)
			if err != nil || !strings.HasPrefix(m.Root, "mnt:[") {
				continue // a file of another kind of namespace
			}
			held := s.namespaces.get(ns)
			if held.ended { // not quite, as it shows
				held.ended, held.read = false, false
			}
			held.info.HeldBy = append(held.info.HeldBy, nsctl.Holder{Kind: nsctl.HeldByBind, Path: m.Mountpoint, NS: f.info.NS})
			for _, v := range f.views[:min(len(f.views), 1)] {
				held.paths = append(held.paths, v.path()+"/root"+m.Mountpoint)
			}
			held.nameAfterBind(m.Mountpoint)
		}
	}
}

// place finds the namespaces of processes whose link may not be read; even root can be
// refused that of pid 1. Their mountinfo may be read, and a mount is in one
// namespace only, so a mount's id tells which. Where no known namespace has it, the
// process is in one whose number nobody tells.
func (s *scan) place(unplaced []process) {
	if len(unplaced) == 0 {
		return
	}
	index := newMountIndex(s.namespaces.all())
	changed := map[*found]bool{}
	for _, p := range unplaced {
		id, err := firstMountID(p.pid)
		if sys.Gone(err) {
			continue
		}
		if err != nil || id == 0 {
			s.gaps = append(s.gaps, unplacedGap(p, err))
			continue
		}
		f := index.namespaceOf(id)
		if f == nil {
			f = s.namespaces.addUnnamed()
			f.gaps = append(f.gaps, unnamedGap(p))
			f.addProcess(p.pid)
			s.readNamespace(f, s.newReader())
			f.read = true
			index.add(f)
			continue
		}
		f.addPlaced(p.pid)
		changed[f] = true
	}
	for f := range changed {
		f.info.Processes = nil
		f.readProcesses(s.identifier)
	}
}

// addPlaced puts a process into a namespace that has been read already. What was
// delivered of it stays as it is.
func (f *found) addPlaced(pid int) {
	at, _ := slices.BinarySearch(f.pids, pid)
	f.pids = slices.Insert(f.pids, at, pid)
	others := slices.DeleteFunc(slices.Clone(f.info.HeldBy), func(h nsctl.Holder) bool {
		return h.Kind == nsctl.HeldByProcess
	})
	f.info.HeldBy = append([]nsctl.Holder{{Kind: nsctl.HeldByProcess, PID: f.pids[0]}}, others...)
}

// firstMountID reads the first field of a process's mountinfo; 0 if it sees no
// mounts at all. The buffer is small on purpose: the kernel writes no more lines than
// fit into it.
func firstMountID(pid int) (nsctl.MountID, error) {
	f, err := sys.Open(procPath(pid, 0) + "/mountinfo")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var buf [32]byte
	n, err := f.Read(buf[:])
	if n == 0 && errors.Is(err, io.EOF) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	digits, _, _ := bytes.Cut(buf[:n], []byte{' '})
	id, err := strconv.ParseInt(string(digits), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("/proc/%d/mountinfo does not begin with a number: %q", pid, buf[:n])
	}
	return nsctl.MountID(id), nil
}

// markInitial finds the namespace that the host booted into: that of the kernel
// threads, of which kthreadd is the first, or else of pid 1. Inside another pid
// namespace neither is to be seen.
func (s *scan) markInitial() {
	const initialPIDNS = "pid:[4026531836]" // PROC_PID_INIT_INO in include/uapi/linux/nsfs.h
	self, err := sys.OpenDir("/proc/self")
	if err != nil {
		return
	}
	defer self.Close()
	if ns, err := self.Readlink("ns/pid"); err != nil || ns != initialPIDNS {
		return
	}
	var ofInit *found
	for _, f := range s.namespaces.all() {
		for _, pid := range f.pids[:min(len(f.pids), 2)] {
			if pid == 2 {
				ofInit = f
			}
			if pid == 1 && ofInit == nil {
				ofInit = f
			}
		}
	}
	if ofInit != nil {
		ofInit.info.Kind = nsctl.KindInitial
		ofInit.info.Container = nil
		if len(ofInit.info.Processes) > 0 {
			ofInit.info.Name = ofInit.info.Processes[0].Comm
		}
	}
}
