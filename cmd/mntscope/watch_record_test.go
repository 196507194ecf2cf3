package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"mntscope/nsctl"
)

// parsed reads a recording, and checks what holds for each.
func parsed(t *testing.T, text string) []nsctl.Event {
	t.Helper()
	var events []nsctl.Event
	origins, numbers := map[int]int{}, map[int]bool{}
	for line := range strings.Lines(text) {
		var e nsctl.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %.300s", err, line)
		}
		if e.Seq != len(events) {
			t.Errorf("event %d stands where event %d is due", e.Seq, len(events))
		}
		if (e.Kind == nsctl.EventReady) != (len(events) == 0) {
			t.Errorf("event %d is of kind %s", e.Seq, e.Kind)
		}
		if e.Op != 0 {
			numbers[e.Op] = true
		}
		if e.Origin {
			origins[e.Op]++
		}
		events = append(events, e)
	}
	for op := range numbers {
		if origins[op] != 1 {
			t.Errorf("operation %d has %d origins", op, origins[op])
		}
	}
	if len(events) == 0 || events[0].Snapshot == nil || len(events[0].Sources) == 0 {
		t.Fatalf("it begins with %.300s", text)
	}
	r := nsctl.NewEventReader(strings.NewReader(text))
	for range events {
		if _, err := r.Next(); err != nil {
			t.Fatalf("the recording cannot be read: %v", err)
		}
	}
	return events
}

// of gives the events of the operation that has an event of some kind at a place.
func of(events []nsctl.Event, kind nsctl.EventKind, in *room, mountpoint string) []nsctl.Event {
	at := slices.IndexFunc(events, func(e nsctl.Event) bool {
		return e.Kind == kind && e.NS == in.NS && (mountpoint == "" || e.Mount != nil && e.Mount.Mountpoint == mountpoint)
	})
	if at < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(events), func(e nsctl.Event) bool { return e.Op != events[at].Op })
}

func TestRecording(t *testing.T) {
	home := newRoom(t)
	peer := home.clone(t, "unchanged")
	w := startWatch(t, "--json")
	home.Do(t, "mkdir /mnt/a && mount -t tmpfs a /mnt/a")
	w.awaitLine(`"mountpoint":"/mnt/a"`, peer.field())
	home.Do(t, "mount --make-private /mnt/a")
	w.awaitLine(`"kind":"propagation"`, home.field())
	peer.End()
	w.awaitLine(`"kind":"namespace-gone"`, peer.field())
	r := w.interrupt(os.Interrupt)
	if r.status != exitDone || strings.Contains(r.err, "interrupted") {
		t.Errorf("exit status %d, standard error %q", r.status, r.err)
	}
	events := parsed(t, r.out)
	if events[0].Only != nil || len(events[0].Snapshot.Namespaces) < 2 {
		t.Errorf("it begins with %d namespaces, only %v", len(events[0].Snapshot.Namespaces), events[0].Only)
	}
	mount := of(events, nsctl.EventMount, peer, "/mnt/a")
	if len(mount) != 2 || !mount[0].Origin || mount[0].NS != home.NS || mount[1].Via == nil {
		t.Errorf("the mount was told as %+v", mount)
	} else if hearsWho(r.out) && (mount[0].Actor == nil || mount[0].Actor.Comm != "mount") {
		t.Errorf("the mount was made by %+v", mount[0].Actor)
	}
	private := of(events, nsctl.EventPropagation, home, "/mnt/a")
	if len(private) == 0 || private[0].Was == nil || private[0].Was.Propagation.Shared == 0 {
		t.Errorf("make-private was told as %+v", private)
	}
}

func TestRecordingOfSomeNamespaces(t *testing.T) {
	home := newRoom(t)
	home.Do(t, "mkdir /mnt/a /mnt/b")
	peer, apart := home.clone(t, "unchanged"), home.clone(t, "private")
	w := startWatch(t, "--json", "--ns", peer.NS.String(), "--ns", apart.NS.String())
	home.Do(t, "mount --make-private / && mkdir /mnt/c && mount -t tmpfs a /mnt/a")
	w.awaitLine(`"mountpoint":"/mnt/a"`)
	apart.Do(t, "mount -t tmpfs b /mnt/b")
	w.awaitLine(`"mountpoint":"/mnt/b"`)
	home.Do(t, "mount --make-private /mnt && mount -t tmpfs c /mnt/c") // reaches nobody
	peer.End()
	w.awaitLine(`"kind":"namespace-gone"`)
	apart.End()
	r := w.finish() // by itself
	if r.status != exitDone || !strings.Contains(r.err, "mntscope: the mount namespaces of "+peer.NS.String()+", "+apart.NS.String()+" have ended\n") {
		t.Errorf("exit status %d, standard error %q", r.status, r.err)
	}
	events := parsed(t, r.out)
	if got := events[0].Snapshot.Namespaces; len(got) != 2 || !slices.Contains(events[0].Only, peer.NS) || !slices.Contains(events[0].Only, apart.NS) {
		t.Errorf("it begins with %d namespaces, only %v", len(got), events[0].Only)
	}
	for _, e := range events[1:] {
		if e.NS != peer.NS && e.NS != apart.NS && !e.Origin {
			t.Errorf("event %+v", e)
		}
	}
	mount := of(events, nsctl.EventMount, peer, "/mnt/a")
	if len(mount) != 2 || !mount[0].Origin || mount[0].NS != home.NS {
		t.Errorf("a mount from elsewhere was told as %+v", mount)
	}
	if of(events, nsctl.EventMount, apart, "/mnt/b") == nil || strings.Contains(r.out, `"mountpoint":"/mnt/c"`) {
		t.Errorf("the events are\n%.3000s", r.out)
	}
	if last := events[len(events)-1]; last.Kind != nsctl.EventNamespaceGone || last.NS != apart.NS {
		t.Errorf("it ends with %+v", last)
	}
}
