package sandbox

import (
	"context"
	"fmt"
	"os"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
	"mntscope/nsctl/sandbox/miniroot"
	"mntscope/nsctl/sandbox/unpack"
)

// Builtin is the root file system that is in this program: a shell and the commands of a
// walk through the building of a container.
func Builtin() Root {
	return Root{From: "built in", Fill: func(_ context.Context, dir string) error {
		if err := miniroot.Build(dir, "/proc/self/exe"); err != nil {
			return fmt.Errorf("building a root in %s, which takes some 20 MB there: %w", nsctl.Printable(dir), err)
		}
		return nil
	}}
}

// Tarball is a root file system that is unpacked from an archive, which is read when a
// sandbox is made. Files get the owners that they have in it where the caller may give
// files away, and else are the caller's. Devices says what becomes of device nodes, and
// progress, unless it is nil, is told from time to time how much of total bytes have been read.
func Tarball(path string, devices unpack.DevicePolicy, progress func(p unpack.Progress, total int64)) Root {
	return Root{From: path, Fill: func(ctx context.Context, dir string) error {
		archive, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("the archive %s: %w", nsctl.Printable(path), reason(err))
		}
		defer archive.Close()
		info, err := archive.Stat()
		if err != nil {
			return err
		}
		o := unpack.Options{Devices: devices, Owners: sys.AdministersHost()}
		if progress != nil {
			o.Progress = func(p unpack.Progress) { progress(p, info.Size()) }
		}
		if _, err := unpack.Unpack(ctx, archive, dir, o); err != nil {
			return fmt.Errorf("unpacking %s: %w", nsctl.Printable(path), err)
		}
		return nil
	}}
}
