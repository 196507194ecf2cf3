package predict_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/graph"
	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

// scene is real namespaces that operations are done in, the first of which is the host of
// the others.
type scene struct {
	names  []string
	spaces map[string]*nstest.NS
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return &scene{[]string{"host"}, map[string]*nstest.NS{"host": nstest.Host(t)}}
}

// do does an operation for real, and gives the name of the error number.
func (h *scene) do(t *testing.T, name, made string, op nsctl.Op) string {
	t.Helper()
	ns := h.spaces[name]
	recursive := uint64(0)
	if op.Recursive {
		recursive = sys.MountRecursive
	}
	var steps []nstest.Op
	switch op.Kind {
	case nsctl.OpMount:
		steps = []nstest.Op{nstest.Mount(op.Source, op.Target, op.FSType, 0, "")}
		if op.Beneath {
			steps = []nstest.Op{nstest.NewMountBeneath(op.FSType, op.Target)}
		}
	case nsctl.OpBind:
		steps = []nstest.Op{nstest.Mount(op.Source, op.Target, "", sys.MountBind|recursive, "")}
		if op.Beneath {
			steps = []nstest.Op{nstest.BindBeneath(op.Source, op.Target, op.Recursive)}
		}
	case nsctl.OpMove:
		steps = []nstest.Op{nstest.Move(op.Source, op.Target)}
		if op.Beneath {
			steps = []nstest.Op{nstest.MoveMount(op.Source, op.Target, sys.MoveMountBeneath)}
		}
	case nsctl.OpMake:
		how := op.Type.String()
		if op.Recursive {
			how = "r" + how
		}
		steps = []nstest.Op{nstest.Make(how, op.Target)}
	case nsctl.OpUmount:
		steps = []nstest.Op{nstest.Umount(op.Target)}
		if op.Lazy {
			steps = []nstest.Op{nstest.Detach(op.Target)}
		}
	case nsctl.OpPivotRoot:
		steps = []nstest.Op{nstest.Pivot(op.Source, op.Target)}
	case nsctl.OpRejoin:
		from := h.spaces[op.ToNS]
		if from == nil {
			return "ENOENT"
		}
		err := h.spaces["host"].Do(nstest.MoveMount(from.Path(op.To), ns.Path(op.Target), sys.MoveMountSetGroup))
		if err != nil || !op.Slave {
			return errnoName(t, err)
		}
		steps = []nstest.Op{nstest.Make("slave", op.Target)}
	case nsctl.OpUnshare:
		var options []nstest.Option
		if op.User {
			options = append(options, nstest.User())
		}
		if op.Then != nsctl.ThenUnchanged {
			options = append(options, nstest.Propagation("r"+op.Then.String()))
		}
		h.names = append(h.names, made)
		h.spaces[made] = ns.Clone(t, options...)
	}
	return errnoName(t, ns.Do(steps...))
}

func errnoName(t *testing.T, err error) string {
	t.Helper()
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return sys.ErrnoName(errno)
	case err != nil:
		t.Fatal(err)
	}
	return ""
}

// snapshot reads every namespace, with its owner.
func (h *scene) snapshot(t *testing.T) *nsctl.Snapshot {
	t.Helper()
	s := &nsctl.Snapshot{Host: nsctl.Host{Kernel: kernelRelease(t)}}
	for _, name := range h.names {
		n := nsctl.Namespace{Mounts: h.spaces[name].Mounts(t)}
		n.NS, n.Name = h.spaces[name].NS(), name
		n.OwnerUserNS = ownerOf(t, h.spaces[name])
		for i, by := range graph.HiddenBy(n.Mounts) {
			n.Mounts[i].HiddenBy = by
		}
		s.Namespaces = append(s.Namespaces, n)
	}
	return s
}

// askLocks fills in which mounts are locked, of those below Scratch that can be reached.
func (h *scene) askLocks(t *testing.T, s *nsctl.Snapshot) {
	t.Helper()
	for i, name := range h.names {
		for j := range s.Namespaces[i].Mounts {
			if m := &s.Namespaces[i].Mounts[j]; m.HiddenBy == 0 && strings.HasPrefix(m.Mountpoint, nstest.Scratch+"/") {
				m.Locked = lockState(t, h.spaces[name], m)
			}
		}
	}
}

// lockState asks the kernel whether a mount is locked, and changes nothing: umount2 with
// MNT_EXPIRE looks at the lock first, and then gives up because the mount is in use
// (can_umount and do_umount in fs/namespace.c). The path must lead to the mount from the
// agent's root, else nothing is known.
func lockState(t *testing.T, ns *nstest.NS, m *nsctl.Mount) nsctl.LockState {
	t.Helper()
	fd, id, err := openMount(ns.Path(m.Mountpoint))
	if err != nil {
		return nsctl.LockUnknown
	}
	defer syscall.Close(fd)
	if id != m.MntID {
		return nsctl.LockUnknown
	}
	switch errno := errnoName(t, ns.Do(nstest.Op{Call: "umount", Args: []string{m.Mountpoint}, Flags: sys.UnmountExpire})); errno {
	case "EINVAL":
		return nsctl.Locked
	case "EBUSY":
		return nsctl.Unlocked
	default:
		t.Fatalf("asking whether %s is locked: %s", m.Mountpoint, errno)
		return nsctl.LockUnknown
	}
}

// openMount opens what a path leads to, and gives the number of the mount that it is on.
func openMount(path string) (fd int, id nsctl.MountID, err error) {
	const oPath = 0o10000000 // O_PATH in open(2)
	fd, err = syscall.Open(path, oPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, 0, fmt.Errorf("%s: %w", path, err)
	}
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	if err == nil {
		_, text, _ := strings.Cut(string(info), "mnt_id:\t")
		_, err = fmt.Sscan(text, &id)
	}
	return fd, id, err
}

func kernelRelease(t *testing.T) string {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(release))
}

// ownerOf gives the user namespace that an agent made its mount namespace in.
func ownerOf(t *testing.T, ns *nstest.NS) nsctl.UserNSNumber {
	t.Helper()
	link, err := os.Readlink(ns.Proc("ns/user"))
	var owner nsctl.UserNSNumber
	if err == nil {
		_, err = fmt.Sscanf(link, "user:[%d]", &owner)
	}
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

func (h *scene) look(ns int, path string) nsctl.Seen {
	info, err := os.Stat(h.spaces[h.names[ns]].Path(path))
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return nsctl.Seen{Errno: sys.ErrnoName(errno)}
	case info.IsDir():
		return nsctl.Seen{Path: path, Kind: nsctl.Directory}
	}
	return nsctl.Seen{Path: path, Kind: nsctl.NotDirectory}
}
