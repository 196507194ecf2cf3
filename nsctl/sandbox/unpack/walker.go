package unpack

import (
	"errors"
	"io/fs"
	"os"

	"mntscope/nsctl/internal/sys"
)

// walker goes from directory to directory of the tree. It holds the one where it is open,
// and all on the way to it, as the entries of an archive mostly follow each other in one.
type walker struct {
	tree *tree
	way  []level // the root first
	// made is called before a directory that is missing is made.
	made func() error
}

// level is an open directory on the way.
type level struct {
	id   dirID
	root *os.Root
	self *os.File // the same for system calls; nil until it is needed
}

func newWalker(t *tree, root *os.Root, made func() error) *walker {
	return &walker{tree: t, way: []level{{root: root}}, made: made}
}

// here is the directory where the walker is.
func (w *walker) here() *level { return &w.way[len(w.way)-1] }

// close closes what the walker opened, which the root is not part of.
func (w *walker) close() {
	w.leave(1)
	w.way[0].closeSelf()
}

// leave goes back until only so many levels are left.
func (w *walker) leave(levels int) {
	for len(w.way) > levels {
		l := w.here()
		l.closeSelf()
		_ = l.root.Close() // nothing was written to it
		w.way = w.way[:len(w.way)-1]
	}
}

// enter goes to a directory, and makes what is missing on the way there if the walker
// makes directories. It goes only where the archive itself made a directory.
func (w *walker) enter(parts []string) error {
	same := 0
	for same < len(parts) && same+1 < len(w.way) && w.tree.dirs[w.way[same+1].id].name == parts[same] {
		same++
	}
	w.leave(same + 1)
	for _, part := range parts[same:] {
		here := w.here()
		id, known := w.tree.find(here.id, part)
		if !known {
			if err := w.make(part); err != nil {
				return err
			}
			id = w.tree.add(here.id, part)
		}
		root, err := here.root.OpenRoot(part)
		if err != nil {
			return failed(err, "", "directory %s cannot be entered", shown(part))
		}
		w.way = append(w.way, level{id: id, root: root})
	}
	return nil
}

// make makes a directory where the walker is.
func (w *walker) make(name string) error {
	here := w.here()
	if w.made != nil {
		if err := w.made(); err != nil {
			return err
		}
		err := here.root.Mkdir(name, 0o700)
		if !errors.Is(err, fs.ErrExist) {
			return wrote(err, "directory %s cannot be made", shown(name))
		}
	}
	info, err := here.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refused(distrust, "there is no directory %s in the archive before it", shown(name))
	case err != nil:
		return failed(err, "", "%s cannot be looked at", shown(name))
	case info.Mode().Type() == fs.ModeSymlink:
		return refused(distrust, "the way there leads through %s, a symbolic link of the archive", shown(name))
	}
	return refused(distrust, "an earlier entry made %s, which is no directory", shown(name))
}

// dir gives the directory for system calls.
func (l *level) dir() (sys.Dir, error) {
	if l.self == nil {
		f, err := l.root.Open(".")
		if err != nil {
			return 0, failed(err, "", "its directory cannot be opened")
		}
		l.self = f
	}
	return sys.Dir(l.self.Fd()), nil
}

func (l *level) closeSelf() {
	if l.self != nil {
		_ = l.self.Close() // nothing was written to it
		l.self = nil
	}
}
