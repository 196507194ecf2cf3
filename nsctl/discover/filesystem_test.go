package discover

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/sys"
)

func TestFindFilesystem(t *testing.T) {
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proc := ownMount(t, s, "/proc")
	dir := t.TempDir()
	name := filepath.Join(dir, "a\n\x1b")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/version", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	temp, err := sys.CurrentDir.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("/proc/sys")
	for _, tc := range []struct {
		ref  string
		want nsctl.Dev
	}{
		{"8:17", nsctl.Dev{Major: 8, Minor: 17}},
		{"/proc", proc}, {"/proc/", proc}, {"//proc", proc}, {"/proc/version", proc}, {"/proc/self/../version", proc},
		{".", proc}, {"..", proc}, {"kernel", proc},
		{filepath.Join(dir, "link"), proc},
		{name, nsctl.Dev(temp.Dev)},
	} {
		if got, err := FindFilesystem(t.Context(), s, tc.ref); err != nil || got != tc.want {
			t.Errorf("%q is %v, %v; want %v", tc.ref, got, err, tc.want)
		}
	}
	for _, tc := range []struct{ ref, want string }{
		{"", "no filesystem is named"},
		{"/none/at\nall", `/none/at\nall is no file: no such file or directory`},
		{"8:x", "no such file"},
		{"/proc/version/x", "not a directory"},
	} {
		if got, err := FindFilesystem(t.Context(), s, tc.ref); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q is %v, %v; want %q", tc.ref, got, err, tc.want)
		}
	}
}

func ownMount(t *testing.T, s *nsctl.Snapshot, path string) nsctl.Dev {
	t.Helper()
	m := mountPoint(s, path)
	if m == nil {
		t.Fatalf("no mount at %s", path)
	}
	return m.Dev
}

// A mount point is found without a look at it, and no other path can keep one waiting.
func TestFindFilesystemOfADeadServer(t *testing.T) {
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	dead := func(string) (sys.FileStat, error) {
		<-never
		return sys.FileStat{}, nil
	}
	if dev, err := findFilesystem(t.Context(), s, "/proc", time.Millisecond, dead); err != nil || dev != ownMount(t, s, "/proc") {
		t.Errorf("the mount point is %v, %v", dev, err)
	}
	_, err = findFilesystem(t.Context(), s, "/proc/version", time.Millisecond, dead)
	if err == nil || !strings.Contains(err.Error(), "/proc/version does not answer") {
		t.Errorf("it gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := findFilesystem(ctx, s, "/proc/version", time.Minute, dead); err == nil {
		t.Error("it is not interrupted")
	}
}

// btrfs has a device number of its own; its mounts name one of its devices.
func TestFindFilesystemOnADevice(t *testing.T) {
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: []nsctl.Mount{
		{MntID: 1, Dev: nsctl.Dev{Major: 8, Minor: 1}, FSType: "ext4", Source: "/dev/sda1"},
		{MntID: 2, Dev: nsctl.Dev{Minor: 40}, FSType: "btrfs", Source: "/dev/mapper/disk"},
		{MntID: 3, Dev: nsctl.Dev{Minor: 41}, FSType: "tmpfs", Source: "/dev/sda3"},
	}}}}
	look := func(path string) (sys.FileStat, error) {
		minor := map[string]uint32{"/dev/sda1": 1, "/dev/disk/by-id/2": 2, "/dev/mapper/disk": 2, "/dev/sda3": 3}[path]
		if minor == 0 {
			return sys.FileStat{}, os.ErrNotExist
		}
		return sys.FileStat{BlockDevice: true, Rdev: sys.FileDev{Major: 8, Minor: minor}, Dev: sys.FileDev{Minor: 5}}, nil
	}
	for ref, want := range map[string]nsctl.Dev{
		"/dev/sda1":         {Major: 8, Minor: 1},
		"/dev/disk/by-id/2": {Minor: 40},
		"/dev/sda3":         {Major: 8, Minor: 3}, // tmpfs is on no device, whatever it says
	} {
		if got, err := findFilesystem(t.Context(), s, ref, time.Minute, look); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", ref, got, err, want)
		}
	}
}
