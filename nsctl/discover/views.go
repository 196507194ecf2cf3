package discover

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

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
			result, err := r.parse()
			r.identify(result.mounts)
			return result, err
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
	start := sys.ThreadCPU()
	err = r.readToEnd(file, func() error {
		if mayGiveUp && bytes.Contains(r.buf, []byte(" master:")) && r.costs.tooSlow(sys.ThreadCPU()-start, countLines(r.buf)) {
			r.costs.setSlow(true)
			return errSlow
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	return r.changedSince(file)
}

// changedSince reads the unique ids of the mounts as well, and then says whether any was
// attached or detached since the table was opened: if not, table and ids are of one moment.
func (r *tableReader) changedSince(file sys.File) (bool, error) {
	r.unique = r.unique[:0]
	if r.nsID != 0 {
		r.unique, _ = sys.ListMounts(uint64(r.nsID), r.unique) // there are none where this may not be asked
	}
	return file.MountsChanged()
}

// identify puts the 64-bit ids to mounts that were read from mountinfo. Both that and
// listmount(2) go through the namespace's tree of mounts in the order of these ids (Linux
// 6.8), so the lists match one to one, unless who was asked sees a part of the mounts.
// Numbers of mounts would not tell: the kernel uses them again at once.
func (r *tableReader) identify(mounts []nsctl.Mount) {
	if len(mounts) != len(r.unique) {
		return
	}
	for i := range mounts {
		mounts[i].ID = nsctl.UniqueID(r.unique[i])
	}
}

// readToEnd reads a file into r.buf, page by page, unless check has an error.
func (r *tableReader) readToEnd(file sys.File, check func() error) error {
	r.buf = r.buf[:0]
	for {
		r.buf = slices.Grow(r.buf, 8<<10)
		n, err := file.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		switch {
		case n == 0 && errors.Is(err, io.EOF):
			return nil
		case n == 0 && err != nil:
			return err
		}
		if err := cmp.Or(goOn(r.stat.ended), check()); err != nil {
			return err
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
