package unpack

import (
	"io/fs"
	"slices"
	"strings"
	"time"
)

// A dirID numbers the directories that were made, the root being 0. A directory has a
// greater number than the one that it is in.
type dirID int32

// directory is what a directory is to be at the end; until then it is its owner's, who may
// do everything in it.
type directory struct {
	parent   dirID
	name     string
	declared bool // an entry says what follows
	owner    owner
	mode     fs.FileMode
	modified time.Time
}

// impliedMode is the mode of a directory that is only part of a name.
const impliedMode = 0o755

// owner is whom the archive gives a file to.
type owner struct{ uid, gid uint32 }

// tree is every directory that the archive made. There may be as many as entries: each is
// kept once, by the last part of its name.
type tree struct {
	dirs []directory
	at   map[place]dirID
}

// place is a name in a directory.
type place struct {
	dir  dirID
	name string
}

func newTree() *tree {
	return &tree{dirs: make([]directory, 1), at: map[place]dirID{}}
}

// find gives the directory of a name in another one.
func (t *tree) find(parent dirID, name string) (dirID, bool) {
	id, ok := t.at[place{parent, name}]
	return id, ok
}

// add records a new directory.
func (t *tree) add(parent dirID, name string) dirID {
	name = strings.Clone(name) // without the rest of the path that it is cut from
	id := dirID(len(t.dirs))
	t.dirs = append(t.dirs, directory{parent: parent, name: name, mode: fs.ModeDir | impliedMode})
	t.at[place{parent, name}] = id
	return id
}

// path gives the parts of the path of a directory.
func (t *tree) path(id dirID) []string {
	var parts []string
	for ; id != 0; id = t.dirs[id].parent {
		parts = append(parts, t.dirs[id].name)
	}
	slices.Reverse(parts)
	return parts
}
