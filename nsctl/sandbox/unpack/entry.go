package unpack

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"time"

	"mntscope/nsctl/internal/sys"
)

// entry makes what one entry says.
func (u *unpacker) entry(h *tar.Header, contents io.Reader) error {
	const volumeLabel = 'V' // of GNU tar
	if h.Typeflag == tar.TypeXGlobalHeader || h.Typeflag == volumeLabel && h.Size == 0 {
		return nil // about the archive, no file
	}
	parts, err := splitName(h.Name)
	if err != nil {
		return err
	}
	if err := valid(h); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return u.directory(h, parts)
	}
	if len(parts) == 0 {
		return refused(distrust, "it would replace the directory that is unpacked into")
	}
	parents, name := parts[:len(parts)-1], parts[len(parts)-1]
	if err := u.walker.enter(parents); err != nil {
		return err
	}
	if _, is := u.tree.find(u.walker.here().id, name); is {
		return refused(distrust, "an earlier entry made a directory of that name")
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return u.file(h, name, contents)
	case tar.TypeSymlink:
		return u.symlink(h, name)
	case tar.TypeLink:
		return u.hardLink(h, name)
	case tar.TypeFifo:
		return u.node(h, name, sys.FIFO, sys.FileDev{})
	case tar.TypeChar, tar.TypeBlock:
		return u.device(h, name)
	}
	return refused("make the archive again, whole and in one volume", "its type %q is none of a file", h.Typeflag)
}

// valid looks at the numbers of an entry.
func valid(h *tar.Header) error {
	// What time.Time gives in nanoseconds; file systems take less and round.
	first, last := time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)
	switch {
	case h.ModTime.Before(first) || h.ModTime.After(last):
		return refused(distrust, "its time of modification is beyond all reason")
	case h.Mode < 0 || h.Mode > 0o7777777:
		return refused(distrust, "its mode is beyond all reason")
	}
	return nil
}

// directory makes a directory, or says what one that was there is to be.
func (u *unpacker) directory(h *tar.Header, parts []string) error {
	owner, err := u.ownerOf(h)
	if err != nil {
		return err
	}
	if err := u.walker.enter(parts[:max(len(parts)-1, 0)]); err != nil {
		return err
	}
	u.declared = true
	err = u.walker.enter(parts)
	u.declared = false
	if err != nil {
		return err
	}
	d := &u.tree.dirs[u.walker.here().id]
	d.declared, d.owner, d.mode, d.modified = true, owner, h.FileInfo().Mode(), h.ModTime
	return nil
}

// symlink makes a symbolic link.
func (u *unpacker) symlink(h *tar.Header, name string) error {
	switch {
	case h.Linkname == "" || len(h.Linkname) > maxName:
		return refused(distrust, "it is a symbolic link to a path of %d bytes", len(h.Linkname))
	case hasControl(h.Linkname):
		return refused(distrust, "it is a symbolic link to %s, a path with control characters in it", shown(h.Linkname))
	}
	root := u.walker.here().root
	if err := replace(root, name, func() error { return root.Symlink(h.Linkname, name) }); err != nil {
		return wrote(err, "the symbolic link cannot be made")
	}
	u.Symlinks++
	return u.dress(h, name, nil)
}

// hardLink gives a file of the archive another name.
func (u *unpacker) hardLink(h *tar.Header, name string) error {
	parts, err := splitName(h.Linkname)
	if err == nil && len(parts) == 0 {
		err = refused(distrust, "that is a directory")
	}
	if err == nil {
		err = u.targets.enter(parts[:len(parts)-1])
	}
	if err != nil {
		return u.linkTo(h, err)
	}
	here, there := u.walker.here(), u.targets.here()
	target, err := there.root.Lstat(parts[len(parts)-1])
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return u.linkTo(h, refused(distrust, "there is no such file in the archive before it"))
	case err != nil:
		return failed(err, "", "what it is a link to cannot be looked at")
	case !target.Mode().IsRegular():
		return u.linkTo(h, refused("make the archive again with tar --hard-dereference", "that is no file, but %s", kindOf(target.Mode())))
	}
	if old, err := here.root.Lstat(name); err == nil && os.SameFile(old, target) {
		return nil // replacing it might remove the last name of the file
	}
	return u.link(h, name, parts[len(parts)-1])
}

// linkTo says of an error which hard link's target it is about.
func (u *unpacker) linkTo(h *tar.Header, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		e.Why = "it is a hard link to " + shown(h.Linkname) + ": " + e.Why
	}
	return err
}

// link makes the hard link itself: from one open directory to another, as the way to
// neither is to be gone again.
func (u *unpacker) link(h *tar.Header, name, target string) error {
	here, there := u.walker.here(), u.targets.here()
	to, err := there.dir()
	if err != nil {
		return err
	}
	at, err := here.dir()
	if err != nil {
		return err
	}
	if err := replace(here.root, name, func() error { return to.Link(target, at, name) }); err != nil {
		return u.linkTo(h, wrote(err, "it cannot be made"))
	}
	u.HardLinks++
	return nil
}

// replace makes something. If an earlier entry made something of that name, it is removed
// first: the last entry of a name wins.
func replace(root *os.Root, name string, create func() error) error {
	err := create()
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := root.Remove(name); err != nil {
		return err
	}
	return create()
}

// kindOf names what is no file.
func kindOf(m fs.FileMode) string {
	switch m.Type() {
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeNamedPipe:
		return "a fifo"
	}
	return "a device node"
}
