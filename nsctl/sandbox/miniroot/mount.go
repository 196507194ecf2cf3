package miniroot

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mntscope/nsctl"
	"mntscope/nsctl/discover"
	"mntscope/nsctl/internal/sys"
)

// mounting is what one call of mount is to do, in the order in which mount(8) does it: an
// operation, for a bind a second one that sets its flags, then changes of propagation.
type mounting struct {
	source, target, fstype string
	operation              uintptr // of operationFlags; none for a new filesystem
	changes                []mountFlag
	data                   []string
	makes                  []uintptr
}

const mountForms = "mount -t TYPE [-o OPTIONS] SOURCE TARGET, mount --bind|--rbind|--move SOURCE TARGET, " +
	"mount -o remount[,bind],OPTIONS TARGET, or mount --make-[r]shared|slave|private|unbindable TARGET"

// mount has what mount(8) has without /etc/fstab, labels and helper programs.
func mount(c *call) error {
	var m mounting
	known := options{
		"-t": &m.fstype, "--types": &m.fstype, "-o": m.addOptions, "--options": m.addOptions,
		"-B": func() { m.addOptions("bind") }, "-R": func() { m.addOptions("rbind") }, "-M": func() { m.addOptions("move") },
		"-r": func() { m.addOptions("ro") }, "--read-only": func() { m.addOptions("ro") }, "-w": func() { m.addOptions("rw") },
	}
	for _, word := range []string{"bind", "rbind", "move"} {
		known["--"+word] = func() { m.addOptions(word) }
	}
	for _, word := range []string{"shared", "slave", "private", "unbindable"} {
		known["--make-"+word] = func() { m.addOptions(word) }
		known["--make-r"+word] = func() { m.addOptions("r" + word) }
	}
	nothing := len(c.args) == 0
	if err := c.parse(known, false); err != nil {
		return err
	}
	if nothing {
		return listMounts(c)
	}
	onlyTarget := m.operation&sys.MountRemount != 0 ||
		m.operation == 0 && len(m.makes) > 0 && m.fstype == "" && len(m.changes) == 0 && len(m.data) == 0
	switch {
	case len(c.args) == 1 && onlyTarget:
		m.target = c.args[0]
	case len(c.args) == 2:
		m.source, m.target = c.args[0], c.args[1]
	default:
		return usage("expected %s", mountForms)
	}
	return m.do(onlyTarget && m.operation == 0)
}

func (m *mounting) do(onlyMakes bool) error {
	data := strings.Join(m.data, ",")
	var err error
	switch {
	case onlyMakes:
	case m.operation&sys.MountRemount != 0:
		err = m.remount(data)
	case m.operation&sys.MountMove != 0:
		err = sys.Mount(m.source, m.target, "", sys.MountMove, "")
	case m.operation&sys.MountBind != 0:
		if err = sys.Mount(m.source, m.target, "", m.operation, ""); err == nil && len(m.changes) > 0 {
			err = sys.Mount("none", m.target, "", sys.MountRemount|sys.MountBind|m.apply(0), "")
		}
	case m.fstype == "":
		return usage("the type of the filesystem is missing; expected %s", mountForms)
	default:
		err = sys.Mount(m.source, m.target, m.fstype, m.apply(0), data)
	}
	for _, propagation := range m.makes {
		if err == nil {
			err = sys.Mount("none", m.target, "", propagation, "")
		}
	}
	return err
}

// remount keeps the flags that the mount has, as mount(8) does: mount(2) would take all
// away that are not named, which is not allowed for those that are locked.
func (m *mounting) remount(data string) error {
	var before mounting
	if mounts, err := discover.OwnMounts(); err == nil { // without /proc only what was named counts
		for _, mount := range slices.Backward(mounts) {
			if mount.Mountpoint == filepath.Clean(m.target) {
				before.addOptions(mount.Options)
				break
			}
		}
	}
	return sys.Mount("none", m.target, "", m.operation|m.apply(before.apply(0)), data)
}

// listMounts prints the table as mount(8) does.
func listMounts(c *call) error {
	mounts, err := discover.OwnMounts()
	if err != nil {
		return noTable(err)
	}
	for _, m := range mounts {
		_, err := fmt.Fprintf(c.out, "%s on %s type %s (%s)\n",
			nsctl.Printable(m.Source), nsctl.Printable(m.Mountpoint), nsctl.Printable(m.FSType), nsctl.Printable(m.Options))
		if err != nil {
			return err
		}
	}
	return nil
}

// noTable explains why there is no table of mounts.
func noTable(err error) error {
	return fmt.Errorf("%w: mount -t proc proc /proc", err)
}

func umount(c *call) error {
	var lazy, force, recursive bool
	err := c.parse(options{
		"-l": &lazy, "--lazy": &lazy, "-f": &force, "--force": &force, "-R": &recursive, "--recursive": &recursive,
	}, false)
	if err == nil {
		err = c.operands(1, -1, "umount [-l] [-f] [-R] TARGET...")
	}
	if err != nil {
		return err
	}
	flags := 0
	if lazy {
		flags |= sys.UnmountDetach
	}
	if force {
		flags |= sys.UnmountForce
	}
	var errs error
	for _, target := range c.args {
		targets := []string{target}
		if recursive {
			if targets, err = mountsBelow(target); err != nil {
				return err
			}
		}
		for _, target := range targets {
			errs = errors.Join(errs, sys.Unmount(target, flags))
		}
	}
	return errs
}

// mountsBelow gives the mount points at and below a directory, the last one first.
func mountsBelow(dir string) ([]string, error) {
	mounts, err := discover.OwnMounts()
	if err != nil {
		return nil, noTable(err)
	}
	var below []string
	for _, m := range slices.Backward(mounts) {
		if m.Mountpoint == dir || strings.HasPrefix(m.Mountpoint, strings.TrimSuffix(dir, "/")+"/") {
			below = append(below, m.Mountpoint)
		}
	}
	if len(below) == 0 {
		return nil, fmt.Errorf("umount %s: nothing is mounted there", dir)
	}
	return below, nil
}

func pivotRoot(c *call) error {
	err := c.parse(options{}, false)
	if err == nil {
		err = c.operands(2, 2, "pivot_root NEW_ROOT PUT_OLD")
	}
	if err != nil {
		return err
	}
	return sys.PivotRoot(c.args[0], c.args[1])
}
