package sandbox

import (
	"errors"
	"io/fs"
)

// removeFiles removes the directory of a sandbox. The lock goes last: one who makes a sandbox
// of the same name meanwhile waits for it, and then sees that it is gone.
func (r *room) removeFiles(s *Store, i *Info) error {
	if err := r.removeRoot(i); err != nil {
		return err
	}
	for _, name := range []string{recordFile, recordFile + ".new", "socket", lockFile} {
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

func (r *room) removeRoot(*Info) error { return r.root.RemoveAll(rootDir) }
