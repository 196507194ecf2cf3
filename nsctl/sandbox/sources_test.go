package sandbox_test

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/unpack"
)

// tarball packs a directory as "docker export" would.
func tarball(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.tar.gz")
	if out, err := exec.CommandContext(t.Context(), "tar", "-C", dir, "-czf", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// The walk to a root file system of a user's tarball, and to the built-in one, which needs
// nothing: each is what "/" is in the end, and goes with the sandbox.
func TestRootThatIsMade(t *testing.T) {
	archive := tarball(t, rootfs(t))
	var last unpack.Progress
	for name, tc := range map[string]struct {
		root sandbox.Root
		has  []string
	}{
		"tarball": {sandbox.Tarball(archive, unpack.RefuseDevices, func(p unpack.Progress, _ int64) { last = p }), []string{"bin", "dev", "mnt", "old_root", "proc"}},
		"builtin": {sandbox.Builtin(), []string{"bin", "dev", "etc", "mnt", "old_root", "proc", "root", "sys", "tmp"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeDir(t)
			s := open(t, dir)
			b := made(t, s, sandbox.Spec{PID: true, Root: tc.root, Steps: sandbox.AllSteps})
			got := strings.Fields(mustRun(t, s, b.Name, "ls", "/"))
			for _, name := range tc.has { // and what the program is linked with
				if !slices.Contains(got, name) {
					t.Errorf("its root has %v, want %v", got, tc.has)
				}
			}
			mustRun(t, s, b.Name, "sh", "-c", "mount -t tmpfs none /mnt && touch /mnt/x && ls /mnt | cat")
			var points []string
			for _, m := range mountsOf(t, b.PID) {
				points = append(points, m.Mountpoint)
			}
			if !slices.Equal(points, []string{"/", "/proc", "/mnt"}) {
				t.Errorf("mounted are %v", points)
			}
			if b.From != tc.root.From {
				t.Errorf("it says to be made from %q", b.From)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left are %v, %v", left, err)
			}
		})
	}
	if last.Entries == 0 || last.Written == 0 {
		t.Errorf("the last that was told is %+v", last)
	}
}

// An archive that does harm makes no sandbox, and leaves nothing.
func TestRootOfAHarmfulTarball(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.tar")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(file)
	for _, name := range []string{"fine", "../outside"} {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	dir := storeDir(t)
	s := open(t, dir)
	_, err = s.New(t.Context(), sandbox.Spec{UserNS: true, PID: true, Root: sandbox.Tarball(path, unpack.RefuseDevices, nil), Steps: sandbox.AllSteps})
	if err == nil || !strings.Contains(err.Error(), `"../outside"`) {
		t.Errorf("it is made: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
