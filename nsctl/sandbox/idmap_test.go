package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mntscope/nsctl/internal/nstest"
	"mntscope/nsctl/sandbox"
)

func TestMapRoot(t *testing.T) {
	s := store(t)
	b := made(t, s, sandbox.Spec{UserNS: true})
	if got := strings.Fields(mustRun(t, s, b.Name, "cat", "/proc/self/uid_map")); len(got) != 3 || got[0] != "0" || got[1] != itoa(os.Geteuid()) || got[2] != "1" {
		t.Errorf("the map is %v", got)
	}
}

// As an ordinary user, with newuidmap and newgidmap. The files that say who has which ids are
// covered in a scene.
func TestSubordinateIDs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("in a user namespace newuidmap is not root's")
	}
	if _, err := exec.LookPath("newuidmap"); err != nil {
		nstest.Unavailable(t, "there is no newuidmap (Debian: uidmap)")
	}
	host := nstest.Host(t)
	ids := filepath.Join(nstest.Scratch, "ids")
	host.Must(t, nstest.Touch(ids))
	if err := os.WriteFile(host.Path(ids), []byte("65534:200000:65536\n"), 0o644); err != nil { //nolint:gosec // as /etc/subuid
		t.Fatal(err)
	}
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		host.Must(t, nstest.Bind(ids, file))
	}
	dir := storeDir(t)
	for d := filepath.Dir(dir); d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // a directory
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	script := `id -u; id -G; cat /proc/self/uid_map; touch root/file && mkdir root/dir && touch root/dir/file && chown 5:7 root/dir/file root/dir && ls -lnd root/dir`
	m := prepareMaker(t, host, dir, wish{
		Spec: sandbox.Spec{UserNS: true, Map: sandbox.MapAuto},
		Argv: []string{"sh", "-c", "cd " + dir + "/s1 && mkdir -p root && " + script},
	})
	asNobody(m)
	out, err := m.cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"0\n0\n", " 200000 ", " 65536\n", " 5 7 ", "ended with 0"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not print %q:\n%s", want, out)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("left are %v, %v", names, err)
	}
}

// asNobody lets a maker run as another user, also its program, though its path is not his.
func asNobody(m *maker) {
	m.cmd.Stdout = nil
	self := m.cmd.Args
	i := len(self) - 2
	m.cmd.Args = append(append(append([]string{}, self[:i]...), "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"), self[i:]...)
}

// Root inside is another user outside, who owns what is written, or whose files the mount
// of the root shows as root's.
func TestAnotherUserAsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a sandbox of another user")
	}
	s := store(t)
	if _, err := s.New(t.Context(), sandbox.Spec{UserNS: true, Map: sandbox.MapUser, User: "no such user"}); err == nil || !strings.Contains(err.Error(), "there is no user called") {
		t.Errorf("a user that there is not: %v", err)
	}
	spec := sandbox.Spec{UserNS: true, PID: true, Map: sandbox.MapUser, User: "65534", Steps: sandbox.AllSteps}
	t.Run("the mount maps the owners", func(t *testing.T) {
		spec.Root = sandbox.Root{Dir: rootfs(t)}
		b := made(t, s, spec)
		mustRun(t, s, b.Name, "touch", "/made")
		if got := mustRun(t, s, b.Name, "ls", "-ln", "/made", "/bin/busybox"); strings.Contains(got, "65534") {
			t.Errorf("inside the owners are\n%s", got)
		}
		wantOwner(t, filepath.Join(spec.Root.Dir, "made"), 0)
		wantProcessOf(t, b, 65534)
	})
	t.Run("the files are given to him", func(t *testing.T) {
		spec.Root = sandbox.Root{From: "busybox", Chown: true, Fill: func(_ context.Context, dir string) error {
			return os.CopyFS(dir, os.DirFS(rootfs(t)))
		}}
		b := made(t, s, spec)
		if b.From != "busybox" {
			t.Errorf("it is from %q", b.From)
		}
		wantOwner(t, filepath.Join(b.Root, "bin", "busybox"), 65534)
		if got := mustRun(t, s, b.Name, "ls", "-ln", "/bin/busybox"); strings.Contains(got, "65534") {
			t.Errorf("inside the owner is\n%s", got)
		}
	})
	t.Run("not those of a directory of his own", func(t *testing.T) {
		spec.Root = sandbox.Root{Dir: t.TempDir(), Chown: true}
		if _, err := s.New(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "stays as it is") {
			t.Errorf("it says %v", err)
		}
	})
}

func wantOwner(t testing.TB, path string, uid uint32) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	if st.Uid != uid {
		t.Errorf("%s belongs to %d, want %d", path, st.Uid, uid)
	}
}

func wantProcessOf(t testing.TB, b *sandbox.Sandbox, uid uint32) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(fmt.Sprintf("/proc/%d", b.PID), &st); err != nil {
		t.Fatal(err)
	}
	if st.Uid != uid {
		t.Errorf("the keeper is a process of user %d, want %d", st.Uid, uid)
	}
}
