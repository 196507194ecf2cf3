package discover

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nsthread"
	"mntscope/nsctl/internal/sys"
)

// table is the mounts of one namespace at one moment.
type table struct {
	// mounts has all mounts, or, where they are only counted, those of mount
	// namespace files, which keep other namespaces alive.
	mounts []nsctl.Mount
	// ids has the id of every mount.
	ids []nsctl.MountID
	// fromMountinfo says that propagate_from is the kernel's own.
	fromMountinfo bool
}

// view is a process or thread through whose mountinfo a namespace can be read.
type view struct{ pid, tid int }

func (v view) path() string { return procPath(v.pid, v.tid) }

// target is a namespace whose table is wanted, and the ways to it.
type target struct {
	ns   nsctl.NSNumber // 0 if unknown
	nsID nsctl.NSID     // 0 if unknown
	want int            // how many mounts the kernel counted in it; 0 if unknown
	// views are the processes in it. Their mountinfo shows what is below their root:
	// all of it, unless they are in a chroot.
	views []view
	file  sys.NamespaceFile // its file, if it must be kept open because nothing else leads there; else -1
}

// wanted gives how many mounts a table must have to be whole. Where that is more than
// have been read, some may have gone since they were counted: they are counted again.
func (t target) wanted(have int) int {
	if have < t.want {
		if info, err := t.file.MountNSInfo(); err == nil {
			return int(info.Mounts)
		}
	}
	return t.want
}

// tableReader reads the tables of namespaces. Its buffers are used again and again; it
// serves one thread.
type tableReader struct {
	features *features
	costs    *costs
	counting bool // only count, and look for mounts of namespace files
	buf      []byte
	stat     statmountReader
}

// maxAttempts is how often a table that changes while being read is read again. A table of
// a hundred mounts takes 0.2 ms.
const maxAttempts = 64

var (
	errChanging = fmt.Errorf("the mounts changed during each of %d attempts to read them", maxAttempts)
	errPartial  = errors.New("only processes in a chroot can be asked, which see a part of the mounts")
	errSlow     = errors.New("reading this table from mountinfo takes too long")
	errMoved    = errors.New("the process has gone to another mount namespace")
	errNoWay    = errors.New("no process in it, and no permission to enter it")
)

// read gives the whole table of a namespace. An error with a table that is not
// empty says why the table may not be whole.
func (r *tableReader) read(t target) (table, error) {
	canStat := t.nsID != 0 && r.features.statmount
	if canStat && !r.features.mountinfo {
		return r.byStatmount(t)
	}
	expectSlow := canStat && r.costs.slow() && r.mostlySlaves(t.nsID)
	if expectSlow && !r.costs.tryAgain() {
		if result, err := r.byStatmount(t); err == nil {
			return result, nil
		}
	}
	result, err := r.byMountinfo(t, canStat)
	if err == nil || errors.Is(err, errChanging) {
		if expectSlow {
			r.costs.setSlow(false)
		}
		return result, err
	}
	if canStat {
		if whole, statErr := r.byStatmount(t); statErr == nil || len(t.views) == 0 {
			return whole, statErr
		}
		if errors.Is(err, errSlow) { // then slowly
			result, err = r.byMountinfo(t, false)
			if err == nil {
				return result, nil
			}
		}
	}
	if t.file.File >= 0 {
		if whole, enterErr := r.byEntering(t.file); enterErr == nil {
			return whole, nil
		}
	}
	return result, err
}

// byMountinfo reads the table through the processes in the namespace, one after
// the other until one sees all of it.
func (r *tableReader) byMountinfo(t target, mayGiveUp bool) (table, error) {
	best, bestErr := table{}, errNoWay
	for i, v := range t.views {
		// After the first, ask only processes whose root is that of the
		// namespace, as far as can be told, but these all.
		if i > 0 && inChroot(v) {
			continue
		}
		result, err := r.throughView(t.ns, v, mayGiveUp)
		switch {
		case err != nil && sys.Gone(err), errors.Is(err, errMoved):
			continue // the next one
		case errors.Is(err, errSlow), errors.Is(err, errChanging):
			return result, err
		case err != nil:
			if len(best.ids) == 0 {
				bestErr = err
			}
			continue
		}
		if len(result.ids) >= t.wanted(len(result.ids)) && (t.want > 0 || !inChroot(v)) {
			return result, nil
		}
		if len(result.ids) >= len(best.ids) {
			best, bestErr = result, errPartial
		}
	}
	return best, bestErr
}

// inChroot reports whether a process is known to have another root than its
// namespace, by its name. That does not tell everything: the kernel's count of the
// mounts does, where there is one.
func inChroot(v view) bool {
	dir, err := sys.OpenDir(v.path())
	if err != nil {
		return false
	}
	defer dir.Close()
	root, err := dir.Readlink("root")
	return err == nil && root != "/"
}

// throughView reads the mountinfo of a process, if it is still in the namespace ns.
func (r *tableReader) throughView(ns nsctl.NSNumber, v view, mayGiveUp bool) (table, error) {
	dir, err := sys.OpenDir(v.path())
	if err != nil {
		return table{}, err
	}
	defer dir.Close()
	return r.fromFile(func() (sys.File, error) {
		file, err := dir.Open("mountinfo")
		if err != nil {
			return -1, err
		}
		// From here on, file shows the namespace that the process was in just now.
		now, err := readNSLink(dir, "ns/mnt")
		if ns != 0 && now != ns && !sys.Refused(err) {
			file.Close()
			return -1, errMoved
		}
		return file, nil
	}, mayGiveUp)
}

// fromFile reads a mountinfo file until it did not change meanwhile.
func (r *tableReader) fromFile(open func() (sys.File, error), mayGiveUp bool) (table, error) {
	for range maxAttempts {
		changed, err := r.readRaw(open, mayGiveUp)
		if err != nil {
			return table{}, err
		}
		if !changed {
			return r.parse()
		}
	}
	result, err := r.parse()
	return result, cmp.Or(err, errChanging)
}

// readRaw reads a mountinfo file into r.buf. The kernel gives out a page at a time,
// each of which is consistent in itself; changed reports whether a mount was attached
// or detached between the first and the last.
func (r *tableReader) readRaw(open func() (sys.File, error), mayGiveUp bool) (changed bool, err error) {
	file, err := open()
	if err != nil {
		return false, err
	}
	defer file.Close()
	r.buf = r.buf[:0]
	start := sys.ThreadCPU()
	for {
		r.buf = slices.Grow(r.buf, 8<<10)
		n, err := file.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				return file.MountsChanged()
			}
			return false, err
		}
		if mayGiveUp && bytes.Contains(r.buf, []byte(" master:")) && r.costs.tooSlow(sys.ThreadCPU()-start, countLines(r.buf)) {
			r.costs.setSlow(true)
			return false, errSlow
		}
	}
}

func (r *tableReader) parse() (table, error) {
	if r.counting {
		mounts, err := parseMountinfo(nsfsLines(r.buf))
		return table{mounts: mounts, ids: mountIDs(r.buf), fromMountinfo: true}, err
	}
	mounts, err := parseMountinfo(r.buf)
	if err != nil {
		return table{}, err
	}
	ids := make([]nsctl.MountID, len(mounts))
	for i := range mounts {
		ids[i] = mounts[i].MntID
	}
	return table{mounts: mounts, ids: ids, fromMountinfo: true}, nil
}

func countLines(raw []byte) int { return bytes.Count(raw, []byte{'\n'}) }

// mountIDs gives the first field of every line.
func mountIDs(raw []byte) []nsctl.MountID {
	ids := make([]nsctl.MountID, 0, countLines(raw))
	for len(raw) > 0 {
		id := nsctl.MountID(0)
		for i := 0; i < len(raw) && raw[i] >= '0' && raw[i] <= '9'; i++ {
			id = id*10 + nsctl.MountID(raw[i]-'0')
		}
		ids = append(ids, id)
		raw = raw[bytes.IndexByte(raw, '\n')+1:]
	}
	return ids
}

// nsfsLines gives the lines of a mountinfo table that may be mounts of namespace files.
func nsfsLines(raw []byte) (lines []byte) {
	mark := []byte(" - nsfs ")
	for {
		at := bytes.Index(raw, mark)
		if at < 0 {
			return lines
		}
		start := bytes.LastIndexByte(raw[:at], '\n') + 1
		end := at + bytes.IndexByte(raw[at:], '\n') + 1
		lines = append(lines, raw[start:end]...)
		raw = raw[end:]
	}
}

// byStatmount reads the table with statmount(2), until no mount came or went
// meanwhile. A process in the namespace also tells of moves; without one, the table
// is read twice.
func (r *tableReader) byStatmount(t target) (table, error) {
	start := sys.ThreadCPU()
	guard := openGuard(t.views)
	if guard >= 0 {
		defer guard.Close()
	}
	var last table
	for attempt := range maxAttempts {
		result, changed, err := r.stat.read(t.nsID, r.counting)
		if err != nil {
			return table{}, err
		}
		if attempt == 0 {
			r.costs.addStatmount(sys.ThreadCPU()-start, len(result.ids))
		}
		if guard >= 0 {
			moved, err := guard.MountsChanged()
			changed = changed || moved || err != nil
		} else {
			changed = changed || attempt == 0 || !slices.Equal(result.mounts, last.mounts)
		}
		if !changed {
			if len(result.ids) < t.wanted(len(result.ids)) {
				return result, errPartial // the caller's own namespace, in a chroot
			}
			return result, nil
		}
		last = result
	}
	return last, errChanging
}

// openGuard opens a mountinfo file that tells when the namespace changes; -1 if none can be.
func openGuard(views []view) sys.File {
	for _, v := range views[:min(len(views), 3)] {
		if f, err := sys.Open(v.path() + "/mountinfo"); err == nil {
			return f
		}
	}
	return -1
}

// byEntering reads the table on a thread that enters the namespace: the way to
// namespaces without a process, or with processes in a chroot only, on kernels
// before 6.11. What "/" had mounted on it since cannot be seen past.
func (r *tableReader) byEntering(file sys.NamespaceFile) (result table, err error) {
	proc, err := sys.OpenDir("/proc") // inside there may be none
	if err != nil {
		return table{}, err
	}
	defer proc.Close()
	err = nsthread.In(file, func() error {
		result, err = r.fromFile(func() (sys.File, error) { return proc.Open("thread-self/mountinfo") }, false)
		return err
	})
	return result, err
}
