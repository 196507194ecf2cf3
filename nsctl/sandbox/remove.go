package sandbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/keeper"
)

// patience is how long a keeper may take to end when it was asked, before it is killed.
const patience = 5 * time.Second

// Remove ends a sandbox and all that is in it, also other sandboxes, and removes its
// files.
func (s *Store) Remove(name string) error {
	all, _ := s.List() // one that cannot be read is in none that is known
	for _, inner := range all {
		if inner.In == name && inner.Name != name {
			if err := s.Remove(inner.Name); err != nil && !errors.Is(err, ErrUnknown) {
				return err
			}
		}
	}
	r, err := s.open(name, true)
	if err != nil {
		return err
	}
	defer r.close()
	if err := s.remove(r); err != nil {
		return fmt.Errorf("cannot remove the sandbox %s: %w", nsctl.Printable(name), reason(err))
	}
	return nil
}

// RemoveStale removes what is left of sandboxes whose keeper has died, and gives their
// names. Those that live are left alone.
func (s *Store) RemoveStale() (removed []string, err error) {
	names, err := s.names()
	if err != nil {
		return nil, fmt.Errorf("cannot list the sandboxes in %s: %w", nsctl.Printable(s.path), reason(err))
	}
	var failed []error
	for _, name := range names {
		done, err := s.removeIfStale(name)
		if done {
			removed = append(removed, name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, fmt.Errorf("cannot remove the sandbox %s: %w", nsctl.Printable(name), reason(err)))
		}
	}
	return removed, errors.Join(failed...)
}

func (s *Store) removeIfStale(name string) (done bool, err error) {
	r, err := s.enter(name, true)
	if err != nil {
		return false, err
	}
	defer r.close()
	if free, err := sys.TryLockFile(r.lock); err != nil || !free {
		return false, err
	}
	err = s.clear(r)
	return err == nil, err
}

// remove ends the keeper, if there is one, and clears up after it.
func (s *Store) remove(r *room) error {
	free, err := sys.TryLockFile(r.lock)
	if err != nil {
		return err
	}
	if !free {
		if err := endKeeper(r); err != nil {
			return err
		}
		if err := sys.LockFile(r.lock); err != nil {
			return err
		}
	}
	return s.clear(r)
}

// endKeeper asks a keeper to end, and kills it if it does not.
func endKeeper(r *room) error {
	i, err := r.info()
	if err != nil {
		return err
	}
	process, err := i.watch()
	if err != nil {
		return err
	}
	if process != nil {
		defer process.Close()
	}
	if askToEnd(r) == nil && (process == nil || process.Wait(patience)) {
		return nil
	}
	if process == nil { // it has ended
		return nil
	}
	if err := process.Signal(sys.SignalKill); err != nil && !sys.NoProcess(err) {
		return err
	}
	if !process.Wait(patience) {
		return fmt.Errorf("its keeper, process %d, does not end although it was killed: it waits for a device or a file server", i.PID)
	}
	return nil
}

// askToEnd returns when the keeper has closed the connection, which it does at its end.
func askToEnd(r *room) error {
	conn, err := r.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience)) // fails only on a closed one
	if err := conn.Send(keeper.Request{End: true}); err != nil {
		return err
	}
	var m keeper.Message
	switch _, err := conn.Receive(&m); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	if m.Failure != nil {
		return m.Failure
	}
	return errors.New("an answer that was not expected")
}

// watch begins to watch the keeper; nil if it has ended, or is not known yet.
func (i *Info) watch() (*sys.Process, error) {
	if i.PID == 0 || i.BootID != bootID() {
		return nil, nil
	}
	process, err := sys.WatchProcess(i.PID)
	if err != nil {
		if sys.NoProcess(err) {
			return nil, nil
		}
		return nil, err
	}
	proc, err := sys.OpenDir(fmt.Sprintf("/proc/%d", i.PID))
	if err == nil {
		defer proc.Close()
		start, failed := startTime(proc)
		if failed == nil && start == i.Start {
			return process, nil
		}
	}
	process.Close() // another that got its pid
	return nil, nil
}

// clear removes what is left when no keeper is there any more. The lock is held, until the
// file that it is on is gone.
func (s *Store) clear(r *room) error {
	i, err := r.info()
	var broken brokenError
	if errors.As(err, &broken) {
		err = nil // then only its files are known
	}
	if err == nil {
		err = i.endOthers()
	}
	if err != nil {
		return err
	}
	return r.removeFiles(s, &i)
}
