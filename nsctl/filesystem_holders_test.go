package nsctl_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// holders has every field set, and bytes that are not UTF-8 wherever there can be some.
func holders() *nsctl.FilesystemHolders {
	fd := 0
	m := sample().Namespaces[0].Mounts[0]
	return &nsctl.FilesystemHolders{
		Dev: nsctl.Dev{Major: 8, Minor: 17}, FSType: "fuse.\xff", Source: "/dev/\xff",
		Mounts: []nsctl.MountHolder{{
			NS: 7, Name: "c\xff", PID: 1, Mount: m,
			HeldBy: []nsctl.Holder{{Kind: nsctl.HeldByBind, Path: "/run/\xff", NS: 8}},
		}},
		Processes: []nsctl.ProcessHolder{{PID: 1, Comm: "a\xff", NS: 7, Uses: []nsctl.FileUse{
			{How: nsctl.UseFD, TID: 2, FD: &fd, Path: "/\xff", MntID: 26, Detached: true}, {How: nsctl.UseRoot},
		}}},
		Others: []nsctl.OtherHolder{
			{Kind: nsctl.OtherOverlay, Device: "dm-0", Dev: &nsctl.Dev{Major: 253}, Path: "/\xfe", NS: 7, Mount: &m}, {Kind: nsctl.OtherSwap},
		},
		Release: []nsctl.ReleaseStep{{Command: []string{"umount", "/\xff"}, Text: "t"}, {Command: []string{"kill", "1"}, Text: "u"}, {Text: "v"}},
		Gaps:    []nsctl.Gap{{PID: 1, What: "fds", Error: "EACCES", Message: "m"}},
	}
}

func TestHoldersRoundTrip(t *testing.T) {
	want := holders()
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got nsctl.FilesystemHolders
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("changed on its way through JSON\n%s\n got %+v\nwant %+v", text, &got, want)
	}
}

// The names are a contract with scripts.
func TestHoldersFieldNames(t *testing.T) {
	h := holders()
	h.Mounts[0].Mount, h.Others[0].Mount = nsctl.Mount{}, nil
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	const none = `{"mnt_id":0,"parent_id":0,"dev":"0:0","root":"","mountpoint":"","fstype":"","source":"","options":"","super_options":"","propagation":{}}`
	want := `{"dev":"8:17","fstype":"fuse.?","source":"/dev/?",` +
		`"mounts":[{"ns":7,"name":"c?","pid":1,"held_by":[{"kind":"bind","path":"/run/?","ns":8,"path_b64":"L3J1bi//"}],"mount":` + none + `,"name_b64":"Y/8="}],` +
		`"processes":[{"pid":1,"comm":"a?","ns":7,"uses":[{"how":"fd","tid":2,"fd":0,"path":"/?","mnt_id":26,"detached":true,"path_b64":"L/8="},{"how":"root"}],"comm_b64":"Yf8="}],` +
		`"others":[{"kind":"overlay","device":"dm-0","dev":"253:0","path":"/?","ns":7,"path_b64":"L/4="},{"kind":"swap"}],` +
		`"release":[{"command":["umount","/?"],"text":"t","command_b64":["dW1vdW50","L/8="]},{"command":["kill","1"],"text":"u"},{"text":"v"}],` +
		`"gaps":[{"pid":1,"what":"fds","error":"EACCES","message":"m"}],"fstype_b64":"ZnVzZS7/","source_b64":"L2Rldi//"}`
	if want = strings.ReplaceAll(want, "?", `\ufffd`); string(text) != want {
		t.Errorf("the JSON changed:\n got %s\nwant %s", text, want)
	}
}
