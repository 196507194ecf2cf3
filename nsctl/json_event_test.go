package nsctl_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"mntscope/nsctl"
)

// sampleEvent has every field set that a mount's event can have, and bytes that are not
// UTF-8 wherever the kernel could put them.
func sampleEvent() *nsctl.Event {
	return &nsctl.Event{
		Seq: 1, Time: time.Date(2026, 11, 23, 17, 0, 0, 1, time.UTC), Kind: nsctl.EventMove, Op: 7, Origin: true,
		NS: 4026531832, NSID: 4,
		Mount: &nsctl.Mount{
			ID: 2147483713, MntID: 26, ParentID: 1, Dev: nsctl.Dev{Major: 254}, Root: "/<", Mountpoint: "/b\xff", FSType: "ext4",
			Source: "/dev/vda", Options: "rw", SuperOptions: "rw", Propagation: nsctl.Propagation{Shared: 5},
		},
		Was: &nsctl.Was{
			Propagation: nsctl.Propagation{Master: 2}, ParentID: 3, Mountpoint: "/a\xff", Options: "ro\xff", SuperOptions: "x\xff",
		},
		Actor: &nsctl.Actor{PID: 4711, Comm: "mo\xffunt"},
		Via:   &nsctl.Via{Group: 5, MntID: 26},
		Text:  "t",
	}
}

func ready() *nsctl.Event {
	return &nsctl.Event{
		Time: sampleEvent().Time, Kind: nsctl.EventReady, Snapshot: sample(),
		Sources: []nsctl.WatchSource{{Name: "poll", Namespaces: 2, Text: "t"}},
		Only:    []nsctl.NSNumber{4026531832},
	}
}

func created() *nsctl.Event {
	ns := sample().Namespaces[0]
	return &nsctl.Event{Seq: 2, Time: sampleEvent().Time, Kind: nsctl.EventNamespaceCreated, NS: ns.NS, Namespace: &ns}
}

func line(t testing.TB, e *nsctl.Event) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Encode(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "}\n") {
		t.Fatalf("not one line: %q", text)
	}
	return b.String()
}

// The names of the fields are a contract with scripts.
func TestEventFieldNames(t *testing.T) {
	want := `{"seq":1,"time":"2026-11-23T17:00:00.000000001Z","kind":"move","op":7,"origin":true,"ns":4026531832,"ns_id":4,` +
		`"via":{"group":5,"mnt_id":26},"text":"t",` +
		`"mount":{"id":2147483713,"mnt_id":26,"parent_id":1,"dev":"254:0","root":"/<","mountpoint":"/b\ufffd","fstype":"ext4","source":"/dev/vda",` +
		`"options":"rw","super_options":"rw","propagation":{"shared":5},"mountpoint_b64":"L2L/"},` +
		`"was":{"propagation":{"master":2},"parent_id":3,"mountpoint":"/a\ufffd","options":"ro\ufffd","super_options":"x\ufffd",` +
		`"mountpoint_b64":"L2H/","options_b64":"cm//","super_options_b64":"eP8="},` +
		`"actor":{"pid":4711,"comm":"mo\ufffdunt","comm_b64":"bW//dW50"}}` + "\n"
	if got := line(t, sampleEvent()); got != want {
		t.Errorf("the JSON of an event changed:\n got %s\nwant %s", got, want)
	}
	// A line with nothing to tell has no empty fields.
	want = `{"seq":3,"time":"0001-01-01T00:00:00Z","kind":"resync"}` + "\n"
	if got := line(t, &nsctl.Event{Seq: 3, Kind: nsctl.EventResync}); got != want {
		t.Errorf("the JSON of an event changed:\n got %s\nwant %s", got, want)
	}
	start := `{"seq":0,"time":"2026-11-23T17:00:00.000000001Z","kind":"ready","sources":[{"name":"poll","namespaces":2,"text":"t"}],"only":[4026531832],"snapshot":{"format":"mntscope-snapshot",`
	if got := line(t, ready()); !strings.HasPrefix(got, start) {
		t.Errorf("the JSON of the first event changed:\n got %s\nwant %s...", got, start)
	}
}

func TestEventRoundTrips(t *testing.T) {
	for _, want := range []*nsctl.Event{sampleEvent(), ready(), created(), {Kind: nsctl.EventResync}} {
		marshalled, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{line(t, want), string(marshalled)} {
			got := &nsctl.Event{}
			if err := json.Unmarshal([]byte(text), got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("changed on its way through JSON\n%s\n got %+v\nwant %+v", text, got, want)
			}
		}
	}
}

// Whatever bytes the kernel's texts have, and whatever numbers there are, they come back.
func TestEventRoundTripsWhatever(t *testing.T) {
	err := quick.Check(func(seq, op int, ns nsctl.NSNumber, id nsctl.NSID, m nsctl.Mount, was nsctl.Was, comm []byte, via nsctl.Via) bool {
		m.Locked %= 3
		for _, text := range []*string{&m.Mountpoint, &was.Options} { // quick makes valid UTF-8 only
			b := []byte(*text)
			for i := range b {
				b[i] ^= byte(seq >> 3)
			}
			*text = string(b)
		}
		want := &nsctl.Event{
			Seq: seq, Op: op, Kind: nsctl.EventRemount, NS: ns, NSID: id, Mount: &m, Was: &was,
			Actor: &nsctl.Actor{Comm: string(comm)}, Via: &via,
		}
		got := &nsctl.Event{}
		return json.Unmarshal([]byte(line(t, want)), got) == nil && reflect.DeepEqual(got, want)
	}, &quick.Config{MaxCount: 500})
	if err != nil {
		t.Error(err)
	}
}

// BenchmarkEventEncode is what each change costs a recorder.
func BenchmarkEventEncode(b *testing.B) {
	e := sampleEvent()
	e.Mount.Mountpoint, e.Was, e.Actor.Comm = "/var/lib/containers/storage/overlay/merged", nil, "mount"
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Encode(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadyEncode is the first line of a recording of a big host, and beside it the
// same as a snapshot.
func BenchmarkReadyEncode(b *testing.B) {
	e := ready()
	for len(e.Snapshot.Namespaces[0].Mounts) < 122 {
		m := e.Snapshot.Namespaces[0].Mounts[1]
		m.Mountpoint = "/var/lib/containers/storage/overlay/merged"
		e.Snapshot.Namespaces[0].Mounts = append(e.Snapshot.Namespaces[0].Mounts, m)
	}
	for len(e.Snapshot.Namespaces) < 500 {
		e.Snapshot.Namespaces = append(e.Snapshot.Namespaces, e.Snapshot.Namespaces[0])
	}
	for name, encode := range map[string]func(io.Writer) error{"event": e.Encode, "snapshot": e.Snapshot.Encode} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := encode(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMadeType(t *testing.T) {
	event := func(was, now nsctl.Propagation) *nsctl.Event {
		return &nsctl.Event{Kind: nsctl.EventPropagation, NS: 1, Mount: &nsctl.Mount{Propagation: now}, Was: &nsctl.Was{Propagation: was}}
	}
	none, shared, slave, both := nsctl.Propagation{}, nsctl.Propagation{Shared: 1}, nsctl.Propagation{Master: 1}, nsctl.Propagation{Shared: 2, Master: 1}
	for _, tc := range []struct {
		was, now nsctl.Propagation
		want     string
	}{
		{none, shared, "shared"}, {slave, both, "shared"}, {shared, slave, "slave"}, {both, slave, "slave"},
		{shared, none, "private"}, {slave, none, "private"}, {none, nsctl.Propagation{Unbindable: true}, "unbindable"},
		{slave, nsctl.Propagation{Master: 2}, ""},
	} {
		got := ""
		if made, ok := event(tc.was, tc.now).MadeType(); ok {
			got = made.String()
		}
		if got != tc.want {
			t.Errorf("from %q to %q is make-%s, want %q", tc.was, tc.now, got, tc.want)
		}
	}
	origin, with, follows := event(shared, none), event(shared, none), event(slave, none)
	follows.Via = &nsctl.Via{Group: 1}
	if !with.MadeWith(origin) || origin.MadeWith(origin) || follows.MadeWith(origin) {
		t.Error("what was made together with the origin is told wrongly")
	}
}
