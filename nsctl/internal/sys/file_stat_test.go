package sys_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/internal/sys"
)

func TestStat(t *testing.T) {
	mounts, err := nstest.ReadMountinfo("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stat, err := sys.CurrentDir.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var classic unix.Stat_t
	if err := unix.Stat(path, &classic); err != nil {
		t.Fatal(err)
	}
	if want := (sys.FileDev{Major: unix.Major(classic.Dev), Minor: unix.Minor(classic.Dev)}); stat.Dev != want || stat.BlockDevice {
		t.Errorf("%+v, want the device %v", stat, want)
	}
	proc, err := sys.CurrentDir.Stat("/proc/self/exe/../..") // fails: a file is no directory
	if err == nil {
		t.Errorf("%+v", proc)
	}
	if proc, err = sys.CurrentDir.Stat("/proc"); err != nil {
		t.Fatal(err)
	}
	found := proc.MountID == 0 // before Linux 5.8
	for _, m := range mounts {
		found = found || int32(m.MntID) == proc.MountID && m.Mountpoint == "/proc"
	}
	if !found {
		t.Errorf("/proc is on mount %d", proc.MountID)
	}
}

func TestThreadsShare(t *testing.T) {
	host := nstest.Host(t)
	thread, other := host.Thread(t), host.Fork(t)
	files, err := sys.ShareFiles(host.PID(), thread.PID())
	if err != nil {
		t.Skipf("this kernel does not compare: %v", err)
	}
	fs, err := sys.ShareFS(host.PID(), thread.PID())
	if err != nil || !files || fs { // a new mount namespace takes a root of its own
		t.Errorf("a thread: files %v, fs %v, %v", files, fs, err)
	}
	files, err = sys.ShareFiles(host.PID(), other.PID())
	if err != nil || files {
		t.Errorf("another process: files %v, %v", files, err)
	}
}

func TestLoopBackingDevOfNoLoop(t *testing.T) {
	if _, err := sys.LoopBackingDev(os.DevNull); err == nil || !strings.Contains(err.Error(), "LOOP_GET_STATUS64 "+os.DevNull) {
		t.Errorf("it gives %v", err)
	}
}
