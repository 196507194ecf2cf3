package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"unicode/utf8"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

// fillRoot gets the root file system ready that a sandbox is to have.
func (b *Sandbox) fillRoot(ctx context.Context, r *room, spec *Spec) error {
	if !spec.Root.wanted() {
		return nil
	}
	b.IDMapped = spec.Map == MapUser && !spec.Root.Chown
	if spec.Root.Dir != "" {
		dir, err := filepath.EvalSymlinks(spec.Root.Dir)
		if err != nil {
			return fmt.Errorf("the root %s: %w", nsctl.Printable(spec.Root.Dir), reason(err))
		}
		if !sys.IsDirectory(dir) {
			return fmt.Errorf("the root %s is not a directory", nsctl.Printable(dir))
		}
		b.Root = dir
		return plain(dir)
	}
	if err := r.root.Mkdir(rootDir, 0o755); err != nil {
		return err
	}
	path, err := filepath.EvalSymlinks(filepath.Join(b.store.path, r.name, rootDir))
	if err != nil {
		return err
	}
	b.Root, b.From = path, spec.Root.From
	if err := plain(path); err != nil {
		return err
	}
	if err := spec.Root.Fill(ctx, path); err != nil {
		return err
	}
	if spec.Root.Chown {
		return giveTo(r, spec)
	}
	return nil
}

// plain refuses a path that cannot be written down in JSON.
func plain(path string) error {
	if !utf8.ValidString(path) {
		return fmt.Errorf("the path of the root, %s, is not UTF-8; give it another name, for example by a bind mount", nsctl.Printable(path))
	}
	return nil
}

// giveTo gives the files of a root to who is root in the sandbox, and those of others to whom
// these are there.
func giveTo(r *room, spec *Spec) error {
	ids, err := mapFor(spec)
	if err != nil {
		return err
	}
	root, err := r.root.OpenRoot(rootDir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		uid, gid, mode, err := sys.OwnersOf(root, path)
		if err != nil {
			return err
		}
		if err := root.Lchown(path, outside(ids.uids, uid), outside(ids.gids, gid)); err != nil {
			return err
		}
		if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 { // which chown(2) takes away
			return root.Chmod(path, mode)
		}
		return nil
	})
}

// outside gives the id outside of a user namespace, root's where it is not in the map.
func outside(ranges []sys.IDRange, inside int) int {
	for _, r := range ranges {
		if inside >= r.Inside && inside < r.Inside+r.Count {
			return r.Outside + inside - r.Inside
		}
	}
	return ranges[0].Outside
}

// mappedRoot makes a detached mount of the root that shows the owners of its files as the
// sandbox's user namespace has them.
func (i *Info) mappedRoot() (sys.Dir, error) {
	users, err := sys.OpenNamespace(fmt.Sprintf("/proc/%d/ns/user", i.PID))
	if err != nil {
		return -1, err
	}
	defer users.Close()
	mount, err := sys.CurrentDir.OpenTree(i.Root, sys.OpenTreeClone)
	if err != nil {
		return -1, err
	}
	err = mount.SetMountAttributes("", sys.MountAttributes{Propagation: sys.MountPrivate}, false)
	if err == nil {
		err = mount.MapOwners(users)
	}
	if err != nil {
		mount.Close()
		if errors.Is(err, errors.ErrUnsupported) || sys.ErrnoName(err) == "EINVAL" {
			return -1, fmt.Errorf("the filesystem of %s cannot be mounted with its owners mapped (%w): have the files unpacked and given to the user, with --chown, or put the directory on another filesystem (ext4, xfs, btrfs, or tmpfs from Linux 6.3 on)", nsctl.Printable(i.Root), err)
		}
		return -1, err
	}
	return mount, nil
}
