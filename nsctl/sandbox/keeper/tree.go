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
	mu    sync.Mutex
	taken map[string]bool
	// proc is the keeper's working directory.
	proc sys.Dir
	// root is the directory that becomes the root, by a descriptor: the path to it may lead
	// through directories of somebody else's. bound is the mount that StepBind puts on it, -1
	// before.
	root, bound sys.Dir
	// entered is where programs run that are asked for nowhere else, -1 before StepEnter.
	entered sys.Dir
	path    string // value of PATH after StepPath
	made    bool   // StepMkdir has made the directory
	// own are the peer groups that have no member outside of the sandbox.
	own map[nsctl.GroupID]bool
}

// init looks at things as they are before anything is done. The keeper may be somebody still
// who may go where the sandbox's root may not.
func (t *tree) init(root string) error {
	t.taken, t.own = make(map[string]bool), make(map[nsctl.GroupID]bool)
	t.root, t.bound, t.entered = -1, -1, -1
	var err error
	if t.proc, err = sys.OpenDir("."); err == nil && root != "" {
		t.root, err = sys.OpenDir(root)
	}
	return err
}

// top is the root as who goes there now gets it.
func (t *tree) top() sys.Dir {
	if t.bound >= 0 {
		return t.bound
	}
	return t.root
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

// mountOf gives the mount that has a number.
func mountOf(id nsctl.MountID, all []nsctl.Mount) (*nsctl.Mount, error) {
	for i := range all {
		if all[i].MntID == id {
			return &all[i], nil
		}
	}
	return nil, errors.New("its mount is not in the mount table")
}

// connectedMounts are the mount points of what connects the sandbox's root with peers: the mount
// that it is on, and the one that was bound on it, which is shared as that was.
func (k *keeper) connectedMounts() []string {
	all, err := mounts()
	if err != nil {
		return nil
	}
	var points []string
	for _, dir := range []sys.Dir{k.tree.root, k.tree.bound} {
		if dir < 0 {
			continue
		}
		info, err := sys.Place(dir).Stat()
		if err != nil {
			continue
		}
		if m, err := mountOf(nsctl.MountID(info.Mount), all); err == nil {
			points = append(points, m.Mountpoint)
		}
	}
	return points
}

func quoted(path string) string { return nsctl.ShellQuote(path) }
