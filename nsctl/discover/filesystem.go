package discover

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/holders"
	"mntscope/nsctl/internal/sys"
)

// FindFilesystem gives the filesystem that ref names on the live host: MAJOR:MINOR; the
// file of a block device; a mount point, which stands for what is mounted there; or any
// other path, which stands for the filesystem that it is on. A mount point is found in
// the snapshot, without a look at what is mounted there, which may be on a server that is
// dead; another path is looked at for a limited time. Errors are sentences for a person.
func FindFilesystem(ctx context.Context, s *nsctl.Snapshot, ref string) (nsctl.Dev, error) {
	return findFilesystem(ctx, s, ref, patience, sys.CurrentDir.Stat)
}

func findFilesystem(ctx context.Context, s *nsctl.Snapshot, ref string, patience time.Duration, look func(string) (sys.FileStat, error)) (nsctl.Dev, error) {
	if dev, err := nsctl.ParseDev(ref); err == nil {
		return dev, nil
	}
	if ref == "" {
		return nsctl.Dev{}, errors.New("no filesystem is named: give a device, MAJOR:MINOR or a path")
	}
	if m := mountPoint(s, ref); m != nil {
		return m.Dev, nil
	}
	type answer struct {
		stat sys.FileStat
		err  error
	}
	var got answer
	ask := func(int) answer {
		stat, err := look(ref)
		return answer{stat, err}
	}
	silent, cancelled := askEach(ctx, 1, 1, patience, func() func(int) answer { return ask }, func(_ int, a answer) { got = a })
	stat, err := got.stat, got.err
	switch {
	case cancelled != nil:
		return nsctl.Dev{}, cancelled
	case len(silent) > 0:
		return nsctl.Dev{}, fmt.Errorf("%s does not answer, as when it is on a dead file server: give its mount point without symbolic links, or the MAJOR:MINOR that \"mntscope mounts --json\" tells", nsctl.Printable(ref))
	case sys.Refused(err):
		return nsctl.Dev{}, fmt.Errorf("%s may not be looked at: permission denied; try as root, or give the MAJOR:MINOR", nsctl.Printable(ref))
	case err != nil:
		return nsctl.Dev{}, fmt.Errorf("%s is no file: %w; give a device, MAJOR:MINOR or a path", nsctl.Printable(ref), cause(err))
	case stat.BlockDevice:
		return filesystemOf(s, nsctl.Dev(stat.Rdev), look), nil
	}
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			if m := &s.Namespaces[i].Mounts[j]; stat.MountID != 0 && m.MntID == nsctl.MountID(stat.MountID) {
				return m.Dev, nil
			}
		}
	}
	return nsctl.Dev(stat.Dev), nil
}

// mountPoint gives the mount at a path in the caller's namespace, if the path is written as
// the kernel writes it. A caller whose root is not that of the namespace has other paths.
func mountPoint(s *nsctl.Snapshot, ref string) *nsctl.Mount {
	ns := holders.Observers(s)
	if ns == nil || strings.Contains(ref+"/", "/../") || strings.HasPrefix(ref, "../") { // after a symbolic link .. leads elsewhere
		return nil
	}
	if !path.IsAbs(ref) {
		cwd, err := sys.CurrentDir.Readlink("/proc/self/cwd")
		if err != nil {
			return nil
		}
		ref = cwd + "/" + ref
	}
	ref = path.Clean(ref)
	m, ok := holders.MountAt(ns, ref)
	if !ok || m.Mountpoint != ref {
		return nil
	}
	if m.FSType == "devtmpfs" && m.Root != "/" {
		return nil // a device file that is bind mounted, as containers do
	}
	root, err := sys.CurrentDir.Stat("/")
	if err != nil {
		return nil
	}
	if top, ok := holders.MountAt(ns, "/"); !ok || root.MountID != 0 && top.MntID != nsctl.MountID(root.MountID) {
		return nil
	}
	return m
}

// filesystemOf gives the filesystem on a block device. It has the device's number, except
// for btrfs and the like, which can be on several devices: there a mount names it as its
// source.
func filesystemOf(s *nsctl.Snapshot, device nsctl.Dev, look func(string) (sys.FileStat, error)) nsctl.Dev {
	asked := map[string]bool{}
	var named *nsctl.Mount
	for i := range s.Namespaces {
		for j := range s.Namespaces[i].Mounts {
			m := &s.Namespaces[i].Mounts[j]
			if m.Dev == device {
				return device
			}
			if named != nil || m.Dev.Major != 0 || !hasDevices(m.FSType) || !strings.HasPrefix(m.Source, "/dev/") || asked[m.Source] {
				continue
			}
			asked[m.Source] = true
			if stat, err := look(m.Source); err == nil && stat.BlockDevice && nsctl.Dev(stat.Rdev) == device {
				named = m
			}
		}
	}
	if named != nil {
		return named.Dev
	}
	return device
}

// hasDevices names the filesystems that are on block devices, but have a number of their own.
func hasDevices(fstype string) bool { return fstype == "btrfs" || fstype == "bcachefs" }

// cause takes the operation and the path off an error.
func cause(err error) error {
	var call *sys.CallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}
