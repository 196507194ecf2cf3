package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// Store is where the sandboxes of a user have their directories.
type Store struct {
	root *os.Root
	path string
}

// DefaultDir is where a user's sandboxes are: mntscope/sandboxes in $XDG_STATE_HOME or
// ~/.local/state.
func DefaultDir(getenv func(string) string) (string, error) {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // as the specification wants it
		home := getenv("HOME")
		if !filepath.IsAbs(home) {
			return "", errors.New("there is no place for sandboxes: neither XDG_STATE_HOME nor HOME is the path of a directory; set one")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "mntscope", "sandboxes"), nil
}

// Open opens a store, and makes it if it is not there. One that is not the caller's, or
// that others may enter, is refused: what is in it decides which processes are ended.
func Open(dir string) (*Store, error) {
	wrap := func(err error) error {
		return fmt.Errorf("cannot use %s for sandboxes: %w", nsctl.Printable(dir), err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, wrap(reason(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, wrap(reason(err))
	}
	if err := private(root); err != nil {
		return nil, errors.Join(wrap(err), root.Close())
	}
	return &Store{root, dir}, nil
}

// Close closes the store; the sandboxes in it stay.
func (s *Store) Close() error { return s.root.Close() }

// private checks that a directory is the caller's and nobody else's.
func private(root *os.Root) error {
	dir, err := root.Open(".")
	if err != nil {
		return reason(err)
	}
	defer dir.Close()
	info, err := dir.Stat()
	if err != nil {
		return reason(err)
	}
	owner, err := sys.FileOwner(dir)
	if err != nil {
		return err
	}
	if owner != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d; set XDG_STATE_HOME to a directory of your own", owner)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("others may look into it; chmod 700 it")
	}
	return nil
}

// reason takes the path off an error, which the sentence around it has.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// room is the directory of one sandbox.
type room struct {
	name string
	root *os.Root
	dir  *os.File
	lock *os.File // nil if there is none, and nobody is going to lock it
}

const lockFile = "lock"

// alive reports whether the keeper lives, or the sandbox is being made or removed.
func (r *room) alive() (bool, error) {
	if r.lock == nil {
		return false, nil
	}
	return sys.FileLocked(r.lock)
}

// make makes the directory of a new sandbox and locks it. It fails with fs.ErrExist if there
// is one.
func (s *Store) make(name string) (*room, error) {
	for {
		if err := s.root.Mkdir(name, 0o700); err != nil {
			return nil, err
		}
		r, err := s.enter(name, true)
		if err == nil {
			if err = sys.LockFile(r.lock); err == nil {
				gone, err := sys.Unlinked(r.lock)
				if err == nil && !gone {
					return r, nil
				}
			}
			r.close()
		}
		// One who cleans up found it before it was locked, and removed it.
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// enter opens the directory of a sandbox, and the file of its lock, which is made only to be
// locked: who only looks must not be in the way of one who removes it.
func (s *Store) enter(name string, toLock bool) (*room, error) {
	root, err := s.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	r := &room{name: name, root: root}
	if err := private(root); err != nil {
		r.close()
		return nil, fmt.Errorf("%s in %s: %w", name, nsctl.Printable(s.path), err)
	}
	if r.dir, err = root.Open("."); err == nil {
		r.lock, err = sys.Dir(r.dir.Fd()).OpenLockFile(lockFile, toLock)
		if errors.Is(err, fs.ErrNotExist) && !toLock {
			err = nil
		}
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *room) close() {
	if r.lock != nil {
		_ = r.lock.Close() // nothing was written
	}
	if r.dir != nil {
		_ = r.dir.Close()
	}
	_ = r.root.Close()
}

// socket is a path of the socket that is short enough for an address, whatever the
// directory's is. It leads there as long as the room is open.
func (r *room) socket() string { return fmt.Sprintf("/proc/self/fd/%d/socket", r.dir.Fd()) }

// names lists the sandboxes there are, by name.
func (s *Store) names() ([]string, error) {
	dir, err := s.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}
