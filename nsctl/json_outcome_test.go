package nsctl_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// sampleOutcome has every field set that JSON has, and bytes that are not UTF-8 in each path.
func sampleOutcome() *nsctl.Outcome {
	return &nsctl.Outcome{
		Op: "mount --bind '/a\xff' /b", NS: 4026531832, OK: true, Errno: "EINVAL", Reason: "r",
		Effects: []nsctl.Effect{{
			Kind: nsctl.EffectMove, NS: -1, Origin: true, Rule: "moved",
			Mount: nsctl.Mount{
				ID: -1, MntID: -1, ParentID: 26, Root: "/", Mountpoint: "/b\xff", FSType: "tmpfs",
				Propagation: nsctl.Propagation{Shared: 1_000_000}, Locked: nsctl.Locked,
			},
			Was: &nsctl.Was{Propagation: nsctl.Propagation{Unbindable: true}, ParentID: 27, Mountpoint: "/a\xff"},
			Via: &nsctl.Via{Group: 5, MntID: 26},
		}},
		NotReached: []nsctl.NotReached{{NS: 7, MntID: 9, Mountpoint: "/x\xff", Reason: nsctl.NotReachedPrivate, Text: "t"}},
		Uncertain:  []string{"u"},
		After:      sample(),
	}
}

// The names of the fields are a contract with scripts.
func TestOutcomeFieldNames(t *testing.T) {
	o := sampleOutcome()
	o.After = nil
	got, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"op":"mount --bind '/a\ufffd' /b","ns":4026531832,"ok":true,"errno":"EINVAL","reason":"r",` +
		`"effects":[{"kind":"move","ns":-1,"origin":true,"rule":"moved",` +
		`"mount":{"id":-1,"mnt_id":-1,"parent_id":26,"dev":"0:0","root":"/","mountpoint":"/b\ufffd","fstype":"tmpfs","source":"","options":"","super_options":"",` +
		`"propagation":{"shared":1000000},"locked":true,"mountpoint_b64":"L2L/"},` +
		`"was":{"propagation":{"unbindable":true},"parent_id":27,"mountpoint":"/a\ufffd","mountpoint_b64":"L2H/"},` +
		`"via":{"group":5,"mnt_id":26}}],` +
		`"not_reached":[{"ns":7,"mnt_id":9,"mountpoint":"/x\ufffd","reason":"private","text":"t","mountpoint_b64":"L3j/"}],` +
		`"uncertain":["u"],"op_b64":"bW91bnQgLS1iaW5kICcvYf8nIC9i"}`
	if string(got) != want {
		t.Errorf("the JSON of an outcome changed:\n got %s\nwant %s", got, want)
	}
}

func TestOutcomeListsAreNeverNull(t *testing.T) {
	got, err := json.Marshal(nsctl.Outcome{Op: "umount /a", After: &nsctl.Snapshot{Namespaces: []nsctl.Namespace{}}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"op":"umount /a","ns":0,"ok":false,"errno":"","reason":"","effects":[],"not_reached":[],"uncertain":[],"after":{`
	if !strings.HasPrefix(string(got), want) || strings.Contains(string(got), "null") {
		t.Errorf("got %s\nwant %s...", got, want)
	}
}

func TestOutcomeRoundTrips(t *testing.T) {
	for _, want := range []any{sampleOutcome(), &sampleOutcome().Effects[0], sampleOutcome().Effects[0].Was, &sampleOutcome().NotReached[0]} {
		t.Run(reflect.TypeOf(want).Elem().Name(), func(t *testing.T) {
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(want).Elem()).Interface()
			if err := json.Unmarshal(text, got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("changed on its way through JSON\n%s\n got %+v\nwant %+v", text, got, want)
			}
		})
	}
}

// Whether a mount is locked is true, false, or not known.
func TestLockStateJSON(t *testing.T) {
	for state, want := range map[nsctl.LockState]string{nsctl.Locked: `"locked":true`, nsctl.Unlocked: `"locked":false`, nsctl.LockUnknown: ""} {
		text, err := json.Marshal(nsctl.Mount{Locked: state})
		if err != nil || !strings.Contains(string(text), want) || want == "" && strings.Contains(string(text), "locked") {
			t.Errorf("state %d is %s, %v", state, text, err)
		}
		var m nsctl.Mount
		if err := json.Unmarshal(text, &m); err != nil || m.Locked != state {
			t.Errorf("state %d comes back as %d, %v", state, m.Locked, err)
		}
	}
	for text, want := range map[string]bool{`{"locked":null}`: true, `{"locked":1}`: false, `{"locked":"true"}`: false} {
		m := nsctl.Mount{Locked: nsctl.Locked}
		if err := json.Unmarshal([]byte(text), &m); (err == nil) != want || want && m.Locked == nsctl.Unlocked {
			t.Errorf("%s is read as %d, %v", text, m.Locked, err)
		}
	}
}
