package discover

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/holders"
	"mntscope/nsctl/internal/sys"
)

// blockDevices asks sysfs and procfs what the kernel itself has on a filesystem, or on its
// device.
type blockDevices struct {
	// root is where proc, sys and dev are: "/" outside tests.
	root     string
	snapshot *nsctl.Snapshot
}

// on gives what is on the filesystem dev and on the device of that number. What cannot be read
// is not there: sysfs may not be mounted, as in many containers, but then no block device
// belongs to anybody inside.
func (b blockDevices) on(dev nsctl.Dev) []nsctl.OtherHolder {
	return slices.Concat(b.swaps(dev), b.loops(dev), b.stacked(dev), b.partitions(dev), b.superblock(dev))
}

func (b blockDevices) path(parts ...string) string {
	return filepath.Join(append([]string{b.root}, parts...)...)
}

// names lists a directory, in order.
func (b blockDevices) names(parts ...string) []string {
	entries, err := os.ReadDir(b.path(parts...))
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// text reads a file of one line.
func (b blockDevices) text(parts ...string) (string, bool) {
	text, err := os.ReadFile(b.path(parts...))
	return strings.TrimSuffix(string(text), "\n"), err == nil
}

// number reads a file like /sys/class/block/NAME/dev.
func (b blockDevices) number(parts ...string) (nsctl.Dev, bool) {
	text, _ := b.text(append(parts, "dev")...)
	dev, err := nsctl.ParseDev(text)
	return dev, err == nil
}

// fileOn reports whether a file that the kernel shows by its path is on the filesystem. The
// path is one from the observer's root, if it is reachable from there at all.
func (b blockDevices) fileOn(path string, dev nsctl.Dev) bool {
	ns := holders.Observers(b.snapshot)
	if ns == nil {
		return false
	}
	m, ok := holders.MountAt(ns, path)
	return ok && m.Dev == dev
}

// loops gives the loop devices whose backing file is on the filesystem. By its path alone
// that could be another file: one in another namespace, or on a mount that was lazily
// unmounted, has a path that begins there. Who may open the device is told better.
func (b blockDevices) loops(dev nsctl.Dev) []nsctl.OtherHolder {
	var found []nsctl.OtherHolder
	for _, name := range b.names("sys/block") {
		file, ok := b.text("sys/block", name, "loop/backing_file")
		if !ok {
			continue
		}
		on := b.fileOn(file, dev)
		if backing, err := sys.LoopBackingDev(b.path("dev", name)); err == nil {
			on = nsctl.Dev(backing) == dev
		}
		if on {
			found = append(found, b.device(nsctl.OtherLoop, name, file))
		}
	}
	return found
}

// stacked gives the block devices that are built on this one.
func (b blockDevices) stacked(dev nsctl.Dev) []nsctl.OtherHolder {
	var found []nsctl.OtherHolder
	for _, name := range b.names("sys/dev/block", dev.String(), "holders") {
		found = append(found, b.device(nsctl.OtherStacked, name, ""))
	}
	return found
}

// partitions gives those of the device's partitions that are mounted or have something
// on them.
func (b blockDevices) partitions(dev nsctl.Dev) []nsctl.OtherHolder {
	var found []nsctl.OtherHolder
	for _, name := range b.names("sys/dev/block", dev.String()) {
		if _, ok := b.text("sys/dev/block", dev.String(), name, "partition"); !ok {
			continue
		}
		part, ok := b.number("sys/dev/block", dev.String(), name)
		if ok && (b.mounted(part) || len(slices.Concat(b.swaps(part), b.stacked(part), b.superblock(part))) > 0) {
			found = append(found, nsctl.OtherHolder{Kind: nsctl.OtherPartition, Device: name, Dev: &part})
		}
	}
	return found
}

func (b blockDevices) mounted(dev nsctl.Dev) bool {
	for i := range b.snapshot.Namespaces {
		if slices.ContainsFunc(b.snapshot.Namespaces[i].Mounts, func(m nsctl.Mount) bool { return m.Dev == dev }) {
			return true
		}
	}
	return false
}

// superblock tells whether the kernel has the filesystem on this device mounted anywhere at
// all: ext4, xfs, f2fs and others have a directory in /sys/fs for each that is.
func (b blockDevices) superblock(dev nsctl.Dev) []nsctl.OtherHolder {
	name := b.nameOf(dev)
	if name == "" {
		return nil
	}
	for _, fs := range b.names("sys/fs") {
		if info, err := os.Stat(b.path("sys/fs", fs, name)); err == nil && info.IsDir() {
			return []nsctl.OtherHolder{{
				Kind: nsctl.OtherSuperblock, Device: name, Dev: &dev, Path: filepath.Join("/sys/fs", fs, name),
			}}
		}
	}
	return nil
}

// nameOf gives the kernel's name of a block device, or "".
func (b blockDevices) nameOf(dev nsctl.Dev) string {
	uevent, _ := b.text("sys/dev/block", dev.String(), "uevent")
	for line := range strings.Lines(uevent) {
		if name, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "DEVNAME="); ok {
			return filepath.Base(name)
		}
	}
	return ""
}

// device describes a block device by its name.
func (b blockDevices) device(kind nsctl.OtherKind, name, file string) nsctl.OtherHolder {
	h := nsctl.OtherHolder{Kind: kind, Device: name, Path: file}
	if dev, ok := b.number("sys/class/block", name); ok {
		h.Dev = &dev
	}
	return h
}
