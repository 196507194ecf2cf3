package unpack

import (
	"archive/tar"
	"io/fs"
	"os"

	"mntscope/nsctl/internal/sys"
)

// device makes a device node, or what the options say instead.
func (u *unpacker) device(h *tar.Header, name string) error {
	kind, word := sys.CharDevice, "character"
	if h.Typeflag == tar.TypeBlock {
		kind, word = sys.BlockDevice, "block"
	}
	switch u.Options.Devices {
	case SkipDevices:
		u.SkippedDevices++
		return nil
	case RefuseDevices:
		return refused("make the archive without them (tar --exclude='./dev/*'), or have them skipped",
			"it is the node of a %s device (%d:%d), and would be the machine's own", word, h.Devmajor, h.Devminor)
	}
	// The kernel's dev_t has 12 and 20 bits (MINORBITS in include/linux/kdev_t.h).
	if h.Devmajor < 0 || h.Devmajor >= 1<<12 || h.Devminor < 0 || h.Devminor >= 1<<20 {
		return refused(distrust, "%d:%d is no device number", h.Devmajor, h.Devminor)
	}
	return u.node(h, name, kind, sys.FileDev{Major: uint32(h.Devmajor), Minor: uint32(h.Devminor)})
}

// node makes a device node or a fifo.
func (u *unpacker) node(h *tar.Header, name string, kind sys.NodeKind, device sys.FileDev) error {
	here := u.walker.here()
	dir, err := here.dir()
	if err != nil {
		return err
	}
	err = replace(here.root, name, func() error { return dir.MakeNode(name, kind, device) })
	if kind != sys.FIFO && sys.Refused(err) {
		return failed(err, "unpack it as root outside of any user namespace, or have device nodes skipped", "the device node cannot be made")
	}
	if err != nil {
		return wrote(err, "the node cannot be made")
	}
	if kind == sys.FIFO {
		u.FIFOs++
	} else {
		u.Summary.Devices++
	}
	return u.dress(h, name, nil)
}

// dress gives something that was just made its owner, mode and time, in this order: a
// change of the owner takes away the set-user-id bit. A file is open already.
func (u *unpacker) dress(h *tar.Header, name string, f *os.File) error {
	owner, err := u.ownerOf(h)
	if err != nil {
		return err
	}
	here := u.walker.here()
	if u.Owners {
		if err := here.root.Lchown(name, int(owner.uid), int(owner.gid)); err != nil {
			return ownerError(err, owner)
		}
	}
	mode := bits(h.FileInfo().Mode())
	if f != nil {
		err = f.Chmod(mode)
	} else if h.Typeflag != tar.TypeSymlink {
		err = here.root.Chmod(name, mode)
	}
	if err != nil {
		return wrote(err, noMode)
	}
	dir, err := here.dir()
	if err != nil {
		return err
	}
	return wrote(dir.SetModTime(name, h.ModTime), noTime)
}

const (
	noMode = "its mode cannot be set"
	noTime = "its time of modification cannot be set"
)

// ownerOf gives whom an entry belongs to. The greatest number means nobody to the kernel.
func (u *unpacker) ownerOf(h *tar.Header) (owner, error) {
	const none = 1<<32 - 1
	if u.Owners && (h.Uid < 0 || int64(h.Uid) >= none || h.Gid < 0 || int64(h.Gid) >= none) {
		return owner{}, refused(distrust, "%d:%d is no owner", h.Uid, h.Gid)
	}
	return owner{uint32(h.Uid), uint32(h.Gid)}, nil
}

func ownerError(err error, o owner) error {
	return failed(err, "unpack it as root of a user namespace that has these ids, or without owners", "it cannot be given to %d:%d", o.uid, o.gid)
}

// bits are those of a mode that chmod(2) sets.
func bits(m fs.FileMode) fs.FileMode {
	return m & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
}
