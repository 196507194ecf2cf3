package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestPredictUsage(t *testing.T) {
	path := saved(t, host())
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing", nil, `no operation was given: the operation stands behind "--"`},
		{"nothing behind the dashes", []string{"--"}, "no operation was given"},
		{"without dashes", []string{"umount", "/a"}, `"umount" does not stand behind "--"`},
		{"options without dashes", []string{"mount", "--bind", "/a", "/b"}, `unknown flag: --bind; the operation stands behind "--", as in "mntscope predict -- umount /mnt"`},
		{"words before the dashes", []string{"web", "--", "umount", "/a"}, `unexpected argument "web" before "--"`},
		{"another command", []string{"--", "mkfs", "/dev/\x1bsda"}, `"mkfs" is unknown; expected mount`},
		{"an incomplete operation", []string{"--", "mount", "--bind", "/a"}, "TARGET is missing; expected mount"},
		{"an operation in one word", []string{"--", "umount /a"}, `"umount /a" is unknown`},
		{"a relative directory", []string{"--cwd", "a", "--", "umount", "b"}, "--cwd a is not an absolute path"},
		{"a relative path on a saved host", []string{"--snapshot", path, "--", "umount", "b\x1b"}, `b\x1b is a relative path, and a saved host has no working directory: give absolute paths, or --cwd DIR`},
		{"a relative source on a saved host", []string{"--snapshot", path, "--", "mount", "--bind", "a", "/b"}, "a is a relative path"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, append([]string{"predict"}, tc.args...)...).wantFailure(t, exitUsage, tc.want)
		})
	}
}

func TestPredictFails(t *testing.T) {
	path := saved(t, host())
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown namespace", []string{"--ns", "bogus", "--snapshot", path, "--", "umount", "/a"}, "no such mount namespace: bogus"},
		{"a namespace without mounts", []string{"--ns", "4026532099", "--snapshot", saved(t, withEmpty()), "--", "umount", "/a"}, "nothing is known to be mounted at / in mnt:[4026532099]"},
		{"no such file", []string{"--snapshot", "/no/such/file", "--", "umount", "/a"}, "cannot read the snapshot"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mntscope(t, append([]string{"predict"}, tc.args...)...).wantFailure(t, exitFailed, tc.want)
		})
	}
}

// withEmpty is the host with a namespace of which no mount could be read.
func withEmpty() *nsctl.Snapshot {
	s := host()
	s.Namespaces[2].NS = 4026532099
	return s
}

const takenForGranted = "Not certain:\n- a saved host has no files to look at: it is taken for granted that the paths exist, and that there are no symbolic links in them\n"

func TestPredict(t *testing.T) {
	path := saved(t, host())
	gaps := gapsOfHost + "\"mntscope snapshot\" lists all\n"
	mntscope(t, "predict", "--snapshot", path, "--", "mount", "-t", "tmpfs", "none", "/proc/x").wantOutput(t, ``+
		`mount -t tmpfs none /proc/x in systemd mnt:[4026531832]:
✓ should succeed: 1 mount appears, in 1 namespace

WHERE         ID  PROPAGATION           THROUGH  WHY
initial systemd mnt:[4026531832]
└─+ /proc/x  new  shared:new1 (shared)           new mount: private source on shared destination

`+takenForGranted+"- copies can appear in namespaces that could not be read, too\n", gaps)
}

// The kernel's no is a finding: it goes to standard output, and into the exit status.
func TestPredictRefused(t *testing.T) {
	for _, args := range [][]string{{"--", "umount", "/etc"}, {"--cwd", "/etc", "--", "umount", "."}} {
		r := mntscope(t, append([]string{"predict", "--ns", "web", "--snapshot", saved(t, host())}, args...)...)
		if r.status != exitFailed || !strings.Contains(r.out, "\n✗ should fail with EINVAL: ") || !strings.Contains(r.out, "is not a mount point") ||
			!strings.HasPrefix(r.err, "mntscope: 3 things could not be read") || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q: exit status %d, standard error %q\n%s", args, r.status, r.err, r.out)
		}
	}
}

func TestPredictJSON(t *testing.T) {
	r := mntscope(t, "predict", "--json", "--snapshot", saved(t, host()), "--", "umount", "-l", "/data")
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != exitDone {
		t.Fatalf("exit status %d, %v: %s", r.status, err, r.out)
	}
	for field, want := range map[string]string{
		"op": `"umount -l /data"`, "ns": "4026531832", "ok": "true", "errno": `""`, "reason": `""`,
	} {
		if string(got[field]) != want {
			t.Errorf("%s is %s, want %s", field, got[field], want)
		}
	}
	var effects []nsctl.Effect
	if err := json.Unmarshal(got["effects"], &effects); err != nil || len(effects) == 0 || effects[0].Kind != nsctl.EffectUmount || !effects[0].Origin || effects[0].Mount.MntID != 31 {
		t.Errorf("the effects are %s, %v", got["effects"], err)
	}
	if _, ok := got["after"]; ok {
		t.Error("the whole host is in it, unasked")
	}
}

func TestPredictRefusedJSON(t *testing.T) {
	r := mntscope(t, "predict", "--json", "--snapshot", saved(t, host()), "--", "umount", "/etc")
	var got nsctl.Outcome
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != exitFailed || got.OK || got.Errno != "EINVAL" || got.Reason == "" ||
		!strings.Contains(r.out, `"effects":[],"not_reached":[],"uncertain":["a saved host`) {
		t.Errorf("exit status %d, %v: %s", r.status, err, r.out)
	}
}

// What comes after is a snapshot like any other.
func TestPredictAfter(t *testing.T) {
	r := mntscope(t, "predict", "--after", "--snapshot", saved(t, host()), "--", "mount", "-t", "tmpfs", "none", "/proc/x")
	var got struct{ After json.RawMessage }
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != exitDone {
		t.Fatalf("exit status %d, %v: %s", r.status, err, r.out)
	}
	after := savedText(t, string(got.After))
	if r := mntscope(t, "mounts", "--snapshot", after); r.status != exitDone || !strings.Contains(r.out, "/proc/x") {
		t.Errorf("exit status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
	if r := mntscope(t, "predict", "--snapshot", after, "--", "umount", "/proc/x"); r.status != exitDone || !strings.Contains(r.out, "- /proc/x") {
		t.Errorf("the next step: exit status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
}

// On the running host paths are looked at: they begin at the working directory, and
// links in them are followed.
func TestPredictHere(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil { //nolint:gosec // empty, and gone soon
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, line   string
		cwd          string
		errno, point string
	}{
		{"relative", "mount -t tmpfs none real", "", "", "/real"},
		{"through a link", "mount -t tmpfs none link", "", "", "/real"},
		{"another directory", "mount -t tmpfs none ..", dir + "/real", "", ""},
		{"absolute", "mount -t tmpfs none " + dir + "/link", "", "", "/real"},
		{"a file", "mount -t tmpfs none file", "", "ENOTDIR", ""},
		{"a directory on a file", "mount --bind real file", "", "ENOTDIR", ""},
		{"nothing there", "umount none", "", "ENOENT", ""},
		{"no mount point", "umount link", "", "EINVAL", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			words, err := nsctl.ShellWords(tc.line)
			if err != nil {
				t.Fatal(err)
			}
			cmd := program(t, append([]string{"predict", "--json", "--cwd", tc.cwd, "--"}, words...)...)
			cmd.Dir = dir
			r := finished(t, cmd)
			var got nsctl.Outcome
			if err := json.Unmarshal([]byte(r.out), &got); err != nil {
				t.Fatalf("%v: %s %s", err, r.out, r.err)
			}
			if got.Errno != tc.errno || (r.status == exitDone) != (tc.errno == "") {
				t.Errorf("exit status %d, %q: %s", r.status, got.Errno, got.Reason)
			}
			if tc.errno == "" && (len(got.Effects) == 0 || got.Effects[0].Mount.Mountpoint != dir+tc.point) {
				t.Errorf("the effects are %+v, want one at %s", got.Effects, dir+tc.point)
			}
			for _, sentence := range got.Uncertain {
				if strings.Contains(sentence, dir) {
					t.Errorf("not certain: %s", sentence)
				}
			}
		})
	}
}

// A path that the asking user may not look at is said to be not certain.
func TestPredictWhatMayNotBeSeen(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may look everywhere")
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0); err != nil {
		t.Fatal(err)
	}
	r := mntscope(t, "predict", "--", "mount", "-t", "tmpfs", "none", dir+"/x")
	if r.status != exitDone || !strings.Contains(r.out, "should succeed") || !strings.Contains(r.out, dir+"/x in mnt:[") || !strings.Contains(r.out, "may not be looked at by this user (EACCES); try as root") {
		t.Errorf("exit status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
}
