package discover

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// Which namespaces there are now, beside those that were known.

// members are the processes of each namespace, as far as they may be asked, ascending.
type members struct {
	of      map[nsctl.NSNumber][]int
	refused []process // who may not be, and why
}

// readMembers reads one link of each process, and nothing of its threads.
func readMembers() members {
	m := members{of: map[nsctl.NSNumber][]int{}}
	pids, _ := listPIDs() // what was read before an error counts
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		return m
	}
	defer proc.Close()
	for _, pid := range pids {
		switch ns, err := readNSLink(proc, strconv.Itoa(pid)+"/ns/mnt"); {
		case ns != 0:
			m.of[ns] = append(m.of[ns], pid)
		case sys.Refused(err):
			m.refused = append(m.refused, process{pid: pid, err: err})
		}
	}
	return m
}

// census finds out which namespaces have ended, and reads those that have come. It is false
// if it cannot be told. The tables were read before: so a mount in them is not taken for a
// later one with its number.
func (r *refresh) census(ctx context.Context) bool {
	run := r.scanner.newScan()
	run.ended = ctx.Err
	if r.walks {
		return r.walk() && run.readAll(ctx, r.come) == nil
	}
	named := map[nsctl.NSNumber]bool{}
	for i := range r.known {
		k, ns := &r.known[i], &r.last.Namespaces[i]
		if k.err != nil || len(k.mounts) == 0 {
			// One without a number is nothing but its mounts.
			k.gone = ns.NS == 0 || !r.livesIn(ns) && !heldOtherwise(&ns.NamespaceInfo)
		}
		named[ns.NS] = named[ns.NS] || !k.gone
	}
	for ns, pids := range r.members.of {
		if !named[ns] {
			f := newFound(ns)
			for _, pid := range pids {
				f.addProcess(pid)
			}
			r.come = append(r.come, f)
		}
	}
	return run.readAll(ctx, r.come) == nil && r.place(ctx, run)
}

// walk compares with the kernel's own list, on which nothing is missing.
func (r *refresh) walk() bool {
	known := make(map[nsctl.NSID]int, len(r.known))
	for i := range r.known {
		r.known[i].gone = true
		known[r.last.Namespaces[i].NSID] = i
	}
	delete(known, 0)
	err := Walk(func(file sys.NamespaceFile, id nsctl.NSID) (keep bool) {
		if i, ok := known[id]; ok {
			r.known[i].gone = false
			return false
		}
		number, err := file.Number()
		if err != nil {
			return false
		}
		f := newFound(nsctl.NSNumber(number))
		f.info.NSID, f.file = id, file
		r.come = append(r.come, f)
		return true
	})
	if err != nil {
		return false
	}
	if len(r.come) > 0 {
		r.members = readMembers()
	}
	for _, f := range r.come {
		for _, pid := range r.members.of[f.info.NS] {
			f.addProcess(pid)
		}
		if len(f.pids) == 0 { // something else keeps it alive, which a scan finds
			return false
		}
	}
	return true
}

// place finds the namespaces of the processes that may not be asked, as a scan does.
func (r *refresh) place(ctx context.Context, run *scan) bool {
	index := newMountIndex(r.come)
	for _, k := range r.known {
		if !k.gone {
			index.add(&found{table: table{ids: idsOf(k.mounts)}})
		}
	}
	first := make([]nsctl.MountID, len(r.members.refused))
	if err := r.scanner.workers.each(ctx, len(first), func(i int) {
		first[i], _ = firstMountID(r.members.refused[i].pid) // of whom it cannot be told there was a gap before
	}); err != nil {
		return false
	}
	reader := run.newReader()
	for i, id := range first {
		p := r.members.refused[i]
		f := index.namespaceOf(id)
		switch {
		case id == 0, f != nil && !slices.Contains(r.come, f):
		case f != nil:
			f.addPlaced(p.pid)
			f.info.Processes = nil
			f.readProcesses(run.identifier)
		default:
			f = newFound(0)
			f.gaps = append(f.gaps, unnamedGap(p))
			f.addProcess(p.pid)
			run.readNamespace(f, reader)
			r.come = append(r.come, f)
			index.add(f)
		}
	}
	return true
}

// complete says that all namespaces that are there were read, as far as can be told, and
// that no mount leads to others.
func (r *refresh) complete() bool {
	for i, k := range r.known {
		if !k.gone && (k.err != nil || !slices.Equal(namespaceFiles(k.mounts), namespaceFiles(r.last.Namespaces[i].Mounts))) {
			return false
		}
	}
	return !slices.ContainsFunc(r.come, func(f *found) bool { return len(namespaceFiles(f.table.mounts)) > 0 })
}

// namespaceFiles gives the roots of the mounts that keep mount namespaces alive.
func namespaceFiles(mounts []nsctl.Mount) (roots []string) {
	for i := range mounts {
		if m := &mounts[i]; m.FSType == "nsfs" && strings.HasPrefix(m.Root, "mnt:[") {
			roots = append(roots, m.Root)
		}
	}
	return roots
}

func idsOf(mounts []nsctl.Mount) []nsctl.MountID {
	ids := make([]nsctl.MountID, len(mounts))
	for i := range mounts {
		ids[i] = mounts[i].MntID
	}
	return ids
}

// livesIn says that a process is in a namespace whose number is known.
func (r *refresh) livesIn(ns *nsctl.Namespace) bool {
	return slices.ContainsFunc(r.members.of[ns.NS], func(pid int) bool {
		dir, err := sys.OpenDir(procPath(pid, 0))
		if err != nil {
			return false
		}
		defer dir.Close()
		return isIn(dir, &ns.NamespaceInfo)
	})
}

// heldOtherwise says that more than processes kept a namespace alive.
func heldOtherwise(ns *nsctl.NamespaceInfo) bool {
	return slices.ContainsFunc(ns.HeldBy, func(h nsctl.Holder) bool { return h.Kind != nsctl.HeldByProcess })
}
