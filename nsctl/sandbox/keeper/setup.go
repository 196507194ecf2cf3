package keeper

import (
	"errors"
	"fmt"
	"net"
	"os"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/carry"
	"mntscope/nsctl/internal/sys"
)

// prepare makes of the new process a keeper.
func (k *keeper) prepare() error {
	if err := k.getMap(); err != nil {
		return err
	}
	if err := sys.AdoptOrphans(); err != nil {
		return err
	}
	if !k.setup.Inside {
		if err := ownProc(); err != nil {
			return err
		}
	}
	// The name of its first thread, on which this need not be running, is the process's: it is
	// known for a sandbox by that.
	if err := sys.CurrentDir.WriteFile("self/comm", Name); err != nil {
		return err
	}
	if err := k.tree.init(k.setup.Root); err != nil {
		return err
	}
	if k.setup.Become {
		if err := sys.BecomeRoot(); err != nil {
			return err
		}
		if err := sys.SetDumpable(); err != nil {
			return err
		}
	}
	if err := k.setPropagation(); err != nil {
		return err
	}
	var err error
	if k.owner, err = uidOf(k.control); err != nil {
		return err
	}
	socket := os.NewFile(fdSocket, "socket")
	defer socket.Close()
	listener, err := net.FileListener(socket)
	if err != nil {
		return err
	}
	k.listener = listener.(*net.UnixListener)
	return nil
}

// getMap waits for the map of the user namespace, or writes it.
func (k *keeper) getMap() error {
	switch {
	case k.setup.AwaitMap:
		var c Control
		if _, err := k.control.Receive(&c); err != nil || !c.Mapped {
			return errors.Join(errors.New("no map for the user namespace came"), err)
		}
	case k.setup.WriteMap != nil:
		proc := "/proc/"
		if k.setup.Inside {
			proc = ""
		}
		for _, file := range []struct{ name, text string }{
			{"setgroups", "deny"},
			{"uid_map", fmt.Sprintf("0 %d 1", k.setup.WriteMap.UID)},
			{"gid_map", fmt.Sprintf("0 %d 1", k.setup.WriteMap.GID)},
		} {
			if err := sys.CurrentDir.WriteFile(proc+"self/"+file.name, file.text); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownProc makes a private copy of /proc the working directory. Where the kernel makes none,
// /proc itself has to do, and is busy for umount(2) then.
func ownProc() error {
	proc, err := sys.PrivateCopy("/proc")
	if err != nil {
		if proc, err = sys.OpenDir("/proc"); err != nil {
			return err
		}
	}
	defer proc.Close()
	return proc.GoTo()
}

// setPropagation changes all mounts of the namespace. What was private and becomes shared
// has a group of its own then; everything else that is shared has peers outside.
func (k *keeper) setPropagation() error {
	how := k.setup.Propagation
	if how == "" {
		return nil
	}
	types := map[string]nsctl.PropagationType{"private": nsctl.Private, "slave": nsctl.Slave, "shared": nsctl.Shared}
	change := func() error {
		if err := k.change(nsctl.Op{Kind: nsctl.OpMake, Type: types[how], Recursive: true, Target: "/"}, carry.Nothing()); err != nil {
			return failure("mount --make-r"+how+" /", err)
		}
		return nil
	}
	if how == "shared" && k.setup.Root != "" && !k.setup.UserNS {
		return k.tree.watchGroups(change)
	}
	return change()
}
