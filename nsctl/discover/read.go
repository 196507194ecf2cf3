package discover

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// readNamespace reads everything about one namespace: who owns it, who is in it, whom
// it belongs to, and its table. What cannot be read becomes a gap of it.
func (s *scan) readNamespace(f *found, r *tableReader) {
	file, own, err := f.open()
	if own {
		defer file.Close()
	}
	if err != nil && (sys.Gone(err) || errors.Is(err, errReplaced)) && !f.isMounted() {
		f.ended = true
		return
	}
	if err != nil && f.info.NS != 0 {
		f.gap("owner", err, fmt.Sprintf("cannot open %v: %v", f.info.NS, err))
	}
	want := 0
	if file.File >= 0 {
		want = f.describe(file)
	}
	f.readProcesses(s.identifier)
	f.table, err = r.read(target{ns: f.info.NS, nsID: f.info.NSID, want: want, views: f.views, file: file})
	if (err != nil || len(f.info.Processes) == 0) && !f.isHeld() {
		f.ended = true
		return
	}
	if err != nil {
		f.gap("mounts", err, f.explainMounts(err))
	}
}

// isHeld reports whether anything but this scan still keeps the namespace alive.
func (f *found) isHeld() bool {
	if f.file.File >= 0 || f.info.NS == 0 {
		return true
	}
	leadsHere := func(dir, link string) bool {
		d, err := sys.OpenDir(dir)
		if err != nil {
			return false
		}
		defer d.Close()
		ns, err := readNSLink(d, link)
		return err == nil && ns == f.info.NS || sys.Refused(err)
	}
	return slices.ContainsFunc(f.info.HeldBy, func(h nsctl.Holder) bool {
		return h.Kind == nsctl.HeldByBind || h.Kind == nsctl.HeldByFD && leadsHere(path.Split(h.Path))
	}) || slices.ContainsFunc(f.views, func(v view) bool { return leadsHere(v.path(), "ns/mnt") })
}

// isMounted reports whether the namespace's file is known to be mounted somewhere.
func (f *found) isMounted() bool {
	return slices.ContainsFunc(f.info.HeldBy, func(h nsctl.Holder) bool { return h.Kind == nsctl.HeldByBind })
}

// describe asks the namespace's file for its id and owner. It gives the number of its
// mounts, or 0 if the kernel does not tell.
func (f *found) describe(file sys.NamespaceFile) (mounts int) {
	if info, err := file.MountNSInfo(); err == nil { // older kernels have only the next, or none
		f.info.NSID, mounts = nsctl.NSID(info.ID), int(info.Mounts)
	} else if id, err := file.MountNSID(); err == nil {
		f.info.NSID = nsctl.NSID(id)
	}
	f.describeOwner(file)
	return mounts
}

func (f *found) describeOwner(file sys.NamespaceFile) {
	owner, err := file.Owner()
	if err != nil {
		if sys.Refused(err) {
			f.gap("owner", err, fmt.Sprintf("%v belongs to a user namespace that is not below this one", f.info.NS))
		} else {
			f.gap("owner", err, fmt.Sprintf("cannot ask for the owner of %v: %v", f.info.NS, err))
		}
		return
	}
	defer owner.Close()
	if number, err := owner.Number(); err == nil {
		f.info.OwnerUserNS = nsctl.UserNSNumber(number)
	}
	if uid, err := owner.OwnerUID(); err == nil {
		f.info.OwnerUID = &uid
	}
}

// readProcesses reads the first processes, and names the namespace after them.
func (f *found) readProcesses(id identifier) {
	f.pids = slices.Compact(f.pids) // a process may have several threads here
	f.info.ProcessCount = len(f.pids)
	var lead *first
	for _, pid := range f.pids {
		if len(f.info.Processes) == nsctl.MaxProcesses {
			break
		}
		p, ok := readFirst(pid, lead == nil)
		if !ok {
			f.info.ProcessCount--
			continue
		}
		if lead == nil {
			lead = &p
		}
		f.info.Processes = append(f.info.Processes, p.Process)
	}
	if lead != nil {
		o := id.identify(*lead)
		if name := sandboxName(f.info.Processes); name != "" {
			o = owner{kind: nsctl.KindSandbox, name: name}
		}
		f.info.Kind, f.info.Name, f.info.Container = o.kind, o.name, o.container
		return
	}
	f.info.Kind = nsctl.KindOther
	for _, h := range f.info.HeldBy {
		if p, ok := readFirst(h.PID, false); ok && h.Kind == nsctl.HeldByFD {
			f.info.Name = "held by " + p.Comm
			return
		}
	}
}

// nameAfterBind names a namespace that no process is in after the place where its
// file is mounted. snapd keeps the namespace of each snap so.
func (f *found) nameAfterBind(mountpoint string) {
	if len(f.pids) > 0 || f.info.Name != "" {
		return
	}
	f.info.Name = mountpoint
	if snap, ok := strings.CutPrefix(mountpoint, "/run/snapd/ns/"); ok && strings.HasSuffix(snap, ".mnt") {
		f.info.Kind = nsctl.KindService
		f.info.Name = "snap " + strings.TrimSuffix(snap, ".mnt")
	}
}

// namespace gives what was read in the form of a snapshot.
func (f *found) namespace() nsctl.Namespace {
	mounts := f.table.mounts
	if mounts == nil {
		mounts = []nsctl.Mount{}
	}
	return nsctl.Namespace{NamespaceInfo: f.info, Mounts: mounts}
}

// readFirst reads a process; with lead also what only the first is asked for.
func readFirst(pid int, lead bool) (p first, ok bool) {
	dir, err := sys.OpenDir(procPath(pid, 0))
	if err != nil {
		return first{}, false
	}
	defer dir.Close()
	var room [1024]byte
	comm, err := dir.ReadFile("comm", room[:0])
	if err != nil {
		return first{}, false
	}
	p.PID = pid
	p.Comm = strings.TrimSuffix(string(comm), "\n")
	if cgroup, err := dir.ReadFile("cgroup", room[:0]); err == nil {
		p.cgroups = cgroupPaths(string(cgroup))
		if len(p.cgroups) > 0 {
			p.Cgroup = p.cgroups[0]
		}
	}
	if lead {
		p.root, _ = dir.FileID("root") // unknown, as no other file is, where it may not be asked
	}
	return p, true
}

func (f *found) explainMounts(err error) string {
	who := f.info.NS.String()
	if len(f.views) > 0 {
		who += fmt.Sprintf(" (pid %d)", f.views[0].pid)
	}
	switch {
	case errors.Is(err, errChanging):
		return fmt.Sprintf("the mounts of %s may be a mixture of several moments: they changed during each of %d attempts to read them", who, maxAttempts)
	case errors.Is(err, errPartial):
		return fmt.Sprintf("of the mounts of %s only those below a chroot can be seen: entering it takes CAP_SYS_ADMIN", who)
	case sys.Refused(err):
		return fmt.Sprintf("the mounts of %s may not be read: it takes root, or the user who made it", who)
	}
	return fmt.Sprintf("the mounts of %s cannot be read: %v", who, err)
}

func (f *found) gap(what string, err error, message string) {
	g := nsctl.Gap{NS: f.info.NS, What: what, Error: sys.ErrnoName(err), Message: message}
	if len(f.views) > 0 {
		g.PID = f.views[0].pid
	}
	f.gaps = append(f.gaps, g)
}
