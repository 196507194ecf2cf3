package miniroot_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl/sandbox/miniroot"
)

func TestBuild(t *testing.T) {
	root := newRoot(t)
	for _, name := range miniroot.Commands() {
		if target, err := os.Readlink(filepath.Join(root, "bin", name)); err != nil || target != "mntscope" {
			t.Errorf("bin/%s is a link to %q, %v", name, target, err)
		}
	}
	here, err := os.Stat(self(t))
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.Stat(filepath.Join(root, "bin/mntscope"))
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(here, there) {
		t.Error("the program in the root is the one outside, which root in the sandbox can write to")
	}
	if here.Size() != there.Size() {
		t.Errorf("%d bytes of the program became %d", here.Size(), there.Size())
	}
	for _, dir := range []string{"dev", "proc", "root", "sys", "tmp", "mnt"} {
		entries, err := os.ReadDir(filepath.Join(root, dir))
		if err != nil || len(entries) > 0 {
			t.Errorf("%s has %d entries, %v", dir, len(entries), err)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, dir, binary, want string }{
		{"a directory in use", used, self(t), "not empty"},
		{"no directory", filepath.Join(used, "none"), self(t), "no such file"},
		{"no program", t.TempDir(), filepath.Join(used, "none"), "no such file"},
		{"another file", t.TempDir(), text, "text is not a program"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := miniroot.Build(tc.dir, tc.binary); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, which does not say %q", err, tc.want)
			}
		})
	}
	if entries, err := os.ReadDir(used); err != nil || len(entries) != 1 {
		t.Errorf("the directory in use has %v, %v", entries, err)
	}
}

// Programs that need libraries run in a root that has what Build takes along. The test
// binary is one of them where there is a C compiler.
func TestLibraries(t *testing.T) {
	dynamic, err := exec.LookPath("mount")
	if err != nil {
		t.Skip("there is no mount(8)")
	}
	root := t.TempDir()
	if err := miniroot.Build(root, dynamic); err != nil {
		t.Fatal(err)
	}
	var found []string
	err = filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), ".so") {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(found, func(name string) bool { return strings.HasPrefix(name, "libmount.so") }) {
		t.Fatalf("of its libraries it has only %v", found)
	}
	r := run(t, in(t, root, "mntscope", "--version")) // which is mount(8) here
	r.want(t, 0, r.out)
	if !strings.Contains(r.out, "util-linux") {
		t.Errorf("mount --version says %q", r.out)
	}

	static, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox")
	}
	root = t.TempDir()
	if err := miniroot.Build(root, static); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "lib")); err == nil {
		t.Error("busybox, which needs none, has libraries in its root")
	}
}

// Only a command that is a link to mntscope in /bin of the running root is one.
func TestOnlyInAMiniRoot(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "ls")
	if err := os.Symlink("mntscope", link); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ls"}, {link, "-l"}, {"-sh"}, {"mntscope"}, {"/bin/mount"}, {""}, {}} {
		if _, ok := miniroot.Command(args); ok {
			t.Errorf("%q is taken for a command here", args)
		}
	}
}
