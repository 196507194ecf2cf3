package nstest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

func TestHostIsSharedAndCutOff(t *testing.T) {
	host := nstest.Host(t)
	own, err := nstest.NumberOf("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	if host.NS() == own {
		t.Fatalf("the host is in the test's own namespace, %v", own)
	}
	for _, m := range host.Mounts(t) {
		if m.Propagation.Shared == 0 || m.Propagation.Master != 0 {
			t.Errorf("%s is %v", m.Mountpoint, m.Propagation)
		}
	}
}

// A test that takes the scratch directory away must not go on with the machine's.
func TestMachineIsReadOnly(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Umount(nstest.Scratch))
	if err := host.Do(nstest.Mkdir(nstest.Scratch + "/made-by-a-test")); !errors.Is(err, syscall.EROFS) {
		t.Errorf("the machine's %s can be written to: %v", nstest.Scratch, err)
	}
	host.Must(t, nstest.Mkdir(t.TempDir()))
}

func TestClonePropagation(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"))
	group := at(t, host, "/mnt/a").Propagation.Shared
	for _, tc := range []struct {
		name    string
		options []nstest.Option
		want    nsctl.Propagation
	}{
		{"unchanged", nil, nsctl.Propagation{Shared: group}},
		{"slave", []nstest.Option{nstest.Propagation("rslave")}, nsctl.Propagation{Master: group}},
		{"private", []nstest.Option{nstest.Propagation("rprivate")}, nsctl.Propagation{}},
		{"another owner", []nstest.Option{nstest.User()}, nsctl.Propagation{Master: group}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := host.Clone(t, tc.options...)
			if n.NS() == host.NS() {
				t.Errorf("the clone is in the original's namespace")
			}
			if got := at(t, n, "/mnt/a").Propagation; got != tc.want {
				t.Errorf("/mnt/a is %v, want %v", got, tc.want)
			}
		})
	}
}

func TestDo(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Tmpfs("/mnt/a"), nstest.Mkdir("/mnt/a/sub"), nstest.Touch("/mnt/a/file"))
	const awkward = "/mnt/ \t\n\\#\x1b[31m\xff"
	for _, tc := range []struct {
		name string
		ops  []nstest.Op
		at   string // a mount point that must be there after it
		want nsctl.Propagation
		err  error
	}{
		{name: "bind a file", ops: []nstest.Op{nstest.Touch("/mnt/f"), nstest.Bind("/mnt/a/file", "/mnt/f")}, at: "/mnt/f"},
		{name: "awkward name", ops: []nstest.Op{nstest.Tmpfs(awkward)}, at: awkward},
		{name: "not a mount point", ops: []nstest.Op{nstest.Umount("/mnt/a/sub")}, err: syscall.EINVAL},
		{name: "stops at the first error", ops: []nstest.Op{nstest.Chdir("/none"), nstest.Detach("/mnt/a")}, at: "/mnt/a", err: syscall.ENOENT},
		{name: "move into a shared mount", ops: []nstest.Op{
			nstest.Tmpfs("/mnt/p"), nstest.Make("private", "/mnt/p"), nstest.Tmpfs("/mnt/p/q"), nstest.Mkdir("/mnt/moved"),
			nstest.Move("/mnt/p/q", "/mnt/moved"),
		}, at: "/mnt/moved"},
		{name: "setattr", ops: []nstest.Op{nstest.Tmpfs("/mnt/u"), nstest.MakeBySetattr("unbindable", "/mnt/u")}, at: "/mnt/u"},
		{name: "bind an unbindable", ops: []nstest.Op{nstest.Bind("/mnt/u", "/mnt/v")}, err: syscall.EINVAL},
		{name: "no such propagation type", ops: []nstest.Op{nstest.Make("public", "/mnt/a")}, err: syscall.EINVAL},
		{name: "options of a new mount", ops: []nstest.Op{nstest.Mkdir("/mnt/n"), nstest.NewMount("tmpfs", "/mnt/n", "source=a\rb", "size=1m")}, at: "/mnt/n"},
		{name: "beneath", ops: []nstest.Op{
			nstest.Tmpfs("/mnt/top"), nstest.Tmpfs("/mnt/low"), nstest.Make("private", "/mnt"), nstest.MoveMount("/mnt/low", "/mnt/top", 0x200),
		}, at: "/mnt/top"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := host.Do(tc.ops...); !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if tc.at != "" {
				at(t, host, tc.at)
			}
		})
	}
}

func TestThreadLivesElsewhere(t *testing.T) {
	host := nstest.Host(t)
	thread := host.Thread(t)
	thread.Must(t, nstest.Make("rprivate", "/"), nstest.Tmpfs("/mnt/only-here"))
	at(t, thread, "/mnt/only-here")
	if thread.NS() == host.NS() || has(t, host, "/mnt/only-here") {
		t.Errorf("the thread's mount is in its process's namespace too")
	}
	child := thread.Clone(t)
	at(t, child, "/mnt/only-here")
	thread.Exit(t)
	if _, err := os.Stat(thread.Proc("stat")); !os.IsNotExist(err) {
		t.Errorf("the thread has not ended: %v", err)
	}
}

func TestEndLeader(t *testing.T) {
	host := nstest.Host(t)
	host.EndLeader(t)
	stat, err := os.ReadFile(host.Proc("stat"))
	if err != nil || !strings.Contains(string(stat), ") Z ") {
		t.Fatalf("the first thread lives on: %s %v", stat, err)
	}
	host.Must(t, nstest.Tmpfs("/mnt/a"))
}

func TestHolders(t *testing.T) {
	host := nstest.Host(t)
	byFD := host.HoldByFD(t, nstest.Propagation("rprivate"))
	if got, err := nstest.NumberOf(byFD.Holder.Path); err != nil || got != byFD.NS {
		t.Errorf("%s is %v, %v; want %v", byFD.Holder.Path, got, err, byFD.NS)
	}
	byBind := host.HoldByBind(t, "/mnt/ns/held")
	if got := at(t, host, "/mnt/ns/held").Root; got != byBind.NS.String() {
		t.Errorf("%s is mounted, want %v", got, byBind.NS)
	}
}

func TestAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start processes of other users")
	}
	host := nstest.Host(t)
	user := host.Fork(t, nstest.As(65534))
	if user.NS() != host.NS() {
		t.Errorf("the fork is in %v, want %v", user.NS(), host.NS())
	}
	if err := user.Do(nstest.Tmpfs("/mnt")); !errors.Is(err, syscall.EPERM) {
		t.Errorf("another user may mount: %v", err)
	}
	user.Clone(t, nstest.User()).Must(t, nstest.Tmpfs("/mnt"))
}

func TestChrootAndPivot(t *testing.T) {
	host := nstest.Host(t)
	jail := host.Fork(t)
	jail.Must(t, nstest.Mkdir("/mnt/jail/inner"), nstest.Chroot("/mnt/jail"))
	if mounts := jail.Mounts(t); len(mounts) != 0 {
		t.Errorf("below a directory without mounts there are %v", mounts)
	}
	if _, err := os.Stat(jail.Path("/inner")); err != nil {
		t.Error(err)
	}
	n := host.Clone(t, nstest.Propagation("rprivate"))
	n.Must(t, nstest.Tmpfs("/mnt/root"), nstest.Mkdir("/mnt/root/old"), nstest.Pivot("/mnt/root", "/mnt/root/old"))
	if root := at(t, n, "/"); root.FSType != "tmpfs" {
		t.Errorf("the root is %+v", root)
	}
}

func TestRun(t *testing.T) {
	host := nstest.Host(t)
	out, err := host.Run("readlink", "/proc/self/ns/mnt")
	if err != nil || strings.TrimSpace(string(out)) != host.NS().String() {
		t.Errorf("it ran in %s, %v; want %v", out, err, host.NS())
	}
}

func TestCopiesHaveMountsOfTheirOwn(t *testing.T) {
	host := nstest.Host(t)
	seen := map[nsctl.MountID]bool{}
	for _, pid := range append(host.Copies(t, 3), host.PID()) {
		mounts, err := nstest.ReadMountinfo(filepath.Join("/proc", fmt.Sprint(pid), "mountinfo"))
		if err != nil || len(mounts) != len(host.Mounts(t)) {
			t.Fatalf("process %d: %d mounts, %v", pid, len(mounts), err)
		}
		for _, m := range mounts {
			if seen[m.MntID] {
				t.Fatalf("process %d: mount %d is in two namespaces", pid, m.MntID)
			}
			seen[m.MntID] = true
		}
	}
}

func has(t *testing.T, n *nstest.NS, mountpoint string) bool {
	t.Helper()
	return slices.ContainsFunc(n.Mounts(t), func(m nsctl.Mount) bool { return m.Mountpoint == mountpoint })
}

func at(t *testing.T, n *nstest.NS, mountpoint string) nsctl.Mount {
	t.Helper()
	mounts := n.Mounts(t)
	for i := len(mounts) - 1; i >= 0; i-- {
		if mounts[i].Mountpoint == mountpoint {
			return mounts[i]
		}
	}
	t.Fatalf("nothing is mounted on %q", mountpoint)
	return nsctl.Mount{}
}
