package sandbox

import (
	"errors"
	"io/fs"
	"os"

	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// removeFiles removes the directory of a sandbox. The lock goes last: one who makes a sandbox
// of the same name meanwhile waits for it, and then sees that it is gone.
func (r *room) removeFiles(s *Store, i *Info) error {
	if err := r.removeRoot(i); err != nil {
		return err
	}
	for _, name := range []string{recordFile, recordFile + ".new", "socket", keeper.Name, lockFile} {
		if err := r.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := s.root.Remove(r.name)
	if _, again := r.root.Lstat(lockFile); again == nil || errors.Is(err, fs.ErrNotExist) {
		return nil // another has come to remove it
	}
	return err
}

// rootDir has the files that were unpacked or built for a sandbox.
const rootDir = "root"

// removeRoot removes them. Those of subordinate ids, which were written in the sandbox, only one
// who is root over these can.
func (r *room) removeRoot(i *Info) error {
	err := r.root.RemoveAll(rootDir)
	if errors.Is(err, fs.ErrPermission) && len(i.UIDs) > 0 {
		return r.removeAsRoot(i)
	}
	return err
}

// removeAsRoot removes them by a process in a user namespace like the sandbox's.
func (r *room) removeAsRoot(i *Info) error {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	control, err := keeper.NewConn(ours)
	if err != nil {
		return err
	}
	defer control.Close()
	if err := control.Send(keeper.RemoveFrom{Name: rootDir}); err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	n := int(null.Fd())
	pid, err := sys.Child{
		Path: "/proc/self/exe", Argv: []string{keeper.Name, keeper.Remover}, Env: keeperEnv(), Dir: "/",
		Files: []int{n, n, n, int(theirs.Fd()), int(r.dir.Fd())}, Namespaces: sys.NewUserNS, Session: true, Capable: true,
	}.Start()
	if err != nil {
		return err
	}
	process, err := sys.WatchProcess(pid)
	if err != nil {
		return err
	}
	defer func() {
		_ = control.Close() // it ends with that
		process.Wait(patience)
		process.Reap()
		process.Close()
	}()
	_ = theirs.Close()
	ids := idMap{uids: i.UIDs, gids: i.GIDs}
	if err := ids.write(pid); err != nil {
		return err
	}
	if err := control.Send(keeper.Control{Mapped: true}); err != nil {
		return err
	}
	var report keeper.Report
	if _, err := control.Receive(&report); err != nil {
		return err
	}
	if report.Failure != nil {
		return report.Failure
	}
	return nil
}
