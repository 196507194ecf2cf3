package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"mntscope/nsctl"
)

const gapsOfHost = "mntscope: 3 things could not be read (mounts: 2, fds: 1), such as: " +
	`cannot list \x1b[31m the descriptors of process 4711: permission denied; `

func TestNS(t *testing.T) {
	mntscope(t, "ns", "--snapshot", saved(t, host())).wantOutput(t, ``+
		`        NS  KIND       NAME     PROCS   PID  OWNER  MOUNTS  HELD BY
4026531832  initial    systemd    120     1      0       6  systemd
4026532001  container  web          1  4711   1000       2  ngi\x1bnx
         ?  other      -            0     -      ?       0  fd /proc/12/fd/3
`, gapsOfHost+"--json lists all\n")
}

func TestNSJSON(t *testing.T) {
	r := mntscope(t, "ns", "--json", "--snapshot", saved(t, host()))
	var got struct {
		Namespaces []struct {
			NS         nsctl.NSNumber `json:"ns"`
			MountCount *int           `json:"mount_count"`
			Mounts     any            `json:"mounts"`
		} `json:"namespaces"`
		Gaps []nsctl.Gap `json:"gaps"`
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Namespaces) != 3 || len(got.Gaps) != 3 || r.err != "" {
		t.Fatalf("%d namespaces, %d gaps, standard error %q", len(got.Namespaces), len(got.Gaps), r.err)
	}
	if first := got.Namespaces[0]; first.NS != 4026531832 || first.MountCount == nil || *first.MountCount != 6 || first.Mounts != nil {
		t.Errorf("the first namespace is %+v", first)
	}
}

func TestJSONListsAreNeverNull(t *testing.T) {
	path := savedText(t, `{"format":"mntscope-snapshot","version":1,"namespaces":null}`)
	for command, want := range map[string]string{
		"ns":    `{"namespaces":[],"gaps":[]}` + "\n",
		"peers": `{"groups":[]}` + "\n",
	} {
		mntscope(t, command, "--json", "--snapshot", path).wantOutput(t, want, "")
	}
}

func TestMounts(t *testing.T) {
	path := saved(t, host())
	want := `TARGET                    ID  PROPAGATION                           FSTYPE  SOURCE                                OPTIONS      FS OPTIONS
/                         26  shared:1 (shared)                     ext4    /dev/sda                              rw,relatime  rw
├─/proc                   27  shared:5 master:1 (shared and slave)  proc    proc                                  rw,relatime  rw
├─/data                   28  shared:7 master:3 (shared and slave)  tmpfs   ""                                    rw,relatime  rw
│ ├─/data (hidden by 31)  30  private                               ext4    /dev/sdb                              rw,relatime  rw
│ └─/data                 31  private                               tmpfs   -                                     rw,relatime  rw
└─/etc/hosts              29  unbindable                            ext4    /dev/sda[/lib/\x1b[2Jhosts//deleted]  rw,relatime  rw
`
	for _, ns := range [][]string{nil, {"self"}, {"1"}, {"900"}, {"4026531832"}, {"mnt:[4026531832]"}, {"systemd"}} {
		t.Run(strings.Join(ns, ""), func(t *testing.T) {
			mntscope(t, append([]string{"mounts", "--snapshot", path}, ns...)...).wantOutput(t, want, "")
		})
	}
}

func TestMountsOfContainer(t *testing.T) {
	path := saved(t, host())
	want := `TARGET                    ID  PROPAGATION       FSTYPE   SOURCE   OPTIONS      FS OPTIONS
/                         97  master:1 (slave)  overlay  overlay  rw,relatime  rw
` + "`-" + `/a\x1b[31m\n\u202e\xff  98  master:7 (slave)  tmpfs    tmpfs    rw,relatime  rw
`
	for _, ns := range []string{"web", "0123", "4711"} {
		mntscope(t, "mounts", "--ascii", "--snapshot", path, ns).wantOutput(t, want,
			"mntscope: 1 thing could not be read (fds: 1), such as: "+
				`cannot list \x1b[31m the descriptors of process 4711: permission denied; "mntscope snapshot" lists all`+"\n")
	}
}

func TestMountsJSON(t *testing.T) {
	s := host()
	r := mntscope(t, "mounts", "web", "--json", "--snapshot", saved(t, s))
	want, err := json.Marshal(s.Namespaces[1])
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, []byte(r.out)); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the namespace is\n%s\nwant\n%s", got.String(), want)
	}
}

func TestPeers(t *testing.T) {
	want := `GROUP              NS  NAME     ID  MOUNT POINT
shared:1
├─peer     4026531832  systemd  26  /
├─slave    4026532001  web      97  /
└─shared:5 master:1
  └─peer   4026531832  systemd  27  /proc
shared:3   ghost: no visible mount is in it
└─shared:7 master:3
  ├─peer   4026531832  systemd  28  /data
  └─slave  4026532001  web      98  /a\x1b[31m\n\u202e\xff
`
	mntscope(t, "peers", "--snapshot", saved(t, host())).wantOutput(t, want, gapsOfHost+"\"mntscope snapshot\" lists all\n")
}

func TestPeersJSON(t *testing.T) {
	r := mntscope(t, "peers", "--json", "--snapshot", saved(t, host()))
	want := `{"groups":[` +
		`{"id":1,"members":[{"ns":4026531832,"mnt_id":26,"mountpoint":"/"}],"slaves":[{"ns":4026532001,"mnt_id":97,"mountpoint":"/"}],"children":[5]},` +
		`{"id":3,"ghost":true,"members":[],"slaves":[],"children":[7]},` +
		`{"id":5,"master":1,"members":[{"ns":4026531832,"mnt_id":27,"mountpoint":"/proc"}],"slaves":[],"children":[]},` +
		`{"id":7,"master":3,"members":[{"ns":4026531832,"mnt_id":28,"mountpoint":"/data"}],` +
		`"slaves":[{"ns":4026532001,"mnt_id":98,"mountpoint":"/a\u001b[31m\n` + "\u202e" + `\ufffd","mountpoint_b64":"L2EbWzMxbQrigK7/"}],"children":[]}]}` + "\n"
	if r.out != want {
		t.Errorf("the forest is\n%s\nwant\n%s", r.out, want)
	}
}

func TestDiagramsAreSafeText(t *testing.T) {
	path := saved(t, host())
	for flag, head := range map[string]string{"--dot": "digraph", "--mermaid": "flowchart"} {
		r := mntscope(t, "peers", flag, "--snapshot", path)
		if r.status != exitDone || !strings.Contains(strings.SplitN(r.out, "\n", 2)[0], head) {
			t.Errorf("peers %s: exit status %d, begins %.40q", flag, r.status, r.out)
		}
		if strings.ContainsAny(r.out, "\x1b\u202e") {
			t.Errorf("peers %s has a control character: %q", flag, r.out)
		}
	}
}
