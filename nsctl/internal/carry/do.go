package carry

import (
	"errors"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// work is a job that is being done.
type work struct {
	Job
	proc   sys.Dir // of where it was started: inside there may be none
	held   Held
	report Report
	group  *opened // the other mount of a rejoin, or what is bound from another namespace
	tree   sys.Dir // a copy of that
}

// fromElsewhere says that what is bound is in another namespace.
func (j *Job) fromElsewhere() bool { return j.Op.Kind == nsctl.OpBind && j.Op.FromNS != "" }

// elsewhere is done on the thread that is in the other namespace.
func (w *work) elsewhere() (err error) {
	if !w.fromElsewhere() {
		if w.group, err = w.open(w.Op.To, w.Expect.To); err == nil {
			w.report.Places.To = &w.group.is
		}
		return err
	}
	if w.group, err = w.open(w.Op.Source, w.Expect.Source); err != nil {
		return err
	}
	w.report.Places.Source = &w.group.is
	if w.OnlyLook {
		return nil
	}
	w.tree, err = w.copyOf(w.group)
	return err
}

func (w *work) closeElsewhere() {
	if w.group != nil {
		w.group.Close()
	}
	if w.tree >= 0 {
		w.tree.Close()
	}
}

// Do does a job, or only looks, on a thread of this process.
func (j Job) Do() Report {
	w := &work{Job: j, held: Nothing(), tree: -1}
	proc, err := sys.OpenDir("/proc")
	if err != nil {
		w.report.Failure = failed("", err)
		return w.report
	}
	defer proc.Close()
	w.proc = proc
	if j.Locks == nil && (j.Op.Kind == nsctl.OpRejoin || j.fromElsewhere()) {
		entered, err := j.To.run(w.elsewhere)
		defer w.closeElsewhere()
		if err != nil {
			w.report.Entered, w.report.Failure = entered, failed(j.Op.To+j.Op.Source, err)
			return w.report
		}
	}
	entered, err := j.In.run(w.inside)
	w.report.Entered = entered
	if err != nil {
		w.report.Failure = failed(j.Op.Target, err)
	}
	return w.report
}

// inside is done on the thread that is inside.
func (w *work) inside() error {
	switch {
	case w.Locks != nil:
		w.askLocks()
		return nil
	case w.List != nil:
		return w.list()
	}
	op := &w.Op
	var source, target *opened
	var err error
	switch {
	case w.tree >= 0, w.fromElsewhere(): // it is open already
	case op.Kind == nsctl.OpBind, op.Kind == nsctl.OpMove, op.Kind == nsctl.OpPivotRoot:
		if source, err = w.openOr(w.held.Source, op.Source, w.Expect.Source); err != nil {
			return err
		}
		defer source.Close()
		w.report.Places.Source = &source.is
	}
	if target, err = w.openOr(w.held.Target, op.Target, w.Expect.Target); err != nil {
		return err
	}
	w.report.Places.Target = &target.is
	if op.Kind == nsctl.OpUmount && !w.OnlyLook {
		target.Close() // else it would be what keeps the mount busy
		return w.umountPatiently(&target.is)
	}
	defer target.Close()
	if w.OnlyLook {
		return nil
	}
	switch op.Kind {
	case nsctl.OpMake:
		return w.makeType(target, op.Type, op.Recursive)
	case nsctl.OpBind:
		return w.bind(source, target)
	case nsctl.OpMove:
		return source.Dir().MoveMount("", target.Dir(), "", w.beneath())
	case nsctl.OpMount:
		return w.mount(target)
	case nsctl.OpPivotRoot:
		return w.pivot(source, target)
	case nsctl.OpRejoin:
		return w.rejoin(target)
	}
	return errors.ErrUnsupported
}

func (w *work) askLocks() {
	for _, q := range w.Locks {
		state := nsctl.LockUnknown
		if at, err := w.open(q.Path, nil); err == nil {
			at.Close()
			if at.is.Mount == q.Mount && at.is.MountRoot {
				switch locked, err := sys.MountLocked(q.Path); {
				case err != nil: // it cannot be told
				case locked:
					state = nsctl.Locked
				default:
					state = nsctl.Unlocked
				}
			}
		}
		w.report.Locks = append(w.report.Locks, state)
	}
}

func (w *work) beneath() int {
	if w.Op.Beneath {
		return sys.MoveMountBeneath
	}
	return 0
}

// makeType changes a mount, or a whole tree, with one call.
func (w *work) makeType(at *opened, to nsctl.PropagationType, recursive bool) error {
	flags := map[nsctl.PropagationType]uint64{
		nsctl.Shared: sys.MountShared, nsctl.Slave: sys.MountSlave, nsctl.Private: sys.MountPrivate, nsctl.Unbindable: sys.MountUnbindable,
	}[to]
	if !w.Classic {
		err := at.Dir().SetMountAttributes("", sys.MountAttributes{Propagation: flags}, recursive)
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	if recursive {
		flags |= sys.MountRecursive
	}
	if err := w.proc.Enter(); err != nil {
		return err
	}
	return sys.Mount("none", linkTo(at), "", uintptr(flags), "")
}

// linkTo gives a path of a descriptor, from an open /proc. It works also where no /proc is
// mounted, or another one.
func linkTo(at *opened) string { return "thread-self/fd/" + strconv.Itoa(int(at.Place)) }

func (w *work) bind(source, target *opened) error {
	tree := w.tree
	if tree < 0 {
		var err error
		if tree, err = w.copyOf(source); err != nil {
			return err
		}
		defer tree.Close()
	}
	return tree.MoveMount("", target.Dir(), "", w.beneath())
}

// copyOf makes a copy of a mount, or of a tree, that is in no namespace yet.
func (w *work) copyOf(source *opened) (sys.Dir, error) {
	flags := uint(sys.OpenTreeClone)
	if w.Op.Recursive {
		flags |= sys.OpenTreeRecursive
	}
	return source.Dir().OpenTree("", flags)
}

// umountPatiently tries again what is busy. Who only looks, as a program that lists what is
// open, keeps a mount busy for a moment; so does a new child of this process between
// fork(2) and execve(2), which has copies of all descriptors.
func (w *work) umountPatiently(is *Place) error {
	for pause := time.Millisecond; ; pause *= 2 {
		err := w.umount(is)
		if !errors.Is(err, syscall.EBUSY) || pause > longestPause {
			return err
		}
		time.Sleep(pause) //nolint:forbidigo // the end of such a use is told by nothing
	}
}

// longestPause is the last of those that add up to less than a tenth of a second.
const longestPause = 32 * time.Millisecond

// umount unmounts what a path leads to. umount2(2) takes no descriptor, and whatever
// holds the mount open would keep it busy. So the directory that it is mounted in is
// opened, and the one name in it looked at again immediately before.
func (w *work) umount(is *Place) error {
	flags := sys.UnmountNoFollow
	if w.Op.Lazy {
		flags |= sys.UnmountDetach
	}
	if is.Path == "/" { // of it, too, the topmost goes
		return sys.Unmount("/", flags)
	}
	if !strings.HasPrefix(is.Path, "/") {
		return changed(w.Op.Target, "is not below the root of the namespace")
	}
	dir, base := path.Split(is.Path)
	above, err := sys.OpenPlainly(dir)
	if err != nil {
		return err
	}
	defer above.Close()
	again, err := above.OpenBelow(base)
	if err != nil {
		return err
	}
	o := &opened{Place: again}
	if o.is, err = w.describe(again); err == nil {
		err = o.compare(w.Op.Target, is)
	}
	again.Close()
	if err != nil {
		return err
	}
	if err := above.Dir().Enter(); err != nil {
		return err
	}
	return sys.Unmount(base, flags)
}

func (w *work) pivot(newRoot, putOld *opened) error {
	if err := w.proc.Enter(); err != nil {
		return err
	}
	return sys.PivotRoot(linkTo(newRoot), linkTo(putOld))
}

func (w *work) rejoin(target *opened) error {
	if err := w.group.Dir().MoveMount("", target.Dir(), "", sys.MoveMountSetGroup); err != nil || !w.Op.Slave {
		return err
	}
	if err := w.makeType(target, nsctl.Slave, false); err != nil {
		f := failed(w.Op.Target, err)
		f.Half = true
		return f
	}
	return nil
}
