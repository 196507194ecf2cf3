package keeper

import (
	"errors"
	"io"
	"sync"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/sys"
)

// tree is how far the sandbox is on its way to a root file system of its own.
type tree struct {
	mu    sync.Mutex // of all, and of the keeper's working directory
	taken map[string]bool
	// proc is the keeper's usual working directory.
	proc sys.Dir
	// entered is where programs run that are asked for nowhere else, -1 before StepEnter.
	entered sys.Dir
	path    string // value of PATH after StepPath
	made    bool   // StepMkdir has made the directory
	// own are the peer groups that have no member outside of the sandbox.
	own map[nsctl.GroupID]bool
}

func (t *tree) init() error {
	t.taken, t.own = make(map[string]bool), make(map[nsctl.GroupID]bool)
	t.entered = -1
	var err error
	t.proc, err = sys.OpenDir(".")
	return err
}

// mounts reads the mount table as the keeper sees it.
func mounts() ([]nsctl.Mount, error) {
	file, err := sys.Open("self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return discover.ParseMountinfo(text)
}

// groupsOf are the peer groups that have a member among some mounts.
func groupsOf(all []nsctl.Mount) map[nsctl.GroupID]bool {
	groups := make(map[nsctl.GroupID]bool)
	for i := range all {
		if g := all[i].Propagation.Shared; g != 0 {
			groups[g] = true
		}
	}
	return groups
}

// watchGroups does something, and takes the groups that there are only since then for the
// sandbox's own.
func (t *tree) watchGroups(do func() error) error {
	before, err := mounts()
	if err != nil {
		return err
	}
	err = do()
	after, failed := mounts()
	old := groupsOf(before)
	for g := range groupsOf(after) {
		if !old[g] {
			t.own[g] = true
		}
	}
	return errors.Join(err, failed)
}

// mountAt gives the mount that a path leads to, the topmost there.
func mountAt(path string, all []nsctl.Mount) (*nsctl.Mount, error) {
	place, err := sys.OpenPlace(path)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	info, err := place.Stat()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if uint64(all[i].MntID) == info.Mount {
			return &all[i], nil
		}
	}
	return nil, errors.New("the mount of " + quoted(path) + " is not in the mount table")
}

// mountOfRoot is the mount point of the mount that the sandbox's root is on; empty if that
// cannot be told.
func (k *keeper) mountOfRoot() string {
	all, err := mounts()
	if err != nil {
		return ""
	}
	m, err := mountAt(k.setup.Root, all)
	if err != nil {
		return ""
	}
	return m.Mountpoint
}

func quoted(path string) string { return nsctl.ShellQuote(path) }
