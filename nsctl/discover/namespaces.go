package discover

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// found is a namespace while it is being read: what is known of it, and the ways to it.
type found struct {
	info  nsctl.NamespaceInfo
	views []view
	// pids are the processes with a thread in it, ascending.
	pids []int
	// paths lead to its file, other than through views.
	paths []string
	// file is its file if the walk met it where no process leads; else -1.
	file  sys.NamespaceFile
	table table
	gaps  []nsctl.Gap
	read  bool // table, gaps and the whole of info are there
	ended bool // it was gone before it could be read
}

func newFound(ns nsctl.NSNumber) *found {
	f := &found{file: sys.NamespaceFile{File: -1}}
	f.info.NS = ns
	return f
}

// registry collects namespaces by their number. Those whose number is unknown are
// kept in the order in which they were met.
type registry struct {
	byNumber map[nsctl.NSNumber]*found
	unnamed  []*found
}

func (r *registry) get(ns nsctl.NSNumber) *found {
	f := r.byNumber[ns]
	if f == nil {
		f = newFound(ns)
		r.byNumber[ns] = f
	}
	return f
}

// addUnnamed makes a namespace whose number nobody tells.
func (r *registry) addUnnamed() *found {
	f := newFound(0)
	r.unnamed = append(r.unnamed, f)
	return f
}

// all gives the namespaces that are still there, in the order of a snapshot.
func (r *registry) all() []*found {
	sorted := slices.SortedFunc(maps.Values(r.byNumber), func(a, b *found) int {
		return cmp.Compare(a.info.NS, b.info.NS)
	})
	return slices.DeleteFunc(append(sorted, r.unnamed...), func(f *found) bool { return f.ended })
}

func (r *registry) closeFiles() {
	for _, f := range r.byNumber {
		if f.file.File >= 0 {
			f.file.Close()
			f.file.File = -1
		}
	}
}

// groupByNamespace puts processes, threads and descriptors to the namespaces that they
// keep alive. The processes whose namespace is unknown are given back.
func groupByNamespace(processes []process) (r *registry, unplaced []process) {
	r = &registry{byNumber: map[nsctl.NSNumber]*found{}}
	for _, p := range processes {
		if p.ns != 0 {
			r.get(p.ns).addProcess(p.pid)
		} else if p.err != nil {
			unplaced = append(unplaced, p)
		}
	}
	for _, p := range processes {
		for _, t := range p.threads {
			f := r.get(t.ns)
			f.views = append(f.views, view{p.pid, t.tid})
			f.pids = append(f.pids, p.pid)
			f.info.HeldBy = append(f.info.HeldBy, nsctl.Holder{Kind: nsctl.HeldByThread, PID: t.tid})
		}
	}
	for _, p := range processes {
		for _, file := range p.files {
			f := r.get(file.ns)
			path := procPath(p.pid, 0) + "/fd/" + strconv.Itoa(file.fd)
			f.paths = append(f.paths, path)
			f.info.HeldBy = append(f.info.HeldBy, nsctl.Holder{Kind: nsctl.HeldByFD, PID: p.pid, Path: path})
		}
	}
	return r, unplaced
}

// addProcess puts a process into the namespace. Processes come in the order of their pids,
// before threads and descriptors.
func (f *found) addProcess(pid int) {
	if len(f.pids) == 0 {
		f.info.HeldBy = append(f.info.HeldBy, nsctl.Holder{Kind: nsctl.HeldByProcess, PID: pid})
	}
	f.views = append(f.views, view{pid: pid})
	f.pids = append(f.pids, pid)
}

// walk asks the kernel for all mount namespaces that the caller may administer, and
// adds those that no process led to. On a kernel before 6.12 it finds nothing.
func (r *registry) walk() error {
	return Walk(func(file sys.NamespaceFile, id nsctl.NSID) (keep bool) {
		number, err := file.Number()
		if err != nil {
			return false
		}
		f := r.get(nsctl.NSNumber(number))
		f.info.NSID = id
		if keep = len(f.views) == 0 && f.file.File < 0; keep { // a descriptor of somebody else may be closed at any time
			f.file = file
		}
		return keep
	})
}

// addListed adds the namespaces with these ids (listns(2)) that nothing else led to. One
// that cannot be opened has no number, but its mounts can be read by its id.
func (r *registry) addListed(ids []uint64) {
	known := map[nsctl.NSID]bool{}
	for _, f := range r.all() {
		known[f.info.NSID] = true
	}
	for _, id := range ids {
		if known[nsctl.NSID(id)] {
			continue
		}
		f, err := r.openByID(id)
		if err != nil {
			f = r.addUnnamed()
			f.gaps = append(f.gaps, nsctl.Gap{What: "namespace", Error: sys.ErrnoName(err),
				Message: fmt.Sprintf("the mount namespace with the id %d cannot be opened, so its number and owner are unknown: %v", id, err)})
		}
		f.info.NSID = nsctl.NSID(id)
	}
}

func (r *registry) openByID(id uint64) (*found, error) {
	file, err := sys.OpenMountNamespaceByID(id, 0)
	if err != nil {
		return nil, err
	}
	number, err := file.Number()
	if err != nil {
		file.Close()
		return nil, err
	}
	f := r.get(nsctl.NSNumber(number))
	if f.file.File >= 0 {
		file.Close()
	} else {
		f.file = file
	}
	return f, nil
}

var errReplaced = errors.New("another file has taken the place of its own")

// open opens the namespace's file, whichever way leads there; own says that the
// caller must close it.
func (f *found) open() (file sys.NamespaceFile, own bool, err error) {
	if f.file.File >= 0 {
		return f.file, false, nil
	}
	err = errors.New("nothing leads to it")
	try := func(path string) bool {
		if file, err = sys.OpenNamespace(path); err != nil {
			return false
		}
		number, numErr := file.Number()
		if numErr == nil && nsctl.NSNumber(number) == f.info.NS {
			return true
		}
		file.Close()
		err = errReplaced
		return false
	}
	for _, v := range f.views {
		if try(v.path() + "/ns/mnt") {
			return file, true, nil
		}
		if sys.Refused(err) {
			break // the others are not worth thousands of attempts
		}
	}
	for _, path := range f.paths {
		before := err
		if try(path) {
			return file, true, nil
		}
		if sys.Refused(before) {
			err = before // which says more than that something else has ended
		}
	}
	return sys.NamespaceFile{File: -1}, false, err
}
