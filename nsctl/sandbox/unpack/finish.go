package unpack

import "strings"

// finish makes the directories what they are to be, from the innermost, as nothing can be
// reached any more below one that has lost its permissions.
func (u *unpacker) finish() error {
	for id := dirID(len(u.tree.dirs) - 1); id >= 0; id-- {
		d := &u.tree.dirs[id]
		if id == 0 && !d.declared {
			return nil // as the caller made it
		}
		if err := u.ctx.Err(); err != nil {
			return failed(err, "", "its directories have not got their permissions yet")
		}
		path := u.tree.path(id)
		if err := u.finishDirectory(d, path); err != nil {
			u.number, u.name = 0, strings.Join(path, "/")+"/"
			return u.about(err)
		}
	}
	return nil
}

// finishDirectory makes a directory what it is to be. Without permission to search it
// there is nothing more that its owner could do with it by name, so its mode comes last.
func (u *unpacker) finishDirectory(d *directory, path []string) error {
	if err := u.walker.enter(path); err != nil {
		return err
	}
	here := u.walker.here()
	dir, err := here.dir()
	if err != nil {
		return err
	}
	if d.declared && u.Owners {
		if err := here.self.Chown(int(d.owner.uid), int(d.owner.gid)); err != nil {
			return ownerError(err, d.owner)
		}
	}
	if d.declared {
		if err := dir.SetModTime(".", d.modified); err != nil {
			return wrote(err, noTime)
		}
	}
	return wrote(here.self.Chmod(bits(d.mode)), noMode)
}
