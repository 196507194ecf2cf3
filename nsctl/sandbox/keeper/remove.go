package keeper

import (
	"errors"
	"os"
	"strconv"

	"mntscope/nsctl/internal/sys"
)

// Remover is the argument in place of a sandbox's name that makes a process not a keeper, but
// one that removes files: those of users that are in the user namespace of a sandbox, and
// whose files its owner cannot remove. It has the control socket, and as the next
// descriptor the directory that they are in.
const Remover = "--remove"

// RemoveFrom is what a remover is told first.
type RemoveFrom struct{ Name string }

func isRemover() bool { return len(os.Args) == 2 && os.Args[1] == Remover }

// remove is the whole program of a remover.
func remove() int {
	control, err := NewConn(os.NewFile(fdControl, "control"))
	if err != nil {
		return 1
	}
	defer control.Close()
	report := Report{}
	if err := removeFor(control); err != nil {
		report.Failure = asFailure(err)
	}
	if control.Send(report) != nil || report.Failure != nil {
		return 1
	}
	return 0
}

func removeFor(control *Conn) error {
	var from RemoveFrom
	if _, err := control.Receive(&from); err != nil {
		return err
	}
	var c Control
	if _, err := control.Receive(&c); err != nil || !c.Mapped {
		return errors.Join(errors.New("no map for the user namespace came"), err)
	}
	if err := sys.BecomeRoot(); err != nil {
		return err
	}
	const fdDirectory = fdControl + 1
	root, err := os.OpenRoot("/proc/self/fd/" + strconv.Itoa(fdDirectory))
	if err != nil {
		return err
	}
	defer root.Close()
	return root.RemoveAll(from.Name)
}
