package predict_test

import (
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// step is an operation of a random sequence, and the namespace it is done in.
type step struct {
	ns string
	op nsctl.Op
	// makes is the name of the namespace that an unshare makes.
	makes string
}

// do does an operation for real, and gives the name of the error number.
func (b *bareScene) do(t *testing.T, ns int, op nsctl.Op) string {
	t.Helper()
	n := b.spaces[ns].NS
	switch op.Kind {
	case nsctl.OpUnshare:
		return b.unshare(t, ns, op)
	case nsctl.OpRejoin:
		from, to := b.spaces[b.find(op.ToNS)], b.spaces[ns]
		// It takes somebody who reaches both, and is root over the owners of both.
		err := b.host.Do(nstest.MoveMount(from.Path(op.To), to.Path(op.Target), sys.MoveMountSetGroup))
		if err == nil && op.Slave {
			err = n.Do(nstest.Make("slave", op.Target))
		}
		return errnoName(t, err)
	}
	errno := errnoName(t, n.Do(callOf(op)))
	if errno == "" && op.Kind == nsctl.OpMount && !op.Beneath && (op.FSType == "tmpfs" || op.FSType == "ramfs") {
		_ = n.Do(populate(op.Target)...) // fails if it is read-only, or at "/", which leads below it
	}
	return errno
}

// callOf gives the system call that the commands make for an operation.
func callOf(op nsctl.Op) nstest.Op {
	recursive := uint64(0)
	prefix := ""
	if op.Recursive {
		recursive, prefix = sys.MountRecursive, "r"
	}
	switch {
	case op.Kind == nsctl.OpMount && op.Beneath:
		return nstest.NewMountBeneath(op.FSType, op.Target, "source="+op.Source)
	case op.Kind == nsctl.OpMount:
		flags, data := mountFlags(op.Options)
		return nstest.Mount(op.Source, op.Target, op.FSType, flags, data)
	case op.Kind == nsctl.OpBind && op.Beneath:
		return nstest.BindBeneath(op.Source, op.Target, op.Recursive)
	case op.Kind == nsctl.OpBind:
		return nstest.Mount(op.Source, op.Target, "", sys.MountBind|recursive, "")
	case op.Kind == nsctl.OpMove && op.Beneath:
		return nstest.MoveMount(op.Source, op.Target, sys.MoveMountBeneath)
	case op.Kind == nsctl.OpMove:
		return nstest.Move(op.Source, op.Target)
	case op.Kind == nsctl.OpMake:
		return nstest.Make(prefix+op.Type.String(), op.Target)
	case op.Kind == nsctl.OpUmount && op.Lazy:
		return nstest.Detach(op.Target)
	case op.Kind == nsctl.OpUmount:
		return nstest.Umount(op.Target)
	}
	return nstest.Pivot(op.Source, op.Target)
}

// mountFlags splits -o as mount(8) does.
func mountFlags(options string) (flags uint64, data string) {
	var rest []string
	for o := range strings.SplitSeq(options, ",") {
		switch o {
		case "ro":
			flags |= sys.MountReadOnly
		case "nosuid":
			flags |= sys.MountNoSUID
		case "nodev":
			flags |= sys.MountNoDev
		case "noexec":
			flags |= sys.MountNoExec
		case "noatime":
			flags |= syscall.MS_NOATIME
		default:
			rest = append(rest, o)
		}
	}
	return flags, strings.Join(rest, ",")
}

// unshare makes a namespace: a thread in the same user namespace keeps even a covered
// root; a process is root of a new one.
func (b *bareScene) unshare(t *testing.T, ns int, op nsctl.Op) string {
	t.Helper()
	n := b.spaces[ns].NS
	var fresh *nstest.NS
	if op.User {
		var err error
		if fresh, err = n.TryClone(t, nstest.User()); err != nil {
			return errnoName(t, err)
		}
	} else {
		fresh = n.Thread(t)
	}
	b.add(t, fresh, ns)
	if op.Then == nsctl.ThenUnchanged {
		return ""
	}
	return errnoName(t, fresh.Do(nstest.Make("r"+op.Then.String(), "/")))
}
