package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"mntscope/nsctl"
)

func TestWhyAppears(t *testing.T) {
	r := mntscope(t, "why", "--snapshot", saved(t, host()), "systemd:/new", "0123")
	want := `✓ A mount made at /new in systemd would appear in web, at /new.

WAY            NS  NAME     ID  MOUNT POINT  PROPAGATION
from   4026531832  systemd  26  /            shared:1 (shared)
slave  4026532001  web      97  /            master:1 (slave)
`
	r.wantOutput(t, want, gapsOfHost+"\"mntscope snapshot\" lists all\n")
}

// The mount was made before the way was open, and the way leads to a name that wants to
// write to the terminal.
func TestWhyNot(t *testing.T) {
	path := saved(t, host())
	r := mntscope(t, "why", "--ascii", "--snapshot", path, "self:/data", "web")
	for _, want := range []string{
		"Mount 31, which is at /data in systemd, is not in web: the way is open, and one made there now would appear at " + `/a\x1b[31m\n\u202e\xff, but`,
		"slave  4026532001  web      98  " + `/a\x1b[31m\n\u202e\xff  master:7 (slave)` + "\nx made earlier\n",
		"  mntscope apply --ns 4026531832 -- mount --beneath --bind /data /data\n",
		"- Another mount, made on top of it, would not appear in web: /data (mount 31) in systemd is private",
	} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the answer does not say %q:\n%s", want, r.out)
		}
	}
	if r.status != exitFailed || strings.ContainsAny(r.out, "\x1b\u202e") || strings.Contains(r.out, "\xff") {
		t.Errorf("exit status %d, output %q", r.status, r.out)
	}
	if strings.Contains(r.err, "reported") {
		t.Errorf("standard error says %q", r.err)
	}
}

func TestWhyJSON(t *testing.T) {
	r := mntscope(t, "why", "--json", "--snapshot", saved(t, host()), "self:/data", "web")
	var why nsctl.Why
	if err := json.Unmarshal([]byte(r.out), &why); err != nil {
		t.Fatal(err)
	}
	if r.status != exitFailed || why.About != nsctl.WhyMount || why.MntID != 31 || why.Verdict != nsctl.WhyAbsent ||
		why.Cut == nil || why.Cut.Kind != nsctl.CutEarlier || why.OnTop == nil || why.OnTop.Cut.Kind != nsctl.CutPrivateSource {
		t.Errorf("exit status %d, answer %+v", r.status, why)
	}
	if len(why.Way) != 2 || string(why.Way[1].MountpointB64) != "/a\x1b[31m\n\u202e\xff" {
		t.Errorf("the way is %+v", why.Way)
	}
	for _, null := range []string{`"at":null`, `"way":null`, `"mend":null`, `"notes":null`} {
		if strings.Contains(r.out, null) {
			t.Errorf("a list is null: %s", r.out)
		}
	}
}

func TestWhyWrongUsage(t *testing.T) {
	for args, want := range map[string]string{
		"why":                 "two places are needed",
		"why self:/x":         "two places are needed",
		"why self:/x self no": `unexpected argument "no"`,
		"why self self":       `"self" is not NS:PATH with an absolute path`,
		"why self:x self":     "is not NS:PATH",
	} {
		mntscope(t, strings.Split(args, " ")...).wantFailure(t, exitUsage, want)
	}
}

func TestWhyFails(t *testing.T) {
	path := saved(t, host())
	mntscope(t, "why", "--snapshot", path, "nobody:/x", "web").wantFailure(t, exitFailed, "no such mount namespace: nobody")
	mntscope(t, "why", "--snapshot", path, "web:/x", "nobody").wantFailure(t, exitFailed, "no such mount namespace: nobody")
}

// On the running host links are followed, and a path must exist.
func TestWhyHere(t *testing.T) {
	dir := t.TempDir()
	link := dir + "/link"
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	r := mntscope(t, "why", "--json", "self:"+link, strconv.Itoa(os.Getpid()))
	var why nsctl.Why
	if err := json.Unmarshal([]byte(r.out), &why); err != nil {
		t.Fatalf("%v: %s", err, r.err)
	}
	if why.Path != dir || why.Verdict != nsctl.WhyAppears || r.status != exitDone {
		t.Errorf("exit status %d, answer %+v", r.status, why)
	}
	mntscope(t, "why", "self:"+dir+"/nothing", "self").wantFailure(t, exitFailed, "/nothing", "does not exist in that namespace", "ENOENT")
}
