package discover

import (
	"errors"
	"fmt"

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
	file  sys.NamespaceFile // its file, open; -1 if it may not be opened
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
	counting bool       // only count, and look for mounts of namespace files
	nsID     nsctl.NSID // whose ids are put to what is read from mountinfo; 0 for none
	buf      []byte
	unique   []uint64        // ids
	stat     statmountReader // with why to end
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
	if r.nsID = t.nsID; r.counting {
		r.nsID = 0
	}
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
