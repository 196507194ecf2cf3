package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestBadSnapshots(t *testing.T) {
	whole, err := os.ReadFile(saved(t, host()))
	if err != nil {
		t.Fatal(err)
	}
	sparse := filepath.Join(t.TempDir(), "sparse")
	if err := os.WriteFile(sparse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<30); err != nil {
		t.Fatal(err)
	}
	version2 := strings.Replace(string(whole), `"version":1`, `"version":2`, 1)
	for _, tc := range []struct{ name, path, want string }{
		{"truncated", savedText(t, string(whole[:len(whole)/2])), "in the middle; copy it again"},
		{"empty", savedText(t, ""), "not a mntscope snapshot"},
		{"another version", savedText(t, version2), "version 2"},
		{"not ours", savedText(t, `{"filesystems":[]}`), "not a mntscope snapshot"},
		{"text", savedText(t, "hello\x1b[31m"), "not a mntscope snapshot"},
		{"a gigabyte of zeros", sparse, "not a mntscope snapshot"},
		{"an endless device", "/dev/zero", "not a mntscope snapshot"},
		{"missing", "/nonexistent/\x1b[31mfile", `/nonexistent/\x1b[31mfile: no such file or directory; "mntscope snapshot -o FILE" makes one`},
		{"a directory", t.TempDir(), `is a directory; "mntscope snapshot -o FILE" makes one`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, command := range []string{"ns", "mounts", "peers", "", "why a:/ b", "holders 8:1", "predict -- umount /"} {
				words := strings.Fields(command)
				args := slices.Insert(words, min(len(words), 1), "--snapshot", tc.path)
				mntscope(t, args...).wantFailure(t, exitFailed, "cannot read the snapshot", tc.want)
			}
		})
	}
}

func TestSnapshotOfAnotherUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read every file")
	}
	path := saved(t, host())
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	mntscope(t, "ns", "--snapshot", path).wantFailure(t, exitFailed, "permission denied", "as the user who may")
}

func TestUnknownNamespaces(t *testing.T) {
	path := saved(t, host())
	twins := host()
	twins.Namespaces[1].Name, twins.Namespaces[1].Container = "systemd", nil
	ended := exec.CommandContext(t.Context(), "/bin/true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"a name that no namespace has", []string{"bogus", "--snapshot", path}, "no such mount namespace: bogus"},
		{"nothing", []string{"", "--snapshot", path}, `no such mount namespace: ''; "mntscope ns --snapshot FILE" lists the namespaces there are`},
		{"an escape sequence", []string{"\x1b[31m", "--snapshot", path}, `\x1b[31m`},
		{"a number that was not saved", []string{"mnt:[7]", "--snapshot", path}, "mnt:[7]"},
		{"a name that two have", []string{"systemd", "--snapshot", saved(t, twins)}, "mnt:[4026531832], mnt:[4026532001]"},
		{"a name on this host", []string{"no such name"}, "no such name"},
		{"a process that has ended", []string{strconv.Itoa(ended.Process.Pid)}, strconv.Itoa(ended.Process.Pid) + ` does not exist: it has ended, or is hidden; "mntscope ns" lists`},
		{"a file that is no namespace", []string{"/dev/null"}, `/dev/null is not the file of a mount namespace; "mntscope ns" lists`},
		{"a path without a file", []string{"/nonexistent/ns"}, `cannot open the namespace file /nonexistent/ns: no such file or directory; "mntscope ns" lists`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, append([]string{"mounts"}, tc.args...)...).wantFailure(t, exitFailed, tc.want)
			ns, saved := tc.args[0], tc.args[1:]
			mntscope(t, append([]string{"why", "self:/", ns}, saved...)...).wantFailure(t, exitFailed, tc.want)
			mntscope(t, append(append([]string{"predict", "--ns", ns}, saved...), "--", "umount", "/x")...).wantFailure(t, exitFailed, tc.want)
		})
	}
}
