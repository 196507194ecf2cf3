package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl/sandbox"
	"mntscope/nsctl/sandbox/unpack"
	"mntscope/ui"
)

func TestPathsOfRoots(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"alpine", "arch.d", ".hidden"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"alpine.tar.gz", "all.txt", "a.tar.zst"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("alpine", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", dir)
	for _, tc := range []struct {
		begun string
		want  []string
	}{
		{"/", []string{"/a.tar.zst", "/alpine.tar.gz", "/alpine/", "/arch.d/", "/link/"}},
		{"/al", []string{"/alpine.tar.gz", "/alpine/"}},
		{"/.h", []string{"/.hidden/"}},
		{"/li", []string{"/link/"}},
		{"/none", nil},
		{"/none/x", nil},
	} {
		for _, from := range []string{dir, "~"} {
			got := workshop{}.Paths(t.Context(), from+tc.begun)
			slices.Sort(got)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], dir)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s is completed to %q, want %q", from+tc.begun, got, tc.want)
			}
		}
	}
}

// Who only looks makes nothing, and nothing is made when the explorer has ended.
func TestSandboxesLeaveNothingBehind(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	var own boxes
	if all, err := own.List(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("there are %v, %v", all, err)
	}
	if err := own.close(); err != nil {
		t.Error(err)
	}
	if _, err := (workshop{&own}).Make(t.Context(), ui.NewSandbox{Spec: sandbox.Spec{UserNS: true}}, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end, making one: %v", err)
	}
	if entries, err := os.ReadDir(state); err != nil || len(entries) > 0 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

func TestRootThatIsNone(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "x")
	for path, want := range map[string]string{os.DevNull: "is neither a directory nor a tarball", missing: "no such file or directory"} {
		if _, err := rootFrom(path, unpack.RefuseDevices, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the root %s: %v, want %q", path, err, want)
		}
	}
}
