package discover

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
	"mntscope/nsctl/internal/nstest"
)

// awkward is a name that wants to write to the terminal.
const awkward = "/mnt/fs/a b\n\x1b[31m\xff"

// held finds what holds the filesystem that is mounted at a path in n.
func held(t *testing.T, n *nstest.NS, path string) *nsctl.FilesystemHolders {
	t.Helper()
	return heldDev(t, devAt(t, n, path))
}

func devAt(t *testing.T, n *nstest.NS, path string) nsctl.Dev {
	t.Helper()
	mounts := n.Mounts(t)
	at := slices.IndexFunc(mounts, func(m nsctl.Mount) bool { return m.Mountpoint == path })
	if at < 0 {
		t.Fatalf("nothing is mounted at %q", path)
	}
	return mounts[at].Dev
}

func heldDev(t *testing.T, dev nsctl.Dev) *nsctl.FilesystemHolders {
	t.Helper()
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := Holders(t.Context(), s, dev)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// use is a FileUse without the pointer.
type use struct {
	how      nsctl.UseKind
	path     string
	fd       int // -1 for none
	detached bool
	thread   bool
}

func usesOf(h *nsctl.FilesystemHolders, pid int) []use {
	var uses []use
	for _, p := range h.Processes {
		if p.PID != pid {
			continue
		}
		for _, u := range p.Uses {
			fd := -1
			if u.FD != nil {
				fd = *u.FD
			}
			uses = append(uses, use{u.How, u.Path, fd, u.Detached, u.TID != 0})
		}
	}
	return uses
}

func wantUses(t *testing.T, h *nsctl.FilesystemHolders, pid int, want ...use) {
	t.Helper()
	if got := usesOf(h, pid); !slices.Equal(got, want) {
		t.Errorf("process %d has the uses %+v, want %+v", pid, got, want)
	}
}

// mappedUse leaves out whether the mount of a mapping is attached, which takes privilege
// over the whole host to see.
func (u use) asMapped() use {
	u.detached = u.detached && os.Geteuid() == 0
	return u
}

// fsSource is the source of filesystems that are tested, which nobody else uses.
func fsSource() string { return fmt.Sprintf("fs of %d", os.Getpid()) }

// testedFS mounts such a filesystem on /mnt/fs.
func testedFS(t *testing.T, n *nstest.NS) {
	t.Helper()
	n.Must(t, nstest.Mkdir("/mnt/fs"), nstest.Mount(fsSource(), "/mnt/fs", "tmpfs", 0, "mode=755"))
}

func TestHoldersAreProcesses(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Make("rprivate", "/"))
	testedFS(t, host)
	host.Must(t, nstest.Write(awkward, "x"), nstest.Mkdir("/mnt/fs/dir"))
	inCwd, inRoot, inMap, inFD := host.Fork(t), host.Fork(t), host.Fork(t), host.Fork(t)
	elsewhere := host.Clone(t)
	none := host.Fork(t)
	inCwd.Must(t, nstest.Chdir("/mnt/fs/dir"))
	inMap.Must(t, nstest.Map(awkward))
	fd := inFD.Open(t, awkward)
	far := elsewhere.Open(t, "/mnt/fs/dir")
	inRoot.Must(t, nstest.Chroot("/mnt/fs"))
	running := program(t, host, "/mnt/fs/cat")

	h := held(t, host, "/mnt/fs")
	wantUses(t, h, inCwd.PID(), use{how: nsctl.UseCwd, path: "/mnt/fs/dir", fd: -1})
	wantUses(t, h, inRoot.PID(), use{how: nsctl.UseRoot, path: "/mnt/fs", fd: -1}, use{how: nsctl.UseCwd, path: "/mnt/fs", fd: -1})
	wantUses(t, h, inMap.PID(), use{how: nsctl.UseMap, path: awkward, fd: -1})
	wantUses(t, h, inFD.PID(), use{how: nsctl.UseFD, path: awkward, fd: fd})
	wantUses(t, h, elsewhere.PID(), use{how: nsctl.UseFD, path: "/mnt/fs/dir", fd: far})
	wantUses(t, h, running, use{how: nsctl.UseExe, path: "/mnt/fs/cat", fd: -1})
	wantUses(t, h, none.PID())
	wantMounts(t, h, host, "/mnt/fs", elsewhere, "/mnt/fs")
	for _, p := range h.Processes {
		if p.Comm == "" || p.PID == inFD.PID() && p.NS != host.NS() {
			t.Errorf("%+v", p)
		}
	}
}

// program starts a copy of cat from a path in the namespace, which waits for input.
func program(t *testing.T, n *nstest.NS, path string) (pid int) {
	t.Helper()
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(cat)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.Path(path), text, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	cmd := exec.Command(n.Path(path)) //nolint:gosec // just made
	input, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = cmd.Wait() // may have been ended by a signal
	})
	return cmd.Process.Pid
}

// wantMounts checks the mounts by namespace and mount point.
func wantMounts(t *testing.T, h *nsctl.FilesystemHolders, pairs ...any) {
	t.Helper()
	var want, got []string
	for i := 0; i < len(pairs); i += 2 {
		want = append(want, fmt.Sprintf("%v %q", pairs[i].(*nstest.NS).NS(), pairs[i+1]))
	}
	for _, m := range h.Mounts {
		got = append(got, fmt.Sprintf("%v %q", m.NS, m.Mount.Mountpoint))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("mounted at %q, want %q", got, want)
	}
}

// After umount -l no table lists the mount, and only those who use it keep it.
func TestHoldersAfterLazyUmount(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Make("rprivate", "/"))
	testedFS(t, host)
	host.Must(t, nstest.Write("/mnt/fs/f", "x"), nstest.Write("/mnt/fs/m", "x"))
	dev := devAt(t, host, "/mnt/fs")
	inFD, inCwd, inMap := host.Fork(t), host.Fork(t), host.Fork(t)
	fd := inFD.Open(t, "/mnt/fs/f")
	inCwd.Must(t, nstest.Chdir("/mnt/fs"))
	inMap.Must(t, nstest.Map("/mnt/fs/m"))
	host.Must(t, nstest.Detach("/mnt/fs"))

	h := heldDev(t, dev)
	wantMounts(t, h)
	wantUses(t, h, inFD.PID(), use{nsctl.UseFD, "/f", fd, true, false})
	wantUses(t, h, inCwd.PID(), use{nsctl.UseCwd, "/", -1, true, false})
	wantUses(t, h, inMap.PID(), use{nsctl.UseMap, "/m", -1, true, false}.asMapped())
	if len(h.Release) != 3 {
		t.Errorf("to release it: %+v", h.Release)
	}
	for _, n := range []*nstest.NS{inFD, inCwd, inMap} {
		n.Exit(t)
	}
	wantReleased(t, dev)
}

// A mount made after the snapshot is not taken for a detached one.
func TestHoldersMountedSinceTheSnapshot(t *testing.T) {
	host := nstest.Host(t)
	s, err := New(Options{}).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	testedFS(t, host)
	host.Must(t, nstest.Write("/mnt/fs/f", "x"))
	fd := host.Open(t, "/mnt/fs/f")
	h, err := Holders(t.Context(), s, devAt(t, host, "/mnt/fs"))
	if err != nil {
		t.Fatal(err)
	}
	wantUses(t, h, host.PID(), use{how: nsctl.UseFD, path: "/mnt/fs/f", fd: fd})
}

// The number of a mount that was in the snapshot may be that of a new one.
func TestHoldersByANumberUsedAgain(t *testing.T) {
	host := nstest.Host(t)
	testedFS(t, host)
	host.Must(t, nstest.Write("/mnt/fs/f", "x"))
	fd := host.Open(t, "/mnt/fs/f")
	mounts := host.Mounts(t)
	at := slices.IndexFunc(mounts, func(m nsctl.Mount) bool { return m.Mountpoint == "/mnt/fs" })
	gone := nsctl.Mount{MntID: mounts[at].MntID, Mountpoint: "/", Dev: nsctl.Dev{Major: mounts[at].Dev.Major + 1, Minor: mounts[at].Dev.Minor}}
	s := &nsctl.Snapshot{Namespaces: []nsctl.Namespace{{Mounts: []nsctl.Mount{gone}}}}
	h, err := Holders(t.Context(), s, mounts[at].Dev)
	if err != nil {
		t.Fatal(err)
	}
	wantUses(t, h, host.PID(), use{how: nsctl.UseFD, path: "/mnt/fs/f", fd: fd})
	h, err = Holders(t.Context(), s, gone.Dev)
	if err != nil {
		t.Fatal(err)
	}
	wantUses(t, h, host.PID())
}

// Threads can have a working directory of their own.
func TestHoldersAreThreads(t *testing.T) {
	host := nstest.Host(t)
	host.Must(t, nstest.Make("rprivate", "/"))
	testedFS(t, host)
	thread := host.Thread(t)
	thread.Must(t, nstest.Chdir("/mnt/fs"))
	h := held(t, host, "/mnt/fs")
	wantUses(t, h, host.PID(), use{how: nsctl.UseCwd, path: "/mnt/fs", fd: -1, thread: true})

	host.EndLeader(t)
	h = held(t, thread, "/mnt/fs")
	if uses := usesOf(h, host.PID()); len(uses) != 1 || uses[0].how != nsctl.UseCwd {
		t.Errorf("after the leader has ended: %+v", uses)
	}
}

// A process that ends, or closes a file, while it is looked at is no gap and no error.
func TestHoldersOfProcessesThatEnd(t *testing.T) {
	host := nstest.Host(t)
	testedFS(t, host)
	dev := devAt(t, host, "/mnt/fs")
	before := heldDev(t, dev).Gaps
	ended := make(chan error)
	go func() {
		var err error
		for range 100 {
			if _, err = host.Run("sh", "-c", "exec 5</mnt/fs; cd /mnt/fs; exec 5<&-"); err != nil {
				break
			}
		}
		ended <- err
	}()
	for running := true; running; {
		select {
		case err := <-ended:
			running = false
			if err != nil {
				t.Error(err)
			}
		default:
			for _, g := range heldDev(t, dev).Gaps {
				if g.What == "processes" && !slices.ContainsFunc(before, func(b nsctl.Gap) bool { return b.What == g.What }) {
					t.Errorf("a gap: %+v", g)
				}
			}
		}
	}
}

// What a user may not look at is told, in one gap.
func TestHoldersForAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may see everything")
	}
	host := nstest.Host(t)
	testedFS(t, host)
	n := 0
	for _, g := range held(t, host, "/mnt/fs").Gaps {
		if g.What == "processes" {
			n++
			if g.Error != "EACCES" || !strings.Contains(g.Message, "root") {
				t.Errorf("%+v", g)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d gaps tell of other users' processes", n)
	}
}
