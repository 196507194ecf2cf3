package nsctl_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"mntscope/nsctl"
)

func uid(n uint32) *uint32 { return &n }

// sample has every field set, and bytes that are not UTF-8 wherever the kernel
// could put them.
func sample() *nsctl.Snapshot {
	return &nsctl.Snapshot{
		Format:   nsctl.Format,
		Version:  nsctl.Version,
		Taken:    time.Date(2026, 11, 23, 17, 0, 0, 123456789, time.UTC),
		Host:     nsctl.Host{Name: "h", Kernel: "6.18.44", BootID: "b", MountMax: 100_000},
		Observer: nsctl.Observer{PID: 1, UID: 0, NS: 4026531832},
		Namespaces: []nsctl.Namespace{{
			NamespaceInfo: nsctl.NamespaceInfo{
				NS: 4026531832, NSID: 4, Kind: nsctl.KindContainer, Name: "c\xff1",
				Container:   &nsctl.Container{Manager: "podman", ID: "0123abcd", Name: "c1"},
				OwnerUserNS: 4026531837, OwnerUID: uid(0), ProcessCount: 12,
				Processes: []nsctl.Process{{PID: 1, Comm: "sy\xfestemd", Cgroup: "/init\xff.scope"}, {PID: 2}},
				HeldBy: []nsctl.Holder{
					{Kind: nsctl.HeldByProcess, PID: 1},
					{Kind: nsctl.HeldByBind, Path: "/run/\xff", NS: 4026532000},
				},
			},
			Mounts: []nsctl.Mount{{
				ID: 2147483713, MntID: 26, ParentID: 1, Dev: nsctl.Dev{Major: 254, Minor: 1 << 20},
				Root: "/<&>\xff", Mountpoint: "/a b\n\x1b[31m\xff\xfe", FSType: "fuse.\xff", Source: "", Options: "rw,relatime",
				SuperOptions: "rw,lowerdir=\xff",
				Propagation:  nsctl.Propagation{Shared: 5, Master: 2, PropagateFrom: 1, Unbindable: true},
				HiddenBy:     31,
			}, {MntID: 27, ParentID: 26, Root: "/", Mountpoint: "/\ufffd", FSType: "tmpfs", Source: "-", Options: "ro", SuperOptions: "rw"}},
		}, {
			NamespaceInfo: nsctl.NamespaceInfo{Kind: nsctl.KindOther},
			Mounts:        []nsctl.Mount{},
		}},
		Gaps: []nsctl.Gap{{NS: 7, PID: 1, What: "mounts", Error: "EACCES", Message: "m"}},
	}
}

func encode(t testing.TB, s *nsctl.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshotRoundTrip(t *testing.T) {
	want := sample()
	got, err := nsctl.Decode(bytes.NewReader(encode(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("a snapshot changed on its way through JSON:\n got %+v\nwant %+v", got, want)
	}
}

// Every type must carry its exact bytes whichever way it is encoded, not only
// through Encode.
func TestEachTypeRoundTrips(t *testing.T) {
	s := sample()
	for _, want := range []any{
		&s.Namespaces[0], &s.Namespaces[0].NamespaceInfo, &s.Namespaces[0].Mounts[0],
		&s.Namespaces[0].Processes[0], &s.Namespaces[0].HeldBy[1],
		&nsctl.NamespaceSummary{NamespaceInfo: s.Namespaces[0].NamespaceInfo, MountCount: 2},
		&nsctl.Listing{Namespaces: []nsctl.NamespaceSummary{{NamespaceInfo: s.Namespaces[0].NamespaceInfo}}, Gaps: s.Gaps},
		s,
	} {
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

// The names of the fields are a contract with scripts: this test holds them to
// the letter.
func TestFieldNames(t *testing.T) {
	got := string(encode(t, sample()))
	want := `{"format":"mntscope-snapshot","version":1,"taken":"2026-11-23T17:00:00.123456789Z",` +
		`"host":{"name":"h","kernel":"6.18.44","boot_id":"b","mount_max":100000},"observer":{"pid":1,"uid":0,"ns":4026531832},
"namespaces":[
{"ns":4026531832,"ns_id":4,"kind":"container","name":"c` + "\ufffd" + `1","container":{"manager":"podman","id":"0123abcd","name":"c1"},"owner_user_ns":4026531837,"owner_uid":0,"process_count":12,` +
		`"name_b64":"Y/8x","processes":[{"pid":1,"comm":"sy` + "\ufffd" + `stemd","cgroup":"/init` + "\ufffd" + `.scope","comm_b64":"c3n+c3RlbWQ=","cgroup_b64":"L2luaXT/LnNjb3Bl"},{"pid":2}],` +
		`"held_by":[{"kind":"process","pid":1},{"kind":"bind","path":"/run/` + "\ufffd" + `","ns":4026532000,"path_b64":"L3J1bi//"}],` +
		`"mounts":[{"id":2147483713,"mnt_id":26,"parent_id":1,"dev":"254:1048576","root":"/<&>` + "\ufffd" + `","mountpoint":"/a b\n\u001b[31m` + "\ufffd\ufffd" + `",` +
		`"fstype":"fuse.` + "\ufffd" + `","source":"","options":"rw,relatime","super_options":"rw,lowerdir=` + "\ufffd" + `",` +
		`"propagation":{"shared":5,"master":2,"propagate_from":1,"unbindable":true},"hidden_by":31,` +
		`"root_b64":"LzwmPv8=","mountpoint_b64":"L2EgYgobWzMxbf/+","fstype_b64":"ZnVzZS7/","super_options_b64":"cncsbG93ZXJkaXI9/w=="},` +
		`{"mnt_id":27,"parent_id":26,"dev":"0:0","root":"/","mountpoint":"/` + "\ufffd" + `","fstype":"tmpfs","source":"-","options":"ro","super_options":"rw","propagation":{}}]}
,{"kind":"other","process_count":0,"mounts":[]}
],
"gaps":[{"ns":7,"pid":1,"what":"mounts","error":"EACCES","message":"m"}]
}
`
	// encoding/json writes an invalid byte as the six characters \ufffd.
	want = strings.ReplaceAll(want, "\ufffd", `\ufffd`)
	want = strings.Replace(want, `"mountpoint":"/\ufffd","fstype":"tmpfs"`, `"mountpoint":"/`+"\ufffd"+`","fstype":"tmpfs"`, 1)
	if got != want {
		t.Errorf("the JSON of a snapshot changed:\n got %s\nwant %s", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := string(encode(t, sample()))
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "not a mntscope snapshot"},
		{"text", "hello", "not a mntscope snapshot"},
		{"another JSON object", `{"a":1}`, "not a mntscope snapshot"},
		{"an empty object", `{}`, "not a mntscope snapshot"},
		{"a list", `[]`, "expected {"},
		{"another format", `{"format":"x","version":1}`, "not a mntscope snapshot"},
		{"format of another type", `{"format":1}`, "not a mntscope snapshot"},
		{"another version", strings.Replace(whole, `"version":1`, `"version":2`, 1), "version 2"},
		{"no version", `{"format":"mntscope-snapshot","namespaces":[]}`, "not a mntscope snapshot"},
		{"truncated in a mount", whole[:strings.Index(whole, `"fstype"`)], "truncated"},
		{"truncated in the namespaces", whole[:strings.Index(whole, `,{"kind":"other"`)], "truncated"},
		{"truncated at the last byte", strings.TrimRight(whole, "}\n"), "truncated"},
		{"followed by something", whole + "{}", "follows the end"},
		{"a bad byte in the middle", strings.Replace(whole, `"mnt_id"`, `%`, 1), "damaged"},
		{"a string for a number", strings.Replace(whole, `"mnt_id":26`, `"mnt_id":"x"`, 1), "damaged"},
		{"namespaces of another type", strings.Replace(whole, `"namespaces":[`, `"namespaces":7,"x":[`, 1), "expected a list"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := nsctl.Decode(strings.NewReader(tc.in))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %q, want one line with %q", err, tc.want)
			}
		})
	}
}

func TestDecodeKeepsUnknownFieldsOut(t *testing.T) {
	in := strings.Replace(string(encode(t, sample())), `"kind":"other"`, `"kind":"other","later":{"a":[1,{}]}`, 1)
	if _, err := nsctl.Decode(strings.NewReader(in)); err != nil {
		t.Errorf("a field of a later mntscope was refused: %v", err)
	}
}

// endless yields its text, and then its filler for a gigabyte.
type endless struct {
	text   io.Reader
	filler byte
	left   int
}

func (e *endless) Read(p []byte) (int, error) {
	if n, _ := e.text.Read(p); n > 0 {
		return n, nil
	}
	n := min(len(p), e.left)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = e.filler
	}
	e.left -= n
	return n, nil
}

func TestDecodeGigabyteIsBounded(t *testing.T) {
	head := `{"format":"mntscope-snapshot","version":1,`
	for _, tc := range []struct {
		name, text string
		filler     byte
	}{
		{"zeros", "", 0},
		{"spaces", "", ' '},
		{"brackets", "", '['},
		{"a long string", `{"format":"`, 'x'},
		{"a long key", `{"`, 'x'},
		{"a long host name", head + `"host":{"name":"`, 'x'},
		{"a long mount point", head + `"namespaces":[{"mounts":[{"mountpoint":"`, 'x'},
		{"deep nesting", head + `"later":`, '['},
		{"deep nesting among the mounts", head + `"namespaces":[{"mounts":[`, '['},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := nsctl.Decode(&endless{strings.NewReader(tc.text), tc.filler, 1 << 30})
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("accepted")
			}
			if errors.Is(err, io.EOF) {
				t.Errorf("read a gigabyte to the end: %v", err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 192<<20 {
				t.Errorf("allocated %d MiB", used>>20)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	whole := encode(f, sample())
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"format":"mntscope-snapshot","version":1,"namespaces":null}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := nsctl.Decode(bytes.NewReader(in))
		if err != nil {
			return
		}
		// What was accepted must survive being written and read again.
		again, err := nsctl.Decode(bytes.NewReader(encode(t, s)))
		if err != nil {
			t.Fatalf("what was accepted is refused when written again: %v", err)
		}
		if !bytes.Equal(encode(t, s), encode(t, again)) {
			t.Fatal("a second round trip changed the snapshot")
		}
	})
}
