package carry

import (
	"strings"

	"mntscope/nsctl/internal/sys"
)

// mount makes a new filesystem, and a mount of it, and puts that in its place. What the
// filesystem has to say is part of the error.
func (w *work) mount(target *opened) error {
	if !w.Op.Beneath && (w.Classic || len(w.Op.Source) > longest) {
		return w.mountClassic(target)
	}
	name, subtype, _ := strings.Cut(w.Op.FSType, ".")
	fs, err := sys.OpenFilesystem(name)
	if err != nil {
		return err
	}
	defer fs.Close()
	mount, err := configure(fs, subtype, w.Op.Source, w.Op.Options)
	if err != nil {
		if said := fs.Messages(); said != "" {
			f := failed(w.Op.Target, err)
			f.Text += " (" + said + ")"
			return f
		}
		return err
	}
	defer mount.Close()
	return mount.MoveMount("", target.Dir(), "", w.beneath())
}

// longest is how many bytes fsconfig(2) takes as a value.
const longest = 255

// mountClassic does it with mount(2).
func (w *work) mountClassic(target *opened) error {
	var set uint64
	var data []string
	for option := range strings.SplitSeq(w.Op.Options, ",") {
		if !attribute(option, &set) {
			data = append(data, option)
		}
	}
	if err := w.proc.Enter(); err != nil {
		return err
	}
	return sys.Mount(w.Op.Source, linkTo(target), w.Op.FSType, sys.MountFlagsOf(set), strings.Join(data, ","))
}

func configure(fs sys.FilesystemContext, subtype, source, options string) (sys.Dir, error) {
	if subtype != "" {
		if err := fs.Set("subtype", subtype); err != nil {
			return -1, err
		}
	}
	if err := fs.Set("source", source); err != nil {
		return -1, err
	}
	var attributes uint64
	for option := range strings.SplitSeq(options, ",") {
		if known := attribute(option, &attributes); known && option != "ro" {
			continue // "ro" is for the filesystem as well, as with mount(8)
		}
		key, value, hasValue := strings.Cut(option, "=")
		var err error
		if hasValue {
			err = fs.Set(key, value)
		} else {
			err = fs.SetFlag(key)
		}
		if err != nil {
			return -1, err
		}
	}
	return fs.Mount(attributes)
}

// attribute says whether an option is one of the mount, and sets it.
func attribute(option string, set *uint64) bool {
	switch option {
	case "ro":
		*set |= sys.MountAttrReadOnly
	case "nosuid":
		*set |= sys.MountAttrNoSUID
	case "nodev":
		*set |= sys.MountAttrNoDev
	case "noexec":
		*set |= sys.MountAttrNoExec
	case "nodiratime":
		*set |= sys.MountAttrNoDirAccessTime
	case "nosymfollow":
		*set |= sys.MountAttrNoSymlinkFollow
	case "noatime":
		*set = *set&^sys.MountAttrAccessTime | sys.MountAttrNoAccessTime
	case "strictatime":
		*set = *set&^sys.MountAttrAccessTime | sys.MountAttrStrictAccessTime
	case "relatime":
		*set &^= sys.MountAttrAccessTime
	case "", "defaults", "rw", "suid", "dev", "exec", "atime", "diratime", "norelatime", "nostrictatime", "symfollow":
	default:
		return false
	}
	return true
}
