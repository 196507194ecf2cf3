package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// holdersGaps is what standard error has for the host of the tests.
const holdersGaps = "mntscope: 4 things could not be read (mounts: 2, fds: 1, processes: 1), such as: " +
	"a saved host does not tell which processes and devices use a filesystem: only its mounts are shown; --json lists all\n"

func TestHolders(t *testing.T) {
	path := saved(t, host())
	for ref, want := range map[string]string{
		"0:98": `0:98 tmpfs tmpfs: 1 mount in 1 namespace

        NS  NAME   PID  ID  MOUNT POINT             ROOT
4026532001  web   4711  98  /a\x1b[31m\n\u202e\xff  /

What would release it, in this order:
nsenter -t 4711 -m umount $'/a\033[31m\012\342\200\256\377'  # in web (mnt:[4026532001])
`,
		"/etc/hosts": `0:29 ext4 /dev/sda: 1 mount in 1 namespace

        NS  NAME     PID  ID  MOUNT POINT  ROOT
4026531832  systemd    1  29  /etc/hosts   /lib/\x1b[2Jhosts//deleted

What would release it, in this order:
umount /etc/hosts
`,
		"/dev/sdb": `0:30 ext4 /dev/sdb: 1 mount in 1 namespace

        NS  NAME     PID  ID  MOUNT POINT           ROOT
4026531832  systemd    1  30  /data (hidden by 31)  /

What would release it, in this order:
umount /data  # is in the way
umount /data
`,
		"0:97": `0:97 overlay overlay: 1 mount in 1 namespace

        NS  NAME   PID  ID  MOUNT POINT  ROOT
4026532001  web   4711  97  /            /

What would release it, in this order:
podman stop web  # it is the root of the container
`,
		"9:9": `Nothing that can be seen holds 9:9: no mount table lists it, and no process that could be asked uses a file on it.
The kernel shows nowhere: descriptors on their way through a socket, and what only these keep alive; files registered
with io_uring; what is exported by NFS (exports(5)).
`,
	} {
		t.Run(ref, func(t *testing.T) {
			mntscope(t, "holders", ref, "--snapshot", path).wantOutput(t, want, holdersGaps)
		})
	}
}

func TestHoldersThatCannotBeFound(t *testing.T) {
	path := saved(t, host())
	mntscope(t, "holders", "/no\x1bne", "--snapshot", path).wantFailure(t, exitFailed, `/no\x1bne is no MAJOR:MINOR`)
	mntscope(t, "holders", "--snapshot", path).wantFailure(t, exitUsage, "a filesystem is missing", "mntscope holders --help")
	mntscope(t, "holders", "").wantFailure(t, exitFailed, "no filesystem is named")
	mntscope(t, "holders", "/none/at/all").wantFailure(t, exitFailed, "/none/at/all is no file: no such file or directory; give a device, MAJOR:MINOR or a path")
}

// The text of everything that only a live host has.
func TestHoldersTable(t *testing.T) {
	fd := 3
	var b bytes.Buffer
	err := writeHolders(&b, screen{}, &nsctl.FilesystemHolders{
		Dev: nsctl.Dev{Major: 8, Minor: 17},
		Processes: []nsctl.ProcessHolder{
			{PID: 4711, Comm: "ta\x1bil", NS: 4026532001, Uses: []nsctl.FileUse{
				{How: nsctl.UseCwd, Path: "/a\n", MntID: 31}, {How: nsctl.UseFD, FD: &fd, Path: "/f", MntID: 12, Detached: true},
			}},
			{PID: 4712, Uses: []nsctl.FileUse{{How: nsctl.UseRoot, TID: 4713, Path: "/"}}},
		},
		Others: []nsctl.OtherHolder{
			{Kind: nsctl.OtherLoop, Device: "loop0", Dev: &nsctl.Dev{Major: 7}, Path: "/im\x1bage"},
			{Kind: nsctl.OtherOverlay, Path: "/l", NS: 4026532001, Mount: &nsctl.Mount{Mountpoint: "/x"}},
		},
		Release: []nsctl.ReleaseStep{{Command: []string{"kill", "4711"}, Text: "t"}, {Text: "u"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `8:17: no mount lists it, 2 processes, 2 other holders

 PID  COMMAND           NS  USE                  MOUNT  PATH
4711  ta\x1bil  4026532001  cwd                     31  /a\n
                            fd 3                    12  /f (detached: in no namespace)
4712  -                  ?  root of thread 4713      ?  /

OTHER    DEVICE  NUMBER  PATH
loop     loop0   7:0     /im\x1bage
overlay  -       -       /l (layer of /x in 4026532001)

What would release it, in this order:
kill 4711  # t
# u
`
	if b.String() != want {
		t.Errorf("it is\n%s\nwant\n%s", &b, want)
	}
}

func TestHoldersJSON(t *testing.T) {
	r := mntscope(t, "holders", "0:98", "--json", "--snapshot", saved(t, host()))
	var got nsctl.FilesystemHolders
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != exitDone || r.err != "" {
		t.Fatalf("%v, exit status %d, standard error %q", err, r.status, r.err)
	}
	if len(got.Mounts) != 1 || got.Mounts[0].Mount.Mountpoint != host().Namespaces[1].Mounts[1].Mountpoint || len(got.Gaps) != 4 || len(got.Release) != 1 {
		t.Errorf("%s", r.out)
	}
	r = mntscope(t, "holders", "9:9", "--json", "--snapshot", savedText(t, `{"format":"mntscope-snapshot","version":1}`))
	if want := `{"dev":"9:9","mounts":[],"processes":[],"others":[],"release":[],"gaps":[`; !strings.HasPrefix(r.out, want) {
		t.Errorf("%s\nwant\n%s", r.out, want)
	}
}

// On the live host: this test has a file open.
func TestHoldersLive(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(dir + "/open")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, ref := range []string{dir, dir + "/open"} {
		r := mntscope(t, "holders", "--json", ref)
		var got nsctl.FilesystemHolders
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.status != exitDone {
			t.Fatalf("%v, exit status %d, standard error %q", err, r.status, r.err)
		}
		found := false
		for _, p := range got.Processes {
			for _, u := range p.Uses {
				found = found || p.PID == os.Getpid() && u.FD != nil && *u.FD == int(f.Fd()) && u.Path == dir+"/open"
			}
		}
		if !found {
			t.Errorf("descriptor %d of process %d is not among %+v", f.Fd(), os.Getpid(), got.Processes)
		}
	}
	if r := mntscope(t, "holders", "/proc"); r.status != exitDone || !strings.Contains(r.out, " /proc ") {
		t.Errorf("exit status %d, %s%s", r.status, r.out, r.err)
	}
	if r := mntscope(t, "holders", fmt.Sprintf("%d:%d", 4095, 1<<20-1)); r.status != exitDone || !strings.HasPrefix(r.out, "Nothing that can be seen holds 4095:1048575") {
		t.Errorf("exit status %d, %s%s", r.status, r.out, r.err)
	}
}
